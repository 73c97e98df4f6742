// Streams of other companies' Asterisks: other drivers, other names, other dialplans than those of the lab.
import { describe, expect, it } from 'vitest';
import type { Call } from '../../../src/calls/call.ts';
import { replayCalls } from '../../../src/cli/replay.ts';

type Headers = Record<string, string>;

/** One event, a second after the one before it. */
class Stream {
  readonly #blocks: string[] = [];
  #atSec = 1_700_000_000;

  event(name: string, headers: Headers): this {
    this.#atSec += 1;
    const all = { Event: name, Timestamp: `${this.#atSec}.000000`, ...headers };
    this.#blocks.push(
      Object.entries(all)
        .map(([key, value]) => `${key}: ${value}\n`)
        .join(''),
    );
    return this;
  }

  calls(): Call[] {
    return replayCalls(this.#blocks.join('\n'), { format: 'ami', trunk: ['gate*'], extension: ['desk*'] }, 'stream');
  }

  call(): Call {
    const [call, ...more] = this.calls();
    if (!call || more.length > 0) throw new Error('not one call in this stream');
    return call;
  }
}

/** The headers of a channel that is named by its number: `gate-1`, unique as 1700000001.1, of the call of channel 1. */
function channel(name: string, id: number, more: Headers = {}, prefix = '', linked = 1): Headers {
  const headers: Headers = {
    Channel: name,
    Uniqueid: `pbx7-1700000001.${id}`,
    Linkedid: `pbx7-1700000001.${linked}`,
    ...more,
  };
  return Object.fromEntries(Object.entries(headers).map(([key, value]) => [prefix + key, value]));
}

const down = { ChannelState: '0' };
const ring = { ChannelState: '4' };
const ringing = { ChannelState: '5' };
const up = { ChannelState: '6' };

describe('a caller whose channel begins as down (chan_sip, chan_iax2, analogue lines)', () => {
  const caller = { CallerIDNum: '79161234567', CallerIDName: 'Ann', Exten: '84951112233' };

  it('is a client who calls in, also when nobody answers', () => {
    const call = new Stream()
      .event('Newchannel', channel('SIP/gate-00000001', 1, { ...down, ...caller }))
      .event('Newstate', channel('SIP/gate-00000001', 1, { ...ring, ...caller }))
      .event('Hangup', channel('SIP/gate-00000001', 1, { ...ring, Cause: '16' }))
      .call();
    expect(call).toMatchObject({
      direction: 'inbound',
      client: { number: '79161234567', name: 'Ann' },
      line: { number: '84951112233', trunk: 'gate' },
      startedAt: '2023-11-14T22:13:21.000Z',
      answered: false,
    });
  });

  it('is the caller of an internal call, and the one called is responsible', () => {
    const call = new Stream()
      .event('Newchannel', channel('IAX2/desk1-1', 1, { ...down, Exten: '102' }))
      .event('Newstate', channel('IAX2/desk1-1', 1, { ...ring, Exten: '102' }))
      .event('Newchannel', channel('SCCP/desk2-00000002', 2, down))
      .event('DialBegin', { ...channel('IAX2/desk1-1', 1, ring), ...channel('SCCP/desk2-00000002', 2, down, 'Dest') })
      .event('Newstate', channel('SCCP/desk2-00000002', 2, ringing))
      .event('BridgeEnter', { ...channel('IAX2/desk1-1', 1, up), BridgeUniqueid: 'b' })
      .event('BridgeEnter', { ...channel('SCCP/desk2-00000002', 2, up), BridgeUniqueid: 'b' })
      .event('Hangup', channel('SCCP/desk2-00000002', 2, { ...up, Cause: '16' }))
      .event('Hangup', channel('IAX2/desk1-1', 1, { ...up, Cause: '16' }))
      .call();
    expect(call.legs.map((leg) => [leg.extension, leg.role, leg.outcome])).toEqual([
      ['desk1', 'caller', 'answered'],
      ['desk2', 'called', 'answered'],
    ]);
    expect(call.responsible?.extension).toBe('desk2');
  });
});

