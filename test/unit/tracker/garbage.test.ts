// Whatever comes in: texts of attackers, ids of nobody, events without sense, blocks without headers.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AmiBlock } from '../../../src/ami/index.ts';
import type { ChannelInfo, PbxEvent } from '../../../src/calls/events.ts';
import { AmiTranslator } from '../../../src/pbx/ami-events.ts';
import { CelTranslator } from '../../../src/pbx/cel-events.ts';
import { celRowsOf } from '../../../src/pbx/cel-row.ts';
import { playWatched } from './invariants.ts';
import { newTracker } from './trace.ts';

const hostile = fc.oneof(
  fc.constantFrom(
    '',
    '<unknown>',
    '__proto__',
    'constructor',
    "'; drop table calls; --",
    '<script>',
    '\r\nEvent: Hangup',
    '../../etc',
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
);
const id = fc.oneof({ weight: 20, arbitrary: fc.constantFrom('1.1', '1.2', '1.3', '1.4', '1.5', '1.6') }, hostile);
const name = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.constantFrom(
      'PJSIP/101-01',
      'PJSIP/102-02',
      'PJSIP/trunk-03',
      'PJSIP/trunk-04',
      'Local/102@x-05;1',
      'Local/102@x-05;2',
      'CBAnn/300-06;1',
    ),
  },
  hostile,
);
const number = fc.oneof(fc.constantFrom('101', '102', '79161234567', 'anonymous'), hostile);
const atMs = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 1_800_000_000_000, max: 1_800_000_009_000 }) },
  fc.nat(),
);

const channel: fc.Arbitrary<ChannelInfo> = fc.record(
  {
    id,
    name,
    linkedId: id,
    state: fc.constantFrom('down', 'ring', 'ringing', 'up'),
    number: fc.option(number),
    callerName: fc.option(hostile),
    exten: number,
    dnid: number,
  },
  { requiredKeys: ['id', 'name', 'linkedId'] },
);
const maybe = fc.option(channel);
const bridge = fc.oneof(fc.constantFrom('b1', 'b2', 'b3'), hostile);
const on = fc.boolean();
const of = <T extends string>(type: T): fc.Arbitrary<T> => fc.constant(type);

const event: fc.Arbitrary<PbxEvent> = fc.oneof(
  fc.record({ type: of('channel'), atMs, channel }),
  fc.record({ type: of('state'), atMs, channel }),
  fc.record({ type: of('caller-id'), atMs, channel }),
  fc.record({
    type: of('app'),
    atMs,
    channel,
    app: fc.oneof(fc.constantFrom('Dial', 'Queue', 'VoiceMail', 'Playback', 'AppDial2'), hostile),
    data: fc.oneof(fc.constantFrom('PJSIP/101&PJSIP/104,20', 'sales,tT', 'PJSIP/7916@trunk'), hostile),
    exten: number,
  }),
  fc.record({
    type: of('dial-status'),
    atMs,
    channelId: id,
    status: fc.constantFrom('', 'ANSWER', 'CHANUNAVAIL', 'BUSY'),
  }),
  fc.record({ type: of('queue-status'), atMs, channelId: id, status: hostile }),
  fc.record({ type: of('dial-begin'), atMs, caller: maybe, dest: channel, dialString: number }),
  fc.record({
    type: of('dial-end'),
    atMs,
    caller: maybe,
    dest: channel,
    status: fc.oneof(fc.constantFrom('ANSWER', 'CANCEL', 'NOANSWER'), hostile),
    forward: fc.option(number),
  }),
  fc.record({ type: of('bridge-enter'), atMs, channel, bridge, holding: on, conference: on }),
  fc.record({ type: of('bridge-leave'), atMs, channelId: id, bridge }),
  fc.record({ type: of('blind-transfer'), atMs, transferer: channel, transferee: maybe, exten: number }),
  fc.record({
    type: of('attended-transfer'),
    atMs,
    transferer: channel,
    second: maybe,
    transferee: maybe,
    target: maybe,
    threeway: on,
  }),
  fc.record({ type: of('pickup'), atMs, picker: channel, target: channel }),
  fc.record({ type: of('park'), atMs, parkee: channel, parker: fc.option(name) }),
  fc.record({ type: of('unpark'), atMs, parkee: channel, retriever: maybe }),
  fc.record({ type: of('hold'), atMs, channelId: id, on, phone: on }),
  fc.record({ type: of('music'), atMs, channelId: id, on }),
  fc.record({ type: of('queue-join'), atMs, channel, queue: hostile }),
  fc.record({ type: of('queue-leave'), atMs, channelId: id }),
  fc.record({ type: of('spy'), atMs, spyer: channel, spyee: channel }),
  fc.record({ type: of('record-file'), atMs, channelId: id, file: hostile }),
  fc.record({ type: of('record-start'), atMs, channelId: id }),
  fc.record({ type: of('record-stop'), atMs, channelId: id }),
  fc.record({ type: of('message-left'), atMs, mailbox: number }),
  fc.record({ type: of('originated'), atMs, channelId: fc.option(id), channelName: name, exten: number }),
  fc.record({ type: of('digit'), atMs, channelId: id }),
  fc.record({ type: of('hangup-request'), atMs, channelId: id }),
  fc.record({ type: of('hangup'), atMs, channel, cause: fc.option(fc.nat(200)) }),
  fc.record({ type: of('gap'), atMs }),
  fc.record({
    type: of('snapshot'),
    atMs,
    first: on,
    channels: fc.array(
      fc.tuple(channel, fc.option(bridge)).map(([info, inside]) => ({ ...info, bridge: inside, app: '', appData: '' })),
      { maxLength: 4 },
    ),
  }),
);

