import type { Stage } from '../lab.ts';
import type { SipCall } from '../sip/call.ts';
import { answersAfter, type Habit, refusesWith } from '../sip/party.ts';
import { outbound, pause, ringMs, type Scenario, talkMs } from './scenario.ts';

/** The operator 101 dials the client, who does what is said. */
async function operatorCalls(stage: Stage, habit: Habit): Promise<SipCall> {
  stage.client().habit = habit;
  return stage.phone(1).call(stage.company.client());
}

/** Calls that operators make by dialling, and internal ones. */
export const outboundScenarios: Scenario[] = [
  {
    name: 'out_answered',
    intent: '101 calls the client, who answers and later hangs up.',
    play: async (stage) => {
      await (await operatorCalls(stage, answersAfter(ringMs))).answered();
      await pause(talkMs);
      (await stage.client().incoming()).hangup();
    },
    expect: (firm) => [
      outbound(firm, {
        answered: true,
        legs: [{ extension: firm.extension(1), role: 'caller', outcome: 'answered', talkMs }],
        talkMs,
        hangupBy: 'client',
        cause: 16,
      }),
    ],
  },
  {
    name: 'out_answered_operator_hangs_up',
    intent: 'The same, and the operator hangs up.',
    play: async (stage) => {
      const call = await operatorCalls(stage, answersAfter(ringMs));
      await call.answered();
      await pause(talkMs);
      call.hangup();
    },
    expect: (firm) => [
      outbound(firm, {
        answered: true,
        legs: [{ extension: firm.extension(1), role: 'caller', outcome: 'answered', talkMs }],
        talkMs,
        hangupBy: 'operator',
        cause: 16,
      }),
    ],
  },
  {
    name: 'out_busy',
    intent: 'The client is busy (486).',
    play: async (stage) => (await operatorCalls(stage, refusesWith(486, 300))).ended(),
    expect: (firm) => [outbound(firm, { cause: 17 })],
  },
  {
    name: 'out_declined',
    intent: 'The client declines the ringing call (603).',
    play: async (stage) => (await operatorCalls(stage, refusesWith(603, ringMs))).ended(),
    expect: (firm) => [outbound(firm, {})],
  },
  {
    name: 'out_no_answer',
    intent: 'The client does not answer; the dialplan gives up after 3 s.',
    play: async (stage) => (await operatorCalls(stage, (call) => call.ring())).ended(),
    expect: (firm) => [outbound(firm, { hangupBy: 'system' })],
  },
  {
    name: 'out_wrong_number',
    intent: 'The provider says that there is no such number (404).',
    play: async (stage) => (await operatorCalls(stage, refusesWith(404))).ended(),
    expect: (firm) => [outbound(firm, { cause: 1 })],
  },
  {
    name: 'out_provider_fails',
    intent: 'The provider cannot take the call (503).',
    play: async (stage) => (await operatorCalls(stage, refusesWith(503))).ended(),
    expect: (firm) => [outbound(firm, {})],
  },
  {
    name: 'out_cancelled',
    intent: '101 gives up while the client is rung.',
    play: async (stage) => {
      const call = await operatorCalls(stage, (incoming) => incoming.ring());
      await call.ringing();
      await pause(1000);
      call.hangup();
    },
    expect: (firm) => [outbound(firm, { hangupBy: 'operator' })],
  },
  {
    name: 'internal_answered',
    intent: '101 calls 102, who answers; 101 hangs up. No client at all.',
    play: async (stage) => {
      stage.phone(2).habit = answersAfter(ringMs);
      const call = await stage.phone(1).call(stage.company.extension(2));
      await call.answered();
      await pause(talkMs);
      call.hangup();
    },
    expect: (firm) => [
      outbound(firm, {
        direction: 'internal',
        client: null,
        answered: true,
        // nobody works for a client here; who took the call answers for it
        responsible: firm.extension(2),
        legs: [
          { extension: firm.extension(1), role: 'caller', outcome: 'answered', talkMs },
          { extension: firm.extension(2), role: 'called', outcome: 'answered', talkMs },
        ],
        talkMs,
      }),
    ],
  },
  {
    name: 'internal_no_answer',
    intent: '101 calls 102, who does not answer.',
    play: async (stage) => (await stage.phone(1).call(stage.company.extension(2))).ended(),
    expect: (firm) => [
      outbound(firm, {
        direction: 'internal',
        client: null,
        responsible: null,
        legs: [
          { extension: firm.extension(1), role: 'caller' },
          { extension: firm.extension(2), role: 'called', outcome: 'no-answer' },
        ],
      }),
    ],
  },
];
