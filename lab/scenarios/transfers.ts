import { type Company, lines } from '../company.ts';
import type { Stage } from '../lab.ts';
import type { SipCall } from '../sip/call.ts';
import { answersAfter, refusesWith } from '../sip/party.ts';
import {
  clientTalksTo,
  consultMs,
  type ExpectedCall,
  type ExpectedLeg,
  inbound,
  pause,
  ringMs,
  type Scenario,
  talkMs,
} from './scenario.ts';

/** Time that Asterisk needs between the code and the number: it says "transfer" meanwhile. */
const promptMs = 500;

/** Presses a feature code and then the number. */
async function code(operator: SipCall, feature: '*2' | '##', number: string): Promise<void> {
  await operator.dtmf(feature);
  await pause(promptMs);
  await operator.dtmf(number);
}

/** The client and 101 have talked; 102 will answer. */
async function beforeTransfer(stage: Stage): Promise<{ client: SipCall; operator: SipCall }> {
  const both = await clientTalksTo(stage, 1);
  stage.phone(2).habit = answersAfter(ringMs);
  await pause(talkMs);
  return both;
}

const first = (firm: Company, more: Partial<ExpectedLeg> = {}): ExpectedLeg => ({
  extension: firm.extension(1),
  role: 'called',
  outcome: 'answered',
  talkMs,
  ...more,
});

const second = (firm: Company, more: Partial<ExpectedLeg> = {}): ExpectedLeg => ({
  extension: firm.extension(2),
  role: 'transfer-target',
  outcome: 'answered',
  talkMs,
  ...more,
});

/** The client talked with 101, then with 102. */
function passedOn(
  firm: Company,
  type: 'blind' | 'attended' | 'redirect',
  rest: Partial<ExpectedCall> = {},
): ExpectedCall {
  return inbound(firm, {
    responsible: firm.extension(2),
    legs: [first(firm), second(firm)],
    transfers: [{ type, by: firm.extension(1), to: firm.extension(2), completed: true }],
    talkMs: 2 * talkMs,
    ...rest,
  });
}

/** The client talked with 101, 102 did not take over, the client talked with 101 again. */
function cameBack(firm: Company, target: ExpectedLeg): ExpectedCall {
  return inbound(firm, {
    legs: [first(firm, { talkMs: 2 * talkMs }), target],
    transfers: [{ type: 'attended', by: firm.extension(1), to: firm.extension(2), completed: false }],
    talkMs: 2 * talkMs,
  });
}