describe('a click-to-call that begins with an outside number', () => {
  it('has the first one for its operator and the second one for its client', () => {
    const first = 'SIP/gate-00000001';
    const second = 'SIP/gate-00000002';
    const call = new Stream()
      .event('Newchannel', channel(first, 1, down))
      .event('DialBegin', { ...channel(first, 1, down, 'Dest'), DialString: '79260000001@gate' })
      .event('Newstate', channel(first, 1, ringing))
      .event('Newstate', channel(first, 1, up))
      .event('Newchannel', channel(second, 2, down))
      .event('DialBegin', {
        ...channel(first, 1, up),
        ...channel(second, 2, down, 'Dest'),
        DialString: '79260000002@gate',
      })
      .event('Newstate', channel(second, 2, ringing))
      .event('BridgeEnter', { ...channel(first, 1, up), BridgeUniqueid: 'b' })
      .event('BridgeEnter', { ...channel(second, 2, up), BridgeUniqueid: 'b' })
      .event('Hangup', channel(second, 2, { ...up, Cause: '16' }))
      .event('Hangup', channel(first, 1, { ...up, Cause: '16' }))
      .call();
    expect(call).toMatchObject({ direction: 'outbound', origin: 'click_to_call', answered: true, talkMs: 1000 });
    expect(call.client?.number).toBe('79260000002');
    expect(call.legs.map((leg) => [leg.number, leg.role, leg.outcome])).toEqual([
      ['79260000001', 'caller', 'answered'],
    ]);
  });
});

describe('a transferer who leaves while several phones ring', () => {
  it('has given the client to the one that answers', () => {
    const client = 'PJSIP/gate-00000001';
    const [first, second] = ['PJSIP/desk1-00000002', 'PJSIP/desk1-00000003'];
    const [group1, group2] = ['PJSIP/desk2-00000004', 'PJSIP/desk3-00000005'];
    const call = new Stream()
      .event('Newchannel', channel(client, 1, { ...ring, CallerIDNum: '79161234567' }))
      .event('Newchannel', channel(first, 2, down))
      .event('DialBegin', { ...channel(client, 1, ring), ...channel(first, 2, down, 'Dest') })
      .event('BridgeEnter', { ...channel(first, 2, up), BridgeUniqueid: 'a' })
      .event('BridgeEnter', { ...channel(client, 1, up), BridgeUniqueid: 'a' })
      .event('Newchannel', channel(second, 3, { ...ring, Exten: '600' }, '', 3))
      .event('Newchannel', channel(group1, 4, down, '', 3))
      .event('DialBegin', { ...channel(second, 3, ring, '', 3), ...channel(group1, 4, down, 'Dest', 3) })
      .event('Newchannel', channel(group2, 5, down, '', 3))
      .event('DialBegin', { ...channel(second, 3, ring, '', 3), ...channel(group2, 5, down, 'Dest', 3) })
      .event('AttendedTransfer', {
        Result: 'Success',
        ...channel(first, 2, up, 'OrigTransferer'),
        ...channel(second, 3, ring, 'SecondTransferer', 3),
        ...channel(client, 1, up, 'Transferee'),
      })
      .event('BridgeLeave', { ...channel(first, 2, up), BridgeUniqueid: 'a' })
      .event('Hangup', channel(first, 2, { ...up, Cause: '16' }))
      .event('Hangup', channel(second, 3, { ...ring, Cause: '16' }))
      .event('BridgeEnter', { ...channel(group1, 4, up), BridgeUniqueid: 'a' })
      .event('Hangup', channel(group2, 5, { ...ringing, Cause: '26' }))
      .event('Hangup', channel(client, 1, { ...up, Cause: '16' }))
      .event('Hangup', channel(group1, 4, { ...up, Cause: '16' }))
      .call();
    expect(call.transfers).toMatchObject([
      { type: 'attended', by: 'desk1', to: 'desk2', completed: true, blonde: true },
    ]);
    expect(call.legs.map((leg) => [leg.extension, leg.outcome])).toEqual([
      ['desk1', 'answered'],
      ['desk2', 'answered'],
      ['desk3', 'elsewhere'],
    ]);
  });
});

