import { header } from '../ami.ts';
import { type Company, lines } from '../company.ts';
import type { Stage } from '../lab.ts';
import { answersAfter } from '../sip/party.ts';
import { clientTalksTo, type ExpectedCall, inbound, missed, pause, ringMs, type Scenario, talkMs } from './scenario.ts';

/** 102 takes the call that rings at 101: what must be recorded. */
function pickedUp(firm: Company): ExpectedCall {
  return inbound(firm, {
    responsible: firm.extension(2),
    legs: [
      { extension: firm.extension(1), role: 'called', outcome: 'elsewhere' },
      { extension: firm.extension(2), role: 'pickup', outcome: 'answered', talkMs },
    ],
    talkMs,
    pickup: { from: firm.extension(1), by: firm.extension(2) },
  });
}

/** The client rings at 101; 102 dials the code; they talk. */
async function pickUp(stage: Stage, code: string): Promise<void> {
  const client = await stage.client().call(stage.company.line(lines.direct(1)));
  await client.ringing();
  await pause(700);
  await (await stage.phone(2).call(code)).answered();
  await client.answered();
  await pause(talkMs);
  client.hangup();
}

/** The client and 101 have talked; 101 parks the client by #72, hears the slot and hangs up. Gives the slot. */
async function park(stage: Stage) {
  const { client, operator } = await clientTalksTo(stage, 1);
  await pause(talkMs);
  const parked = stage.ami.event(
    (block) =>
      header(block, 'Event') === 'ParkedCall' && header(block, 'ParkingSpace').startsWith(`6${stage.company.index}`),
  );
  await operator.dtmf('#72');
  const slot = header(await parked, 'ParkingSpace');
  await pause(300);
  operator.hangup();
  return { client, slot };
}

const firstTalk = (firm: Company) =>
  ({ extension: firm.extension(1), role: 'called', outcome: 'answered', talkMs }) as const;
const unanswered = (firm: Company) => ({ extension: firm.extension(1), role: 'called', outcome: 'no-answer' }) as const;