/** Transfers by feature code and by the phone's own key. */
export const transferScenarios: Scenario[] = [
  {
    name: 'attended_completed',
    intent: '101: *2 102; they consult; 101 hangs up and the client talks with 102.',
    play: async (stage) => {
      const { client, operator } = await beforeTransfer(stage);
      await code(operator, '*2', stage.company.extension(2));
      await (await stage.phone(2).incoming()).answered();
      await pause(consultMs);
      operator.hangup();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [passedOn(firm, 'attended', { legs: [first(firm), second(firm, { consultMs })] })],
  },
  {
    name: 'attended_no_answer',
    intent: '101: *2 102; 102 does not answer in 3 s; the client comes back to 101.',
    play: async (stage) => {
      const { client, operator } = await beforeTransfer(stage);
      stage.phone(2).habit = (call) => call.ring();
      await code(operator, '*2', stage.company.extension(2));
      await (await stage.phone(2).incoming()).ended();
      await pause(talkMs + 700);
      client.hangup();
    },
    expect: (firm) => [cameBack(firm, second(firm, { outcome: 'no-answer', talkMs: 0 }))],
  },
  {
    name: 'attended_aborted',
    intent: '101: *2 102; while 102 rings 101 presses *1 and takes the client back.',
    play: async (stage) => {
      const { client, operator } = await beforeTransfer(stage);
      stage.phone(2).habit = (call) => call.ring();
      await code(operator, '*2', stage.company.extension(2));
      const target = await stage.phone(2).incoming();
      await pause(700);
      await operator.dtmf('*1');
      await target.ended();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      cameBack(firm, {
        extension: firm.extension(2),
        role: 'transfer-target',
        outcome: ['caller-cancelled', 'no-answer'],
        talkMs: 0,
      }),
    ],
  },
  {
    name: 'attended_consulted_only',
    intent: '101: *2 102; they consult; 102 hangs up, and 101 goes on with the client.',
    play: async (stage) => {
      const { client, operator } = await beforeTransfer(stage);
      await code(operator, '*2', stage.company.extension(2));
      const target = await stage.phone(2).incoming();
      await target.answered();
      await pause(consultMs);
      target.hangup();
      await pause(talkMs + 500);
      client.hangup();
    },
    expect: (firm) => [cameBack(firm, { extension: firm.extension(2), outcome: 'answered', talkMs: 0, consultMs })],
  },
  {
    name: 'attended_declined',
    intent: '101: *2 102; 102 declines (603); the client comes back to 101.',
    play: async (stage) => {
      const { client, operator } = await beforeTransfer(stage);
      stage.phone(2).habit = refusesWith(603, ringMs);
      await code(operator, '*2', stage.company.extension(2));
      await (await stage.phone(2).incoming()).ended();
      await pause(talkMs + 500);
      client.hangup();
    },
    expect: (firm) => [cameBack(firm, second(firm, { outcome: 'rejected', talkMs: 0 }))],
  },
  {
    name: 'attended_client_leaves',
    intent: '101: *2 102; the client hangs up while they consult, and they talk on.',
    play: async (stage) => {
      const { client, operator } = await beforeTransfer(stage);
      await code(operator, '*2', stage.company.extension(2));
      await (await stage.phone(2).incoming()).answered();
      await pause(consultMs);
      client.hangup();
      await pause(1000);
      operator.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        legs: [first(firm), { extension: firm.extension(2), outcome: 'answered', talkMs: 0 }],
        transfers: [{ type: 'attended', by: firm.extension(1), to: firm.extension(2), completed: false }],
        talkMs,
      }),
    ],
  },
  {
    name: 'attended_blonde',
    intent: '101: *2 102; 101 hangs up while 102 rings; 102 answers and talks with the client.',
    play: async (stage) => {
      const { client, operator } = await beforeTransfer(stage);
      stage.phone(2).habit = answersAfter(1500);
      await code(operator, '*2', stage.company.extension(2));
      const target = await stage.phone(2).incoming();
      await pause(500);
      operator.hangup();
      await target.answered();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      passedOn(firm, 'attended', {
        transfers: [{ type: 'attended', by: firm.extension(1), to: firm.extension(2), completed: true, blonde: true }],
      }),
    ],
  },
  {
    name: 'attended_blonde_no_answer',
    intent:
      '101: *2 102; 101 hangs up while 102 rings; 102 never answers; Asterisk calls 101 again, who takes the client back.',
    play: async (stage) => {
      const { client, operator } = await beforeTransfer(stage);
      stage.phone(2).habit = (call) => call.ring();
      await code(operator, '*2', stage.company.extension(2));
      await stage.phone(2).incoming();
      await pause(500);
      operator.hangup();
      await (await stage.phone(1).incoming(12_000)).answered();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        legs: [
          first(firm),
          second(firm, { outcome: 'no-answer', talkMs: 0 }),
          { extension: firm.extension(1), role: 'transfer-recall', outcome: 'answered', talkMs },
        ],
        transfers: [{ type: 'attended', by: firm.extension(1), to: firm.extension(2), completed: false, blonde: true }],
        talkMs: 2 * talkMs,
      }),
    ],
  },
  {
    name: 'blind_completed',
    intent: '101: ## 102; 102 answers.',
    play: async (stage) => {
      const { client, operator } = await beforeTransfer(stage);
      await code(operator, '##', stage.company.extension(2));
      await (await stage.phone(2).incoming()).answered();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [passedOn(firm, 'blind')],
  },
  {
    name: 'blind_no_answer',
    intent: '101: ## 102; 102 does not answer: the client is lost after having talked with 101.',
    play: async (stage) => {
      const { client, operator } = await beforeTransfer(stage);
      stage.phone(2).habit = (call) => call.ring();
      await code(operator, '##', stage.company.extension(2));
      await client.ended();
    },
    expect: (firm) => [
      inbound(firm, {
        legs: [first(firm), second(firm, { outcome: 'no-answer', talkMs: 0 })],
        transfers: [{ type: 'blind', by: firm.extension(1), to: firm.extension(2), completed: false }],
        talkMs,
        hangupBy: 'system',
      }),
    ],
  },
  {
    name: 'blind_out_of_queue',
    intent: 'The client came through the queue to 101; ## 102; 102 answers.',
    play: async (stage) => {
      const { client, operator } = await clientTalksTo(stage, 1, lines.queue);
      stage.phone(2).habit = answersAfter(ringMs);
      await pause(talkMs);
      await code(operator, '##', stage.company.extension(2));
      await (await stage.phone(2).incoming()).answered();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [passedOn(firm, 'blind', { line: firm.line(lines.queue) })],
  },
  {
    name: 'attended_out_of_local_queue',
    intent: 'The queue has Local members; 101: *2 102; they consult; 101 hangs up; 102 talks with the client.',
    play: async (stage) => {
      const { client, operator } = await clientTalksTo(stage, 1, lines.queueOfLocals);
      stage.phone(2).habit = answersAfter(ringMs);
      await pause(talkMs);
      await code(operator, '*2', stage.company.extension(2));
      await (await stage.phone(2).incoming()).answered();
      await pause(consultMs);
      operator.hangup();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      passedOn(firm, 'attended', {
        line: firm.line(lines.queueOfLocals),
        legs: [
          first(firm),
          { extension: firm.extension(3), role: 'called', outcome: 'elsewhere' },
          second(firm, { consultMs }),
        ],
      }),
    ],
  },
  {
    name: 'three_transfers',
    intent: '101 ## 102, 102 *2 103, 103 by REFER back to 101.',
    play: async (stage) => {
      const { client, operator } = await beforeTransfer(stage);
      stage.phone(3).habit = answersAfter(ringMs);
      await code(operator, '##', stage.company.extension(2));
      const next = await stage.phone(2).incoming();
      await next.answered();
      await pause(talkMs);
      await code(next, '*2', stage.company.extension(3));
      const third = await stage.phone(3).incoming();
      await third.answered();
      await pause(consultMs);
      next.hangup();
      await pause(talkMs);
      await third.refer(stage.company.extension(1));
      await (await stage.phone(1).incoming()).answered();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        legs: [
          first(firm),
          second(firm),
          { extension: firm.extension(3), role: 'transfer-target', outcome: 'answered', talkMs, consultMs },
          { extension: firm.extension(1), role: 'transfer-target', outcome: 'answered', talkMs },
        ],
        transfers: [
          { type: 'blind', by: firm.extension(1), to: firm.extension(2), completed: true },
          { type: 'attended', by: firm.extension(2), to: firm.extension(3), completed: true },
          { type: 'blind', by: firm.extension(3), to: firm.extension(1), completed: true },
        ],
        talkMs: 4 * talkMs,
      }),
    ],
  },
  {
    name: 'transfer_outside',
    intent: '101: ## and an outside number, which answers: nobody of ours is left, the call goes on.',
    play: async (stage) => {
      const { client, operator } = await beforeTransfer(stage);
      stage.client(2).habit = answersAfter(ringMs);
      await code(operator, '##', stage.company.client(2));
      await (await stage.client(2).incoming()).answered();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        legs: [first(firm), { number: firm.client(2), role: 'transfer-target', outcome: 'answered' }],
        transfers: [{ type: 'blind', by: firm.extension(1), to: firm.client(2), completed: true }],
        talkMs: 2 * talkMs,
      }),
    ],
  },
  {
    name: 'refer_blind',
    intent: 'The transfer key of the phone: REFER to 102, who answers.',
    play: async (stage) => {
      const { client, operator } = await beforeTransfer(stage);
      await operator.refer(stage.company.extension(2));
      await (await stage.phone(2).incoming()).answered();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [passedOn(firm, 'blind')],
  },
  {
    name: 'refer_replaces',
    intent:
      '101 holds the client, calls 102 on the second line, they consult, the phone joins them (REFER with Replaces).',
    play: async (stage) => {
      const { client, operator } = await beforeTransfer(stage);
      await operator.hold();
      const consult = await stage.phone(1).call(stage.company.extension(2));
      await consult.answered();
      await pause(consultMs);
      await operator.referTo(consult);
      await operator.ended();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [passedOn(firm, 'attended', { legs: [first(firm), second(firm, { consultMs })] })],
  },
  {
    name: 'refer_replaces_ringing',
    intent: 'The same, but the phone joins them while 102 still rings.',
    play: async (stage) => {
      const { client, operator } = await beforeTransfer(stage);
      stage.phone(2).habit = answersAfter(1500);
      await operator.hold();
      const consult = await stage.phone(1).call(stage.company.extension(2));
      await consult.ringing();
      await pause(500);
      await operator.referTo(consult);
      await (await stage.phone(2).incoming()).answered();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      passedOn(firm, 'attended', {
        transfers: [{ type: 'attended', by: firm.extension(1), to: firm.extension(2), completed: true, blonde: true }],
      }),
    ],
  },
  {
    name: 'out_attended',
    intent: '101 calls the client, then *2 102; they consult; 102 takes over.',
    play: async (stage) => {
      stage.client().habit = answersAfter(ringMs);
      stage.phone(2).habit = answersAfter(ringMs);
      const operator = await stage.phone(1).call(stage.company.client());
      await operator.answered();
      await pause(talkMs);
      await code(operator, '*2', stage.company.extension(2));
      await (await stage.phone(2).incoming()).answered();
      await pause(consultMs);
      operator.hangup();
      await pause(talkMs);
      (await stage.client().incoming()).hangup();
    },
    expect: (firm) => [
      passedOn(firm, 'attended', {
        direction: 'outbound',
        line: null,
        legs: [first(firm, { role: 'caller' }), second(firm, { consultMs })],
      }),
    ],
  },
  {
    name: 'out_blind',
    intent: '101 calls the client, then ## 102; 102 takes over.',
    play: async (stage) => {
      stage.client().habit = answersAfter(ringMs);
      stage.phone(2).habit = answersAfter(ringMs);
      const operator = await stage.phone(1).call(stage.company.client());
      await operator.answered();
      await pause(talkMs);
      await code(operator, '##', stage.company.extension(2));
      await (await stage.phone(2).incoming()).answered();
      await pause(talkMs);
      (await stage.client().incoming()).hangup();
    },
    expect: (firm) => [
      passedOn(firm, 'blind', {
        direction: 'outbound',
        line: null,
        legs: [first(firm, { role: 'caller' }), second(firm)],
      }),
    ],
  },
];
