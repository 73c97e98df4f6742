import { lines } from '../company.ts';
import type { Stage } from '../lab.ts';
import { answersAfter } from '../sip/party.ts';
import { clientTalksTo, consultMs, inbound, pause, ringMs, type Scenario, talkMs } from './scenario.ts';

/** The client and 101 have talked; 102 will answer. */
async function beforeOrder(stage: Stage) {
  const both = await clientTalksTo(stage, 1);
  stage.phone(2).habit = answersAfter(ringMs);
  await pause(talkMs);
  return both;
}

/** What other programs do to calls through the manager interface. */
export const managerScenarios: Scenario[] = [
  {
    name: 'ami_redirect',
    intent: 'Redirect of the client to 102, as many CRMs do it: no transfer event at all.',
    play: async (stage) => {
      const { client } = await beforeOrder(stage);
      await stage.ami.send({
        Action: 'Redirect',
        Channel: stage.channelWith(stage.company.client()),
        Context: 'from-internal',
        Exten: stage.company.extension(2),
        Priority: '1',
      });
      await (await stage.phone(2).incoming()).answered();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        responsible: firm.extension(2),
        legs: [
          { extension: firm.extension(1), role: 'called', outcome: 'answered', talkMs },
          { extension: firm.extension(2), role: 'transfer-target', outcome: 'answered', talkMs },
        ],
        transfers: [{ type: 'redirect', by: firm.extension(1), to: firm.extension(2), completed: true }],
        talkMs: 2 * talkMs,
      }),
    ],
  },
  {
    name: 'ami_blind_transfer',
    intent: 'BlindTransfer of the channel of 101 to 102.',
    play: async (stage) => {
      const { client } = await beforeOrder(stage);
      await stage.ami.send({
        Action: 'BlindTransfer',
        Channel: stage.channelOf(stage.company.extension(1)),
        Context: 'from-internal',
        Exten: stage.company.extension(2),
      });
      await (await stage.phone(2).incoming()).answered();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        responsible: firm.extension(2),
        legs: [
          { extension: firm.extension(1), role: 'called', outcome: 'answered', talkMs },
          { extension: firm.extension(2), role: 'transfer-target', outcome: 'answered', talkMs },
        ],
        transfers: [{ type: 'blind', by: firm.extension(1), to: firm.extension(2), completed: true }],
        talkMs: 2 * talkMs,
      }),
    ],
  },
  {
    name: 'ami_attended_transfer',
    intent: 'Atxfer of the channel of 101 to 102; they consult; 101 hangs up.',
    play: async (stage) => {
      const { client, operator } = await beforeOrder(stage);
      await stage.ami.send({
        Action: 'Atxfer',
        Channel: stage.channelOf(stage.company.extension(1)),
        Context: 'from-internal',
        Exten: stage.company.extension(2),
      });
      await (await stage.phone(2).incoming()).answered();
      await pause(consultMs);
      operator.hangup();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        responsible: firm.extension(2),
        legs: [
          { extension: firm.extension(1), role: 'called', outcome: 'answered', talkMs },
          { extension: firm.extension(2), role: 'transfer-target', outcome: 'answered', talkMs, consultMs },
        ],
        transfers: [{ type: 'attended', by: firm.extension(1), to: firm.extension(2), completed: true }],
        talkMs: 2 * talkMs,
      }),
    ],
  },
  {
    name: 'ami_hangup',
    intent: 'The call is ended by the manager action Hangup on the channel of the client.',
    play: async (stage) => {
      const { client } = await beforeOrder(stage);
      await stage.ami.send({ Action: 'Hangup', Channel: stage.channelWith(stage.company.client()), Cause: '16' });
      await client.ended();
    },
    expect: (firm) => [
      inbound(firm, {
        legs: [{ extension: firm.extension(1), role: 'called', outcome: 'answered', talkMs }],
        talkMs,
        hangupBy: null,
      }),
    ],
  },
  {
    name: 'three_way_feature',
    intent: '101: *2 102, then *3: all three talk; 101 leaves, the client and 102 talk on.',
    play: async (stage) => {
      const { client, operator } = await beforeOrder(stage);
      await operator.dtmf('*2');
      await pause(500);
      await operator.dtmf(stage.company.extension(2));
      await (await stage.phone(2).incoming()).answered();
      await pause(consultMs);
      await operator.dtmf('*3');
      await pause(talkMs);
      operator.hangup();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        responsible: firm.extension(2),
        legs: [
          { extension: firm.extension(1), role: 'called', outcome: 'answered', talkMs: 2 * talkMs },
          { extension: firm.extension(2), outcome: 'answered', talkMs: 2 * talkMs, consultMs },
        ],
        transfers: [{ type: 'threeway', by: firm.extension(1), to: firm.extension(2), completed: true }],
        talkMs: 3 * talkMs,
      }),
    ],
  },
  {
    name: 'three_way_conference',
    intent: 'Redirect puts 101 and the client into a conference room; 102 dials in; 101 leaves; then the client.',
    play: async (stage) => {
      const { client, operator } = await beforeOrder(stage);
      const room = { Exten: stage.company.room, Context: 'from-internal', Priority: '1' };
      await stage.ami.send({
        Action: 'Redirect',
        Channel: stage.channelWith(stage.company.client()),
        ExtraChannel: stage.channelOf(stage.company.extension(1)),
        ...room,
        ...Object.fromEntries(Object.entries(room).map(([name, value]) => [`Extra${name}`, value])),
      });
      const third = await stage.phone(2).call(stage.company.room);
      await third.answered();
      await pause(talkMs);
      operator.hangup();
      await pause(talkMs);
      client.hangup();
      await pause(300);
      third.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        responsible: firm.extension(2),
        legs: [
          { extension: firm.extension(1), role: 'called', outcome: 'answered', talkMs: 2 * talkMs },
          { extension: firm.extension(2), role: 'conference', outcome: 'answered', talkMs: 2 * talkMs },
        ],
        transfers: [{ type: 'conference', by: firm.extension(1), to: firm.extension(2), completed: true }],
        talkMs: 3 * talkMs,
      }),
    ],
  },
  {
    name: 'ami_redirect_out_of_queue',
    intent: 'The client came through the queue to 101; Redirect to 102.',
    play: async (stage) => {
      const { client } = await clientTalksTo(stage, 1, lines.queue);
      stage.phone(2).habit = answersAfter(ringMs);
      await pause(talkMs);
      await stage.ami.send({
        Action: 'Redirect',
        Channel: stage.channelWith(stage.company.client()),
        Context: 'from-internal',
        Exten: stage.company.extension(2),
        Priority: '1',
      });
      await (await stage.phone(2).incoming()).answered();
      await pause(talkMs);
      client.hangup();
    },
    expect: (firm) => [
      inbound(firm, {
        line: firm.line(lines.queue),
        responsible: firm.extension(2),
        legs: [
          { extension: firm.extension(1), role: 'called', outcome: 'answered', talkMs },
          { extension: firm.extension(2), role: 'transfer-target', outcome: 'answered', talkMs },
        ],
        transfers: [{ type: 'redirect', by: firm.extension(1), to: firm.extension(2), completed: true }],
        talkMs: 2 * talkMs,
      }),
    ],
  },
];