describe('a Dial that marks what it cancels as answered elsewhere', () => {
  it('has not been answered elsewhere when nobody has answered', () => {
    const client = 'PJSIP/gate-00000001';
    const phone = 'PJSIP/desk1-00000002';
    const call = new Stream()
      .event('Newchannel', channel(client, 1, { ...ring, CallerIDNum: '79161234567' }))
      .event('Newchannel', channel(phone, 2, down))
      .event('DialBegin', { ...channel(client, 1, ring), ...channel(phone, 2, down, 'Dest') })
      .event('Newstate', channel(phone, 2, ringing))
      .event('DialEnd', { ...channel(client, 1, ring), ...channel(phone, 2, ringing, 'Dest'), DialStatus: 'NOANSWER' })
      .event('Hangup', channel(phone, 2, { ...ringing, Cause: '26' }))
      .event('Hangup', channel(client, 1, { ...ring, Cause: '16' }))
      .call();
    expect(call.legs.map((leg) => leg.outcome)).toEqual(['no-answer']);
  });
});

describe('a call to a colleague whose phone is silent and who is forwarded to an outside number', () => {
  it('stays internal, also when the channel of the caller itself goes on to the trunk', () => {
    const caller = 'PJSIP/101-00000001';
    const phone = 'PJSIP/102-00000002';
    const trunk = 'PJSIP/gate-00000003';
    const call = new Stream()
      .event('Newchannel', channel(caller, 1, { ...ring, Exten: '102' }))
      .event('Newchannel', channel(phone, 2, down))
      .event('DialBegin', { ...channel(caller, 1, ring), ...channel(phone, 2, down, 'Dest') })
      .event('DialEnd', { ...channel(caller, 1, ring), ...channel(phone, 2, ringing, 'Dest'), DialStatus: 'NOANSWER' })
      .event('Hangup', channel(phone, 2, { ...ringing, Cause: '16' }))
      .event('Newchannel', channel(trunk, 3, down))
      .event('DialBegin', {
        ...channel(caller, 1, ring),
        ...channel(trunk, 3, down, 'Dest'),
        DialString: '79260000001@gate',
      })
      .event('BridgeEnter', { ...channel(trunk, 3, up), BridgeUniqueid: 'a' })
      .event('BridgeEnter', { ...channel(caller, 1, up), BridgeUniqueid: 'a' })
      .event('Hangup', channel(trunk, 3, { ...up, Cause: '16' }))
      .event('Hangup', channel(caller, 1, { ...up, Cause: '16' }))
      .call();
    expect(call).toMatchObject({ direction: 'internal', client: null, answered: true });
    expect(call.legs.map((leg) => [leg.extension ?? leg.number, leg.of, leg.role, leg.outcome])).toEqual([
      ['101', null, 'caller', 'answered'],
      ['102', null, 'called', 'no-answer'],
      ['79260000001', '102', 'mobile', 'answered'],
    ]);
  });
});

describe('a trunk that is called with no number told', () => {
  it('is called for what the operator has dialled, not for the name of a label of the dialplan', () => {
    const caller = 'SIP/desk1-00000001';
    const trunk = 'SIP/gate-00000002';
    const call = new Stream()
      .event('Newchannel', channel(caller, 1, { ...ring, Exten: '89260000001' }))
      .event('Newchannel', channel(trunk, 2, { ...down, Exten: 'dial' }))
      .event('DialBegin', { ...channel(caller, 1, { ...ring, Exten: 'dial' }), ...channel(trunk, 2, down, 'Dest') })
      .event('Hangup', channel(trunk, 2, { ...ringing, Cause: '16' }))
      .event('Hangup', channel(caller, 1, { ...ring, Cause: '16' }))
      .call();
    expect(call.client?.number).toBe('89260000001');
  });
});

