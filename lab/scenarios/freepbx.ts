import { header } from '../ami.ts';
import { lines } from '../company.ts';
import type { Stage } from '../lab.ts';
import { answersAfter, refusesWith } from '../sip/party.ts';
import { attendedScenarios } from './attended.ts';
import { groupScenarios } from './groups.ts';
import { inboundScenarios } from './inbound.ts';
import { managerScenarios } from './manager.ts';
import { outboundScenarios } from './outbound.ts';
import { clientTalksTo, inbound, missed, outbound, pause, ringMs, type Scenario, talkMs } from './scenario.ts';
import { transferScenarios } from './transfers.ts';

/** What people do is the same on FreePBX; only what the stream looks like differs. Left out: what it has no number for. */
const alike = new RegExp(
  `^(${[
    'in_answered.*|in_no_answer|in_cancelled_ringing|in_busy|in_declined|in_greeting_abandoned|in_ivr_(abandoned|to_operator)',
    'in_anonymous|in_hostile_name|two_.*|hold|group_.*|hunt_.*|internal_.*|forward_302',
    'out_(answered.*|busy|declined|wrong_number|provider_fails|cancelled|attended|blind)',
    'attended_(completed|no_answer|aborted|consulted_only|declined|client_leaves|blonde|blonde_no_answer)',
    'blind_(completed|no_answer)|three_transfers|transfer_outside|refer_.*',
    'ami_(redirect|blind_transfer|attended_transfer|hangup)|three_way_feature',
  ].join('|')})$`,
);

async function click(stage: Stage, channel: string): Promise<string> {
  const id = `click-${channel}-${Date.now()}`;
  const done = stage.ami.event(
    (block) => header(block, 'Event') === 'OriginateResponse' && header(block, 'ActionID') === id,
    10_000,
  );
  await stage.ami.send({
    Action: 'Originate',
    ActionID: id,
    Channel: channel,
    Context: 'from-internal',
    Exten: stage.company.client(),
    Priority: '1',
    CallerID: `${stage.company.extension(1)} <${stage.company.extension(1)}>`,
    Timeout: '2500',
    Async: 'true',
    Variable: [`CRM_CALL_ID=${id}`, `__FIRM=${stage.company.index}`],
  });
  return done;
}

async function clickedTalk(stage: Stage, channel: string): Promise<void> {
  stage.phone(1).habit = answersAfter(ringMs);
  stage.client().habit = answersAfter(ringMs);
  await click(stage, channel);
  await (await stage.client().incoming()).answered();
  await pause(talkMs);
  (await stage.phone(1).incoming()).hangup();
}

const clicked = (name: string, channel: (stage: Stage) => string): Scenario => ({
  name,
  intent: 'A CRM orders the call: 101 answers, the client answers, they talk, 101 hangs up.',
  play: (stage) => clickedTalk(stage, channel(stage)),
  expect: (firm) => [
    outbound(firm, {
      origin: 'click_to_call',
      answered: true,
      legs: [{ extension: firm.extension(1), role: 'caller', outcome: 'answered', talkMs }],
      talkMs,
      hangupBy: 'operator',
    }),
  ],
});