/** Pickup, parking, mobiles, voicemail. */
export const oddScenarios: Scenario[] = [
  {
    name: 'pickup_feature',
    intent: '101 rings; 102 of the same group dials *8 and takes the call.',
    play: (stage) => pickUp(stage, '*8'),
    expect: (firm) => [pickedUp(firm)],
  },
  {
    name: 'pickup_channel',
    intent: '101 rings; 102 takes the call by PickupChan.',
    play: (stage) => pickUp(stage, `*7*${stage.company.extension(1)}`),
    expect: (firm) => [pickedUp(firm)],
  },
  {
    name: 'pickup_replaces',
    intent: '101 rings; the phone of 102 takes the call by INVITE with Replaces (a busy-lamp key).',
    play: async (stage) => {
      const client = await stage.client().call(stage.company.line(lines.direct(1)));
      const ringing = await stage.phone(1).incoming();
      await pause(700);
      const headers: [string, string][] = [['Replaces', `${ringing.replaces};early-only`]];
      await (await stage.phone(2).call(stage.company.extension(1), { headers })).answered();
      await client.answered();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [pickedUp(firm)],
  },
  {
    name: 'park_retrieved',
    intent: '101 parks the client (#72), 103 takes the client from the slot.',
    play: async (stage) => {
      const { client, slot } = await park(stage);
      await pause(700);
      await (await stage.phone(3).call(slot)).answered();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        responsible: firm.extension(3),
        legs: [firstTalk(firm), { extension: firm.extension(3), role: 'unpark', outcome: 'answered', talkMs }],
        transfers: [{ type: 'park', by: firm.extension(1), to: firm.extension(3), completed: true }],
        talkMs: 2 * talkMs,
      }),
    ],
  },
  {
    name: 'park_comes_back',
    intent: '101 parks the client; nobody comes within 2 s; the call comes back to 101, who answers.',
    play: async (stage) => {
      const { client } = await park(stage);
      await stage.phone(1).incoming();
      await pause(ringMs + talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        legs: [firstTalk(firm), { extension: firm.extension(1), role: 'park-comeback', outcome: 'answered', talkMs }],
        transfers: [{ type: 'park', by: firm.extension(1), completed: false }],
        talkMs: 2 * talkMs,
      }),
    ],
  },
  {
    name: 'park_given_up',
    intent: '101 parks the client, who hangs up while parked.',
    play: async (stage) => {
      const { client } = await park(stage);
      await pause(700);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        legs: [firstTalk(firm)],
        transfers: [{ type: 'park', by: firm.extension(1), completed: false }],
        talkMs,
      }),
    ],
  },
  {
    name: 'follow_me_accepted',
    intent: '101 does not answer; FollowMe calls the mobile of 101, which answers and presses 1.',
    play: async (stage) => {
      stage.mobile().habit = answersAfter(ringMs);
      const client = await stage.client().call(stage.company.line(lines.followMe));
      const mobile = await stage.mobile().incoming();
      await mobile.answered();
      await pause(1000);
      await mobile.dtmf('1');
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        line: firm.line(lines.followMe),
        legs: [
          unanswered(firm),
          { number: firm.mobile(), of: firm.extension(1), role: 'mobile', outcome: 'answered', talkMs },
        ],
        talkMs,
      }),
    ],
  },
  {
    name: 'follow_me_declined',
    intent: 'The mobile of 101 answers and presses 2: nobody has talked with the client.',
    play: async (stage) => {
      stage.mobile().habit = answersAfter(ringMs);
      const client = await stage.client().call(stage.company.line(lines.followMe));
      const mobile = await stage.mobile().incoming();
      await mobile.answered();
      await pause(1000);
      await mobile.dtmf('2');
      await client.ended();
    },
    expect: (firm) => [
      missed(firm, 'ringing', {
        line: firm.line(lines.followMe),
        legs: [
          unanswered(firm),
          { number: firm.mobile(), of: firm.extension(1), role: 'mobile', outcome: ['rejected', 'no-answer'] },
        ],
      }),
    ],
  },
  {
    name: 'mobile_through_trunk',
    intent:
      '101 does not answer; the dialplan dials the mobile of 101 by the trunk: two trunk channels in one inbound call.',
    play: async (stage) => {
      stage.mobile().habit = answersAfter(ringMs);
      const client = await stage.client().call(stage.company.line(lines.mobile));
      await (await stage.mobile().incoming()).answered();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        line: firm.line(lines.mobile),
        legs: [
          unanswered(firm),
          { number: firm.mobile(), of: firm.extension(1), role: 'mobile', outcome: 'answered', talkMs },
        ],
        talkMs,
      }),
    ],
  },
  {
    name: 'mobile_no_answer',
    intent: 'Neither 101 nor the mobile answers.',
    play: async (stage) => {
      stage.mobile().habit = (call) => call.ring();
      await (await stage.client().call(stage.company.line(lines.mobile))).ended();
    },
    expect: (firm) => [
      missed(firm, 'ringing', {
        line: firm.line(lines.mobile),
        legs: [
          unanswered(firm),
          { number: firm.mobile(), of: firm.extension(1), role: 'mobile', outcome: 'no-answer' },
        ],
      }),
    ],
  },
  {
    name: 'voicemail_left',
    intent: '101 does not answer; the client leaves a message. Answered by a machine only: missed.',
    play: async (stage) => {
      const client = await stage.client().call(stage.company.line(lines.voicemail));
      await client.answered();
      await pause(3000);
      client.hangup();
    },
    expect: (firm) => [
      missed(firm, 'voicemail', {
        line: firm.line(lines.voicemail),
        legs: [unanswered(firm)],
        hangupBy: 'client',
        voicemail: { leftMessage: true },
      }),
    ],
  },
];