describe('a CEL file of another installation', () => {
  type More = Partial<Record<'exten' | 'app' | 'data' | 'extra' | 'peer' | 'linked', string>>;

  /** A row at a second of one minute; `zone` is what the database writes behind the time. */
  const row = (type: string, at: string, name: string, id: number, more: More = {}, zone = ''): string =>
    [
      type,
      `2026-11-20 10:00:${at}${zone}`,
      '',
      '',
      '',
      '',
      '',
      more.exten ?? '',
      'c',
      name,
      more.app ?? '',
      more.data ?? '',
    ]
      .concat([
        '3',
        '',
        `1700000001.${id}`,
        `1700000001.${more.linked ?? '1'}`,
        more.peer ?? '',
        '',
        '',
        more.extra ?? '',
      ])
      .map((value) => `"${value.replaceAll('"', '""')}"`)
      .join(',');
  const [a, b] = ['SIP/desk1-00000001', 'SIP/desk2-00000002'];
  const calls = (rows: string[]): Call[] =>
    replayCalls(rows.join('\n'), { format: 'cel-csv', extension: ['desk*'] }, 'rows');
  const simpleCall = (join: { extra?: string; peer?: string }, zone = ''): string[] => [
    row('CHAN_START', '00.000', a, 1, { exten: '102' }, zone),
    row('APP_START', '00.100', a, 1, { exten: 's', app: 'Dial', data: 'SIP/desk2,30' }, zone),
    row('CHAN_START', '00.200', b, 2, { exten: 's' }, zone),
    row('ANSWER', '04.200', b, 2, { app: 'AppDial', data: '(Outgoing Line)' }, zone),
    row('BRIDGE_ENTER', '04.300', b, 2, { ...join, peer: '' }, zone),
    row('BRIDGE_ENTER', '04.300', a, 1, join, zone),
    row('HANGUP', '09.300', b, 2, {}, zone),
    row('HANGUP', '09.300', a, 1, {}, zone),
  ];
  const extra = '{"bridge_id":"x","bridge_technology":"simple_bridge"}';

  it('tells the ringing of phones with names once the replay knows them as extensions', () => {
    const [call] = calls(simpleCall({ extra }));
    expect(call?.legs.map((leg) => [leg.extension, leg.role, leg.ringMs, leg.talkMs])).toEqual([
      ['desk1', 'caller', 4300, 5000],
      ['desk2', 'called', 4000, 5000],
    ]);
  });

  it.each([
    ['', '2026-11-20T10:00:00.000Z'],
    ['+03', '2026-11-20T07:00:00.000Z'],
    ['-04:30', '2026-11-20T14:30:00.000Z'],
  ])('takes the offset %j behind its times', (zone, startedAt) => {
    const [call] = calls(simpleCall({ extra }, zone));
    expect(call).toMatchObject({ startedAt, talkMs: 5000 });
  });

  it.each([
    ['by the peer', { peer: b }],
    ['by the linkedid', {}],
  ])('finds who talks with whom without extra %s, and keeps strangers apart', (_how, join) => {
    const stranger = 'SIP/gate-00000003';
    const strangers = [
      row('CHAN_START', '02.000', stranger, 3, { exten: '102', linked: '3' }),
      row('BRIDGE_ENTER', '05.000', stranger, 3, { linked: '3' }),
      row('HANGUP', '06.000', stranger, 3, { linked: '3' }),
    ];
    const time = (text: string): string => text.slice(text.indexOf('2026'), text.indexOf('2026') + 23);
    const mixed = [...simpleCall(join), ...strangers].toSorted((x, y) => time(x).localeCompare(time(y)));
    expect(calls(mixed).map((call) => [call.direction, call.answered, call.talkMs])).toEqual([
      ['internal', true, 5000],
      ['inbound', false, 0],
    ]);
  });
});
