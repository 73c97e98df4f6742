import { header } from '../ami.ts';
import type { Stage } from '../lab.ts';
import { answersAfter, letsRing, refusesWith } from '../sip/party.ts';
import { outbound, pause, ringMs, type Scenario, talkMs } from './scenario.ts';

let lastClick = 0;

/** Orders a call as a CRM does. Resolves with the OriginateResponse: the first leg answered, or failed. */
async function click(
  stage: Stage,
  channel: string,
  target: { context: string; exten: string },
  callerId = stage.company.client(),
): Promise<string> {
  const id = `click-${stage.company.index}-${++lastClick}`;
  const done = stage.ami.event(
    (block) => header(block, 'Event') === 'OriginateResponse' && header(block, 'ActionID') === id,
    8000,
  );
  await stage.ami.send({
    Action: 'Originate',
    ActionID: id,
    Channel: channel,
    Context: target.context,
    Exten: target.exten,
    Priority: '1',
    CallerID: `${callerId} <${callerId}>`,
    Timeout: '2000',
    Async: 'true',
    Variable: [`CRM_CALL_ID=${id}`, `__FIRM=${stage.company.index}`],
  });
  return done;
}

const toClient = (stage: Stage) => ({ context: 'c2c', exten: stage.company.client() });
const operatorPhone = (stage: Stage): string => `PJSIP/${stage.company.extension(1)}`;

/** Calls that a CRM orders: the operator's phone first, then the client. */
export const clickScenarios: Scenario[] = [
  {
    name: 'click_answered',
    intent: '101 answers, the client answers, they talk, 101 hangs up.',
    play: async (stage) => {
      stage.phone(1).habit = answersAfter(ringMs);
      stage.client().habit = answersAfter(ringMs);
      await click(stage, operatorPhone(stage), toClient(stage));
      await (await stage.client().incoming()).answered();
      await pause(talkMs);
      (await stage.phone(1).incoming()).hangup();
    },
    expect: (firm) => [
      outbound(firm, {
        origin: 'click_to_call',
        answered: true,
        legs: [{ extension: firm.extension(1), role: 'caller', outcome: 'answered', talkMs }],
        talkMs,
        hangupBy: 'operator',
        cause: 16,
      }),
    ],
  },
  {
    name: 'click_operator_no_answer',
    intent: '101 does not answer in 2 s: the client is never dialled.',
    play: async (stage) => void (await click(stage, operatorPhone(stage), toClient(stage))),
    expect: (firm) => [
      outbound(firm, {
        origin: 'click_to_call',
        legs: [{ extension: firm.extension(1), role: 'caller', outcome: 'no-answer' }],
      }),
    ],
  },
  {
    name: 'click_operator_busy',
    intent: 'The phone of 101 refuses with 486.',
    play: async (stage) => {
      stage.phone(1).habit = refusesWith(486);
      await click(stage, operatorPhone(stage), toClient(stage));
    },
    expect: (firm) => [
      outbound(firm, {
        origin: 'click_to_call',
        legs: [{ extension: firm.extension(1), role: 'caller', outcome: 'busy' }],
      }),
    ],
  },
  {
    name: 'click_operator_declines',
    intent: '101 declines (603).',
    play: async (stage) => {
      stage.phone(1).habit = refusesWith(603, ringMs);
      await click(stage, operatorPhone(stage), toClient(stage));
    },
    expect: (firm) => [
      outbound(firm, {
        origin: 'click_to_call',
        legs: [{ extension: firm.extension(1), role: 'caller', outcome: 'rejected' }],
      }),
    ],
  },
  {
    name: 'click_operator_unregistered',
    intent: 'The phone of 104 is off: Asterisk makes no channel, so there is no call, only a failed order.',
    play: async (stage) => void (await click(stage, `PJSIP/${stage.company.extension(4)}`, toClient(stage))),
    expect: () => [],
  },
  {
    name: 'click_client_busy',
    intent: '101 answers, the client is busy.',
    play: async (stage) => {
      stage.phone(1).habit = answersAfter(ringMs);
      stage.client().habit = refusesWith(486, 300);
      await click(stage, operatorPhone(stage), toClient(stage));
      await (await stage.phone(1).incoming()).ended();
    },
    expect: (firm) => [outbound(firm, { origin: 'click_to_call', cause: 17 })],
  },
  {
    name: 'click_client_no_answer',
    intent: '101 answers, the client does not.',
    play: async (stage) => {
      stage.phone(1).habit = answersAfter(ringMs);
      stage.client().habit = letsRing;
      await click(stage, operatorPhone(stage), toClient(stage));
      await (await stage.phone(1).incoming()).ended();
    },
    expect: (firm) => [outbound(firm, { origin: 'click_to_call', hangupBy: 'system' })],
  },
  ...['/n', ''].map((option): Scenario => ({
    name: option === '' ? 'click_through_local' : 'click_through_local_n',
    intent: `The order names Local/101@c2c-operator${option}; both answer, the client hangs up.`,
    play: async (stage) => {
      stage.phone(1).habit = answersAfter(ringMs);
      stage.client().habit = answersAfter(ringMs);
      const channel = `Local/${stage.company.extension(1)}@c2c-operator${option}`;
      await click(stage, channel, toClient(stage));
      const client = await stage.client().incoming();
      await client.answered();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      outbound(firm, {
        origin: 'click_to_call',
        answered: true,
        legs: [{ extension: firm.extension(1), role: 'caller', outcome: 'answered', talkMs }],
        talkMs,
        hangupBy: 'client',
      }),
    ],
  })),
  {
    name: 'click_client_first',
    intent: 'The client is called first and then connected with 101 ("call me back").',
    play: async (stage) => {
      stage.phone(1).habit = answersAfter(ringMs);
      stage.client().habit = answersAfter(ringMs);
      const target = { context: 'c2c-to-operator', exten: stage.company.extension(1) };
      await click(stage, `PJSIP/${stage.company.client()}@trunk`, target);
      await (await stage.phone(1).incoming()).answered();
      await pause(talkMs);
      (await stage.client().incoming()).hangup();
    },
    expect: (firm) => [
      outbound(firm, {
        answered: true,
        legs: [{ extension: firm.extension(1), outcome: 'answered', talkMs }],
        talkMs,
        hangupBy: 'client',
      }),
    ],
  },
  {
    name: 'click_client_first_no_answer',
    intent: 'The client is called first and does not answer: no operator is rung.',
    play: async (stage) => {
      stage.client().habit = (call) => call.ring();
      const target = { context: 'c2c-to-operator', exten: stage.company.extension(1) };
      await click(stage, `PJSIP/${stage.company.client()}@trunk`, target);
    },
    expect: (firm) => [outbound(firm, { responsible: null, legs: [] })],
  },
];