describe('the tracker', () => {
  it('keeps its promises whatever comes', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 120, size: 'max' }), (events) => {
        expect(() => playWatched(events, newTracker())).not.toThrow();
      }),
      { numRuns: 800, seed: 4 },
    );
  });

  it('ends every call when every channel is gone', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60, size: 'max' }), (events) => {
        const tracker = newTracker();
        const end = 1_800_000_100_000;
        const nobody = { type: 'snapshot', atMs: end, first: true, channels: [] } as const;
        playWatched([...events, { type: 'gap', atMs: end }, nobody, { ...nobody, atMs: end + 1 }], tracker);
        expect(tracker.openCount).toBe(0);
      }),
      { numRuns: 300, seed: 6 },
    );
  });
});

describe('the translators', () => {
  const types = [
    'Newchannel',
    'Newstate',
    'DialBegin',
    'DialEnd',
    'BridgeEnter',
    'Hangup',
    'VarSet',
    'AttendedTransfer',
    'Status',
    'StatusComplete',
  ];
  const keys = [
    'Channel',
    'Uniqueid',
    'Linkedid',
    'ChannelState',
    'DestUniqueid',
    'DestChannel',
    'BridgeUniqueid',
    'Cause',
    'Variable',
    'Value',
    'CallerIDNum',
  ];

  it('take any block', () => {
    const header = fc
      .tuple(fc.constantFrom(...keys), fc.oneof(id, name, hostile))
      .map(([key, value]) => `${key}: ${value}`);
    const block = fc
      .tuple(fc.constantFrom(...types), fc.array(header, { maxLength: 12 }))
      .map(([type, headers]) => [`Event: ${type}`, ...headers].join('\r\n'));
    fc.assert(
      fc.property(fc.array(block, { maxLength: 60 }), (blocks) => {
        const translator = new AmiTranslator();
        const events = blocks.flatMap((raw, at) => translator.translate(new AmiBlock(raw), 1_800_000_000_000 + at));
        expect(() => playWatched(events, newTracker())).not.toThrow();
      }),
      { numRuns: 400, seed: 9 },
    );
  });

  it('take any row', () => {
    const types = [
      'CHAN_START',
      'ANSWER',
      'APP_START',
      'BRIDGE_ENTER',
      'BRIDGE_EXIT',
      'HANGUP',
      'CHAN_END',
      'PICKUP',
      'FORWARD',
    ];
    const row = fc
      .tuple(fc.constantFrom(...types), id, id, name, number, hostile)
      .map(([type, uniqueid, linkedid, channame, exten, extra]) =>
        [
          type,
          '2027-01-15 08:00:00.000',
          '',
          exten,
          '',
          '',
          '',
          exten,
          'x',
          channame,
          'Dial',
          '',
          '',
          '',
          uniqueid,
          linkedid,
          '',
          '',
          '',
          extra,
        ]
          .map((value) => `"${value.replaceAll('"', '""')}"`)
          .join(','),
      );
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), (rows) => {
        const translator = new CelTranslator();
        const events = [...celRowsOf(rows.join('\n'))].flatMap(({ row: each }) =>
          each ? translator.translate(each) : [],
        );
        expect(() => playWatched(events, newTracker())).not.toThrow();
      }),
      { numRuns: 400, seed: 13 },
    );
  });
});
