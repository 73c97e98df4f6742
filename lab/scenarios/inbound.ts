import { lines } from '../company.ts';
import { quoted } from '../sip/message.ts';
import { answersAfter, forwardsTo, refusesWith } from '../sip/party.ts';
import { clientTalksTo, inbound, missed, pause, ringMs, type Scenario, talkMs } from './scenario.ts';

/**
 * A name that tries to be a header, markup, dialplan code, SQL and a path at once. No longer: Asterisk cuts the `clid` of a
 * CDR at 79 bytes, in the middle of a letter if need be, and a database then refuses the row.
 */
export const hostileName = `"><script>x</script>\${SHELL(id)}';--/../\\ Ёж`;

/** Calls from outside to one person, and those that never reach one. */
export const inboundScenarios: Scenario[] = [
  {
    name: 'in_answered',
    intent: 'The client calls the line of 101, 101 answers, they talk, the client hangs up.',
    play: async (stage) => {
      const { client } = await clientTalksTo(stage, 1);
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        legs: [{ extension: firm.extension(1), role: 'called', outcome: 'answered', talkMs }],
        talkMs,
        cause: 16,
      }),
    ],
  },
  {
    name: 'in_answered_operator_hangs_up',
    intent: 'The same, and the operator hangs up.',
    play: async (stage) => {
      const { operator } = await clientTalksTo(stage, 1);
      await pause(talkMs);
      operator.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        legs: [{ extension: firm.extension(1), role: 'called', outcome: 'answered', talkMs }],
        talkMs,
        cause: 16,
        hangupBy: 'operator',
      }),
    ],
  },
  {
    name: 'in_no_answer',
    intent: 'Nobody answers at 101; the dialplan gives up after 3 s.',
    play: async (stage) => {
      const client = await stage.client().call(stage.company.line(lines.direct(1)));
      await client.ended();
    },
    expect: (firm) => [
      missed(firm, 'ringing', { legs: [{ extension: firm.extension(1), role: 'called', outcome: 'no-answer' }] }),
    ],
  },
  {
    name: 'in_cancelled_ringing',
    intent: 'The client hangs up while 101 rings.',
    play: async (stage) => {
      const client = await stage.client().call(stage.company.line(lines.direct(1)));
      await client.ringing();
      await pause(1000);
      client.hangup();
    },
    expect: (firm) => [
      missed(firm, 'ringing', {
        legs: [{ extension: firm.extension(1), role: 'called', outcome: 'caller-cancelled' }],
        hangupBy: 'client',
      }),
    ],
  },
  {
    name: 'in_busy',
    intent: '101 is busy: the phone refuses with 486.',
    play: async (stage) => {
      stage.phone(1).habit = refusesWith(486);
      await (await stage.client().call(stage.company.line(lines.direct(1)))).ended();
    },
    expect: (firm) => [
      missed(firm, 'ringing', {
        legs: [{ extension: firm.extension(1), role: 'called', outcome: 'busy' }],
      }),
    ],
  },
  {
    name: 'in_declined',
    intent: '101 declines the ringing call (603).',
    play: async (stage) => {
      stage.phone(1).habit = refusesWith(603, ringMs);
      await (await stage.client().call(stage.company.line(lines.direct(1)))).ended();
    },
    expect: (firm) => [
      missed(firm, 'ringing', { legs: [{ extension: firm.extension(1), role: 'called', outcome: 'rejected' }] }),
    ],
  },
  {
    name: 'in_unregistered',
    intent: 'The line of 104, whose phone is off.',
    play: async (stage) => {
      await (await stage.client().call(stage.company.line(lines.direct(4)))).ended();
    },
    expect: (firm) => [
      missed(firm, 'ringing', {
        line: firm.line(lines.direct(4)),
        legs: [{ extension: firm.extension(4), role: 'called', outcome: 'unavailable' }],
      }),
    ],
  },
  {
    name: 'in_greeting_abandoned',
    intent: 'The client hangs up in the greeting, before any phone would ring.',
    play: async (stage) => {
      const client = await stage.client().call(stage.company.line(lines.greeting));
      await client.answered();
      await pause(1000);
      client.hangup();
    },
    expect: (firm) => [missed(firm, 'greeting', { line: firm.line(lines.greeting), hangupBy: 'client' })],
  },
  {
    name: 'in_ivr_abandoned',
    intent: 'The client hangs up in the voice menu.',
    play: async (stage) => {
      const client = await stage.client().call(stage.company.line(lines.menu));
      await client.answered();
      await pause(1000);
      client.hangup();
    },
    expect: (firm) => [missed(firm, 'ivr', { line: firm.line(lines.menu), hangupBy: 'client' })],
  },
  {
    name: 'in_ivr_to_operator',
    intent: 'The client presses 2 in the voice menu, 102 answers.',
    play: async (stage) => {
      stage.phone(2).habit = answersAfter(ringMs);
      const client = await stage.client().call(stage.company.line(lines.menu));
      await client.answered();
      await pause(600);
      await client.dtmf('2');
      await (await stage.phone(2).incoming()).answered();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        line: firm.line(lines.menu),
        responsible: firm.extension(2),
        legs: [{ extension: firm.extension(2), role: 'called', outcome: 'answered', talkMs }],
        talkMs,
      }),
    ],
  },
  {
    name: 'in_refused_by_dialplan',
    intent: 'The dialplan refuses the call at once: Hangup(21).',
    play: async (stage) => {
      await (await stage.client().call(stage.company.line(lines.refused))).ended();
    },
    expect: (firm) => [missed(firm, 'rejected', { line: firm.line(lines.refused), cause: 21 })],
  },
  {
    name: 'in_unknown_line',
    intent: 'A number that the dialplan does not have: the PBX answers 404 and makes no channel.',
    play: async (stage) => {
      await (await stage.client().call(stage.company.line(999))).ended();
    },
    expect: () => [],
  },
  {
    name: 'in_anonymous',
    intent: 'The client withholds the number; 101 answers.',
    play: async (stage) => {
      stage.phone(1).habit = answersAfter(ringMs);
      const from = '"Anonymous" <sip:anonymous@anonymous.invalid>';
      const client = await stage.client().call(stage.company.line(lines.direct(1)), { from });
      await client.answered();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        client: null,
        legs: [{ extension: firm.extension(1), role: 'called', outcome: 'answered', talkMs }],
        talkMs,
      }),
    ],
  },
  {
    name: 'in_hostile_name',
    intent: 'The name of the client is an attack on whoever shows, stores or forwards it.',
    play: async (stage) => {
      stage.phone(1).habit = answersAfter(ringMs);
      const from = `${quoted(hostileName)} <sip:${stage.company.client()}@client.invalid>`;
      const client = await stage.client().call(stage.company.line(lines.direct(1)), { from });
      await client.answered();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        // chan_pjsip keeps the backslashes with which SIP quotes a name
        clientName: quoted(hostileName).slice(1, -1),
        legs: [{ extension: firm.extension(1), role: 'called', outcome: 'answered', talkMs }],
        talkMs,
      }),
    ],
  },
  {
    name: 'in_recorded',
    intent: 'The call is recorded by MixMonitor from the answer on.',
    play: async (stage) => {
      const { client } = await clientTalksTo(stage, 1, lines.recorded);
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        line: firm.line(lines.recorded),
        legs: [{ extension: firm.extension(1), role: 'called', outcome: 'answered', talkMs }],
        talkMs,
        recorded: true,
      }),
    ],
  },
  {
    name: 'two_phones_of_one_person',
    intent: '106 has a desk phone and a softphone; both ring, the second is taken.',
    play: async (stage) => {
      stage.secondPhone.habit = answersAfter(ringMs);
      const client = await stage.client().call(stage.company.line(lines.direct(6)));
      await client.answered();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        line: firm.line(lines.direct(6)),
        responsible: firm.extension(6),
        legs: [{ extension: firm.extension(6), role: 'called', outcome: 'answered', talkMs }],
        talkMs,
      }),
    ],
  },
  {
    name: 'two_calls_of_one_client',
    intent: 'The same client calls two lines at once: two calls that must not become one.',
    play: async (stage) => {
      const first = await clientTalksTo(stage, 1);
      const second = await clientTalksTo(stage, 2);
      await pause(talkMs);
      second.operator.hangup();
      await pause(500);
      first.client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        legs: [{ extension: firm.extension(1), role: 'called', outcome: 'answered', talkMs: talkMs + ringMs + 500 }],
        talkMs: talkMs + ringMs + 500,
      }),
      inbound(firm, {
        line: firm.line(lines.direct(2)),
        responsible: firm.extension(2),
        legs: [{ extension: firm.extension(2), role: 'called', outcome: 'answered', talkMs }],
        talkMs,
        hangupBy: 'operator',
      }),
    ],
  },
  {
    name: 'forward_302',
    intent: 'The phone of 101 forwards to 102 (302); 102 answers.',
    play: async (stage) => {
      stage.phone(1).habit = forwardsTo(stage.company.extension(2), stage.host);
      stage.phone(2).habit = answersAfter(ringMs);
      const client = await stage.client().call(stage.company.line(lines.direct(1)));
      await client.answered();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        responsible: firm.extension(2),
        legs: [
          { extension: firm.extension(1), role: 'called', outcome: 'forwarded' },
          { extension: firm.extension(2), role: 'forward-target', outcome: 'answered', talkMs },
        ],
        talkMs,
        forward: { from: firm.extension(1), to: firm.extension(2) },
      }),
    ],
  },
  {
    name: 'hold',
    intent: '101 puts the client on hold and takes the call back.',
    play: async (stage) => {
      const { client, operator } = await clientTalksTo(stage, 1);
      await pause(talkMs);
      await operator.hold();
      await pause(1000);
      await operator.hold(false);
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        legs: [{ extension: firm.extension(1), role: 'called', outcome: 'answered', talkMs: 2 * talkMs }],
        talkMs: 2 * talkMs,
        holds: 1,
      }),
    ],
  },
  {
    name: 'spied',
    intent: '101 and the client talk; the supervisor 105 listens by ChanSpy and leaves.',
    play: async (stage) => {
      const { client } = await clientTalksTo(stage, 1);
      const spy = await stage.phone(5).call(`*55*${stage.company.extension(1)}`);
      await spy.answered();
      await pause(talkMs);
      spy.hangup();
      await spy.ended();
      await pause(300);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        legs: [{ extension: firm.extension(1), role: 'called', outcome: 'answered', talkMs: talkMs + 300 }],
        talkMs: talkMs + 300,
        spiedBy: firm.extension(5),
      }),
    ],
  },
];