const own: Scenario[] = [
  {
    name: 'queue_answered',
    intent: 'Members are Local/10X@from-queue/n: 101 and 102 ring, 102 answers.',
    play: async (stage) => {
      const { client } = await clientTalksTo(stage, 2, lines.queue);
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        line: firm.line(lines.queue),
        responsible: firm.extension(2),
        legs: [
          { extension: firm.extension(1), role: 'called', outcome: 'elsewhere' },
          { extension: firm.extension(2), role: 'called', outcome: 'answered', talkMs },
        ],
        talkMs,
        queue: `40${firm.index}`,
        recorded: true,
      }),
    ],
  },
  {
    name: 'queue_abandoned',
    intent: '101 and 102 ring, the client leaves the queue.',
    play: async (stage) => {
      const client = await stage.client().call(stage.company.line(lines.queue));
      await stage.phone(1).incoming();
      await stage.phone(2).incoming();
      await pause(700);
      client.hangup();
    },
    expect: (firm) => [
      missed(firm, 'queue', {
        line: firm.line(lines.queue),
        legs: [1, 2].map(
          (n) => ({ extension: firm.extension(n), role: 'called', outcome: 'caller-cancelled' }) as const,
        ),
        hangupBy: 'client',
      }),
    ],
  },
  {
    name: 'queue_blind_transfer',
    intent: 'The client came through the queue to 101; ## 103; 103 answers. AgentComplete credits 101 for all of it.',
    play: async (stage) => {
      const { client, operator } = await clientTalksTo(stage, 1, lines.queue);
      stage.phone(3).habit = answersAfter(ringMs);
      await pause(talkMs);
      await operator.dtmf('##');
      await pause(500);
      await operator.dtmf(stage.company.extension(3));
      await (await stage.phone(3).incoming()).answered();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        line: firm.line(lines.queue),
        responsible: firm.extension(3),
        legs: [
          { extension: firm.extension(1), role: 'called', outcome: 'answered', talkMs },
          { extension: firm.extension(2), role: 'called', outcome: 'elsewhere' },
          { extension: firm.extension(3), role: 'transfer-target', outcome: 'answered', talkMs },
        ],
        transfers: [{ type: 'blind', by: firm.extension(1), to: firm.extension(3), completed: true }],
        talkMs: 2 * talkMs,
      }),
    ],
  },
  {
    name: 'unregistered_voicemail',
    intent: 'The phone of 104 is off: straight to voicemail, where the client leaves a message.',
    play: async (stage) => {
      const client = await stage.client().call(stage.company.line(lines.direct(4)));
      await client.answered();
      await pause(3000);
      client.hangup();
    },
    expect: (firm) => [
      missed(firm, 'voicemail', {
        line: firm.line(lines.direct(4)),
        legs: [{ extension: firm.extension(4), role: 'called', outcome: 'unavailable' }],
        hangupBy: 'client',
        voicemail: { leftMessage: true },
      }),
    ],
  },
  {
    name: 'no_answer_voicemail',
    intent: 'Neither phone of 106 answers; voicemail takes the call.',
    play: async (stage) => {
      const client = await stage.client().call(stage.company.line(lines.direct(6)));
      await client.answered();
      await pause(2500);
      client.hangup();
    },
    expect: (firm) => [
      missed(firm, 'voicemail', {
        line: firm.line(lines.direct(6)),
        legs: [{ extension: firm.extension(6), role: 'called', outcome: 'no-answer' }],
        hangupBy: 'client',
        voicemail: { leftMessage: true },
      }),
    ],
  },
  {
    name: 'do_not_disturb',
    intent: '101 has DND in AstDB: no phone rings, the client hears busy.',
    play: async (stage) => {
      const key = { Family: 'DND', Key: stage.company.extension(1) };
      await stage.ami.send({ Action: 'DBPut', ...key, Val: 'YES' });
      await (await stage.client().call(stage.company.line(lines.direct(1)))).ended();
      await stage.ami.send({ Action: 'DBDel', ...key });
    },
    expect: (firm) => [
      missed(firm, 'ringing', {
        legs: [{ extension: firm.extension(1), role: 'called', outcome: ['busy', 'unavailable', 'rejected'] }],
      }),
    ],
  },
  {
    name: 'call_forward_mobile',
    intent: '102 has CF to the mobile of 102: only the mobile rings, through the trunk, and answers.',
    play: async (stage) => {
      stage.mobile(2).habit = answersAfter(ringMs);
      const key = { Family: 'CF', Key: stage.company.extension(2) };
      await stage.ami.send({ Action: 'DBPut', ...key, Val: stage.company.mobile(2) });
      const client = await stage.client().call(stage.company.line(lines.direct(2)));
      await (await stage.mobile(2).incoming()).answered();
      await pause(talkMs);
      client.hangup();
      await stage.ami.send({ Action: 'DBDel', ...key });
    },
    expect: (firm) => [
      inbound(firm, {
        line: firm.line(lines.direct(2)),
        responsible: firm.extension(2),
        legs: [{ number: firm.mobile(2), of: firm.extension(2), role: 'mobile', outcome: 'answered', talkMs }],
        talkMs,
        forward: { from: firm.extension(2), to: firm.mobile(2) },
      }),
    ],
  },
  {
    name: 'follow_me_mobile',
    intent: '105 has follow-me: the phone rings alone for 1 s, then the mobile too, which answers.',
    play: async (stage) => {
      stage.mobile(5).habit = answersAfter(ringMs);
      const client = await stage.client().call(stage.company.line(lines.direct(5)));
      await (await stage.mobile(5).incoming()).answered();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        line: firm.line(lines.direct(5)),
        responsible: firm.extension(5),
        legs: [
          { extension: firm.extension(5), role: 'called', outcome: 'elsewhere' },
          { number: firm.mobile(5), of: firm.extension(5), role: 'mobile', outcome: 'answered', talkMs },
        ],
        talkMs,
      }),
    ],
  },
  {
    name: 'follow_me_own_phone',
    intent: '105 has follow-me, and answers the desk phone before the mobile would ring.',
    play: async (stage) => {
      const { client } = await clientTalksTo(stage, 5);
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        line: firm.line(lines.direct(5)),
        responsible: firm.extension(5),
        legs: [{ extension: firm.extension(5), role: 'called', outcome: 'answered', talkMs }],
        talkMs,
      }),
    ],
  },
  {
    name: 'pickup_extension',
    intent: '101 rings; 102 dials **101 and takes the call.',
    play: async (stage) => {
      const client = await stage.client().call(stage.company.line(lines.direct(1)));
      await client.ringing();
      await pause(700);
      await (await stage.phone(2).call(`**${stage.company.extension(1)}`)).answered();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        responsible: firm.extension(2),
        legs: [
          { extension: firm.extension(1), role: 'called', outcome: 'elsewhere' },
          { extension: firm.extension(2), role: 'pickup', outcome: 'answered', talkMs },
        ],
        talkMs,
        pickup: { from: firm.extension(1), by: firm.extension(2) },
      }),
    ],
  },
  {
    name: 'unknown_line',
    intent: 'A line that nobody routed: the PBX answers, says "not in service" and hangs up. Not a served call.',
    play: async (stage) => {
      await (await stage.client().call(stage.company.line(999))).ended();
    },
    expect: (firm) => [missed(firm, 'greeting', { line: firm.line(999) })],
  },
  clicked('click_device', (stage) => `PJSIP/${stage.company.extension(1)}`),
  clicked('click_local', (stage) => `Local/${stage.company.extension(1)}@from-internal`),
  {
    name: 'click_local_operator_declines',
    intent: 'The order goes through Local/101@from-internal; 101 declines: the client is never dialled.',
    play: async (stage) => {
      stage.phone(1).habit = refusesWith(603, ringMs);
      await click(stage, `Local/${stage.company.extension(1)}@from-internal`);
    },
    expect: (firm) => [
      outbound(firm, {
        origin: 'click_to_call',
        legs: [{ extension: firm.extension(1), role: 'caller', outcome: 'rejected' }],
      }),
    ],
  },
];

/** Every scenario of the dialplan that behaves as FreePBX's. */
export const freepbxScenarios: Scenario[] = [
  ...[
    ...inboundScenarios,
    ...groupScenarios,
    ...outboundScenarios,
    ...attendedScenarios,
    ...transferScenarios,
    ...managerScenarios,
  ].filter(({ name }) => alike.test(name)),
  ...own,
];
