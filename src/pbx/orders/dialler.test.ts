import { describe, expect, it } from 'vitest';
import { encodeAction } from '../../ami/index.ts';
import { dialSchema } from '../../settings/dial.ts';
import { settingsSchema } from '../../settings/schema.ts';
import { channelIdOf, dialler, isOurs } from './dialler.ts';
import { type Order, OrderRefusal } from './order.ts';

const settings = (toPbx: object[] = []) => settingsSchema.parse({ rewrite: { toPbx } });
const make = (dial: object = {}, toPbx: object[] = []) => dialler(dialSchema.parse(dial), settings(toPbx));

const channelId = channelIdOf('0123456789', 1_800_000_000_000);
const order: Order = {
  id: '0123456789',
  pbx: 'main',
  crm: null,
  crmCallId: null,
  kind: 'click_to_call',
  extension: '101',
  number: '+79161234567',
  line: null,
  channelId,
  state: 'placed',
  reason: null,
  requestedBy: null,
  placedAtMs: 1_800_000_000_000,
  endedAtMs: null,
};

it('rings the operator first, shows the client, and dials the digits', () => {
  expect(make().originate(order)).toEqual({
    Channel: 'PJSIP/101',
    Context: 'from-internal',
    Exten: '79161234567',
    Priority: 1,
    CallerID: '"79161234567" <79161234567>',
    Timeout: 20_000,
    Async: true,
    ChannelId: 'pc0123456789-1800000000.1',
    OtherChannelId: 'pc0123456789-1800000000.2',
    Variable: ['__PATCHCORD_ORDER=0123456789'],
  });
});

it('names channels so that they fit where Asterisk and its CDR keep them, and knows them again', () => {
  expect(channelId.length).toBeLessThanOrEqual(32);
  expect(isOurs(channelId)).toBe(true);
  expect(['1800000000.1', `x${channelId}`, `${channelId}2`, ''].some(isOurs)).toBe(false);
});

it('rewrites the number into what the dialplan takes', () => {
  const rules = [
    { match: '_+7XXXXXXXXXX', strip: 2, add: '98' },
    { match: '_+X.', strip: 1, add: '9810' },
  ];
  expect(make({}, rules).originate(order)).toMatchObject({ Exten: '989161234567' });
  expect(make({}, rules).originate({ ...order, number: '+442071838750' })).toMatchObject({ Exten: '9810442071838750' });
  expect(make({}, [{ match: '_+7X.', add: '' }]).originate(order)).toMatchObject({ Exten: '+79161234567' });
});

it('does what is said for the operator and for the line', () => {
  const made = make({
    shows: 'operator',
    account: 'click',
    variables: { __LINE: '{line}', WHO: '{extension}/{number}/{context}' },
    autoAnswer: 'Call-Info: <sip:pbx>;answer-after=0',
    operators: [
      { match: '2XX', channel: 'Local/{extension}@{context}/n', context: 'sales', autoAnswer: null, account: 'sales' },
      { match: '3XX', channel: 'SIP/{extension}', shows: 'client' },
    ],
    lines: [{ match: '_7495XXXXXXX', context: 'moscow' }],
  });
  expect(made.originate({ ...order, line: '74951000000' })).toMatchObject({
    Channel: 'PJSIP/101',
    Context: 'moscow',
    Account: 'click',
    CallerID: '"79161234567" <101>',
    Variable: [
      '__PATCHCORD_ORDER=0123456789',
      '__LINE=74951000000',
      'WHO=101/79161234567/moscow',
      'PJSIP_HEADER(add,Call-Info)=<sip:pbx>;answer-after=0',
    ],
  });
  expect(made.originate({ ...order, extension: '201' })).toMatchObject({
    Channel: 'Local/201@sales/n',
    Context: 'sales',
    Account: 'sales',
    Variable: ['__PATCHCORD_ORDER=0123456789', '__LINE=', 'WHO=201/79161234567/sales'],
  });
  expect(made.originate({ ...order, extension: '301' })).toMatchObject({
    Channel: 'SIP/301',
    CallerID: '"79161234567" <79161234567>',
    Variable: expect.arrayContaining(['SIPADDHEADER51=Call-Info: <sip:pbx>;answer-after=0']),
  });
});

describe('what a caller of the API or a CRM says', () => {
  const judge = (wanted: Partial<{ extension: string; number: string; line: string | null }>): string =>
    make({ allow: ['*'] }).judge({ extension: '101', number: '+79161234567', line: null, ...wanted });

  it.each([
    { extension: '' },
    { extension: '101\r\nAction: Command' },
    { extension: '101@evil' },
    { extension: 'PJSIP/101&PJSIP/102' },
    { extension: '${SHELL(id)}' },
    { number: '79161234567\r\nApplication: System\r\nData: id' },
    { number: '79161234567,1,System(id)' },
    { number: '${SHELL(id)}' },
    { number: '' },
    { line: 'a b' },
    { line: 'x\nVariable: y=z' },
    { line: '${CALLERID(num)}' },
    { line: '' },
    { line: 'x'.repeat(65) },
  ])('%j is refused', (wanted) => {
    expect(() => judge(wanted)).toThrow(OrderRefusal);
  });

  it('is a number in every form', () => {
    expect(judge({ number: '8 (916) 123-45-67' })).toBe('+79161234567');
    expect(judge({ number: '102' })).toBe('102');
  });

  it('becomes one action of one header a line', () => {
    const sent = encodeAction(
      'Originate',
      '1',
      make({ variables: { A: '{line}' } }).originate({ ...order, line: 'a.b' }),
    );
    expect(sent.split('\r\n').map((line) => line.split(':', 1)[0])).toEqual([
      'Action',
      'ActionID',
      'Channel',
      'Context',
      'Exten',
      'Priority',
      'CallerID',
      'Timeout',
      'Async',
      'ChannelId',
      'OtherChannelId',
      'Variable',
      'Variable',
      '',
      '',
    ]);
  });
});

it.each([
  { channel: 'PJSIP/101' },
  { channel: 'PJSIP/{extension}&PJSIP/102' },
  { channel: 'PJSIP/{nobody}{extension}' },
  { channel: 'PJSIP/{extension}\r\nAction: x' },
  { context: 'from internal' },
  { context: '${EVIL}' },
  { variables: { 'A=B': 'c' } },
  { variables: { SHELL: 'a\nb' } },
  { variables: { A: '{nobody}' } },
  { autoAnswer: 'no header' },
  { autoAnswer: 'A: b\r\nC: d' },
])('the settings refuse %j', (dial) => {
  expect(dialSchema.safeParse(dial).success).toBe(false);
});
