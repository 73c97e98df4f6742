import { lines } from '../company.ts';
import { answersAfter } from '../sip/party.ts';
import { clientTalksTo, consultMs, inbound, pause, ringMs, type Scenario, talkMs } from './scenario.ts';
import { beforeTransfer, code, first, passedOn, second } from './transfer-steps.ts';

/** Blind transfers, those of a phone's own key, several in a row, and those out of queues and outbound calls. */
export const transferScenarios: Scenario[] = [
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
