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
    expect(more).toEqual([]);
    if (!call) throw new Error('no call in this stream');
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
