import { answersAfter, refusesWith } from '../sip/party.ts';
import { consultMs, inbound, outbound, pause, ringMs, type Scenario, talkMs } from './scenario.ts';
import { beforeTransfer, cameBack, code, first, passedOn, second } from './transfer-steps.ts';

/** Attended transfers by feature code, in all the ways in which they end. */
export const attendedScenarios: Scenario[] = [
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
    intent: '101: *2 102; 102 does not answer in 2 s; the client comes back to 101.',
    play: async (stage) => {
      const { client, operator } = await beforeTransfer(stage);
      stage.phone(2).habit = (call) => call.ring();
      await code(operator, '*2', stage.company.extension(2));
      await (await stage.phone(2).incoming()).ended();
      await pause(talkMs + 700);
      client.hangup();
    },
    // the feature's time limit and *1 give the same events (16 and 22); only DTMF would tell them apart
    expect: (firm) => [
      cameBack(firm, second(firm, { outcome: ['no-answer', 'caller-cancelled'], talkMs: 0 }), talkMs + 700),
    ],
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
    expect: (firm) => [
      cameBack(firm, { extension: firm.extension(2), outcome: 'answered', talkMs: 0, consultMs }, talkMs + 500),
    ],
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
    expect: (firm) => [cameBack(firm, second(firm, { outcome: 'rejected', talkMs: 0 }), talkMs + 500)],
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
      // what is left is a call of their own: the client's ended when the client left
      outbound(firm, {
        direction: 'internal',
        client: null,
        answered: true,
        responsible: firm.extension(2),
        legs: [
          { extension: firm.extension(1), role: 'caller', outcome: 'answered' },
          { extension: firm.extension(2), role: 'called', outcome: 'answered' },
        ],
        talkMs: 1000,
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
];
