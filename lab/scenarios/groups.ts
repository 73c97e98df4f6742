import { type Company, lines } from '../company.ts';
import { queueName } from '../config/plain.ts';
import { answersAfter, refusesWith } from '../sip/party.ts';
import { clientTalksTo, type ExpectedLeg, inbound, missed, pause, ringMs, type Scenario, talkMs } from './scenario.ts';

const called = (firm: Company, person: number, outcome: ExpectedLeg['outcome']): ExpectedLeg => ({
  extension: firm.extension(person),
  role: 'called',
  ...(outcome === undefined ? {} : { outcome }),
  ...(outcome === 'answered' ? { talkMs } : {}),
});

/** Queues, ring groups and hunting: several people, one call. */
export const groupScenarios: Scenario[] = [
  {
    name: 'group_answered_by_second',
    intent: '101, 102 and 103 ring together, 102 answers: one call, nothing missed.',
    play: async (stage) => {
      const { client } = await clientTalksTo(stage, 2, lines.group);
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        line: firm.line(lines.group),
        responsible: firm.extension(2),
        legs: [called(firm, 1, 'elsewhere'), called(firm, 2, 'answered'), called(firm, 3, 'elsewhere')],
        talkMs,
      }),
    ],
  },
  {
    name: 'group_nobody',
    intent: '101, 102 and 103 ring together, nobody answers.',
    play: async (stage) => {
      await (await stage.client().call(stage.company.line(lines.group))).ended();
    },
    expect: (firm) => [
      missed(firm, 'ringing', {
        line: firm.line(lines.group),
        legs: [called(firm, 1, 'no-answer'), called(firm, 2, 'no-answer'), called(firm, 3, 'no-answer')],
      }),
    ],
  },
  {
    name: 'hunt_third_answers',
    intent: '101 does not answer in 2 s, 102 is busy, 103 answers: dialled one after another.',
    play: async (stage) => {
      stage.phone(2).habit = refusesWith(486);
      const { client } = await clientTalksTo(stage, 3, lines.hunt);
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        line: firm.line(lines.hunt),
        responsible: firm.extension(3),
        legs: [called(firm, 1, 'no-answer'), called(firm, 2, 'busy'), called(firm, 3, 'answered')],
        talkMs,
      }),
    ],
  },
  {
    name: 'queue_answered',
    intent: 'The first agent of the queue answers, and hangs up.',
    play: async (stage) => {
      const { operator } = await clientTalksTo(stage, 1, lines.queue);
      await pause(talkMs);
      operator.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        line: firm.line(lines.queue),
        legs: [called(firm, 1, 'answered')],
        talkMs,
        hangupBy: 'operator',
        queue: queueName(firm, 'sales'),
      }),
    ],
  },
  {
    name: 'queue_second_agent',
    intent: '101 rings 2 s in vain, then 102 answers.',
    play: async (stage) => {
      const { client } = await clientTalksTo(stage, 2, lines.queue);
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        line: firm.line(lines.queue),
        responsible: firm.extension(2),
        legs: [called(firm, 1, 'no-answer'), called(firm, 2, 'answered')],
        talkMs,
        queue: queueName(firm, 'sales'),
      }),
    ],
  },
  {
    name: 'queue_agent_busy',
    intent: '101 refuses with 486 (the queue reports it as not answered), 102 answers.',
    play: async (stage) => {
      stage.phone(1).habit = refusesWith(486);
      const { client } = await clientTalksTo(stage, 2, lines.queue);
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        line: firm.line(lines.queue),
        responsible: firm.extension(2),
        legs: [called(firm, 1, 'busy'), called(firm, 2, 'answered')],
        talkMs,
      }),
    ],
  },
  {
    name: 'queue_ringall',
    intent: 'All three agents ring, 102 answers.',
    play: async (stage) => {
      const { client } = await clientTalksTo(stage, 2, lines.queueRingAll);
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        line: firm.line(lines.queueRingAll),
        responsible: firm.extension(2),
        legs: [called(firm, 1, 'elsewhere'), called(firm, 2, 'answered'), called(firm, 3, 'elsewhere')],
        talkMs,
      }),
    ],
  },
  {
    name: 'queue_abandoned',
    intent: '101 rings 2 s in vain; the client leaves while 102 rings.',
    play: async (stage) => {
      const client = await stage.client().call(stage.company.line(lines.queue));
      await stage.phone(2).incoming();
      await pause(700);
      client.hangup();
    },
    expect: (firm) => [
      missed(firm, 'queue', {
        line: firm.line(lines.queue),
        legs: [called(firm, 1, 'no-answer'), called(firm, 2, 'caller-cancelled')],
        hangupBy: 'client',
        queue: queueName(firm, 'sales'),
      }),
    ],
  },
  {
    name: 'queue_timed_out',
    intent: 'The queue gives up after 4 s: 101 rang 2 s, 102 the last second.',
    play: async (stage) => {
      await (await stage.client().call(stage.company.line(lines.queueShort))).ended();
    },
    expect: (firm) => [
      missed(firm, 'queue', {
        line: firm.line(lines.queueShort),
        legs: [called(firm, 1, 'no-answer'), called(firm, 2, 'no-answer')],
      }),
    ],
  },
  {
    name: 'queue_join_empty',
    intent: 'The only agent has no phone: the queue does not take the client in.',
    play: async (stage) => {
      await (await stage.client().call(stage.company.line(lines.queueOfNobody))).ended();
    },
    expect: (firm) => [missed(firm, 'queue', { line: firm.line(lines.queueOfNobody) })],
  },
  {
    name: 'queue_local_members',
    intent: 'Members are Local/10X@from-queue/n: 101 and 103 ring, 103 answers.',
    play: async (stage) => {
      const { client } = await clientTalksTo(stage, 3, lines.queueOfLocals);
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        line: firm.line(lines.queueOfLocals),
        responsible: firm.extension(3),
        legs: [called(firm, 1, 'elsewhere'), called(firm, 3, 'answered')],
        talkMs,
        queue: queueName(firm, 'support'),
      }),
    ],
  },
  {
    name: 'queue_local_members_abandoned',
    intent: 'Members are Local/10X@from-queue/n: both ring, the client leaves.',
    play: async (stage) => {
      const client = await stage.client().call(stage.company.line(lines.queueOfLocals));
      await stage.phone(1).incoming();
      await stage.phone(3).incoming();
      await pause(700);
      client.hangup();
    },
    expect: (firm) => [
      missed(firm, 'queue', {
        line: firm.line(lines.queueOfLocals),
        legs: [called(firm, 1, 'caller-cancelled'), called(firm, 3, 'caller-cancelled')],
        hangupBy: 'client',
      }),
    ],
  },
  {
    name: 'ivr_to_queue',
    intent: 'The client presses 1 in the voice menu and gets into the queue; 101 answers.',
    play: async (stage) => {
      stage.phone(1).habit = answersAfter(ringMs);
      const client = await stage.client().call(stage.company.line(lines.menu));
      await client.answered();
      await pause(600);
      await client.dtmf('1');
      await (await stage.phone(1).incoming()).answered();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        line: firm.line(lines.menu),
        legs: [called(firm, 1, 'answered')],
        talkMs,
        queue: queueName(firm, 'sales'),
      }),
    ],
  },
];
