// AMI and CEL of the same scenario give the same call, but for what CEL cannot know.
import { describe, expect, it } from 'vitest';
import type { Call, Leg } from '../../../src/calls/call.ts';
import { without } from './streams.ts';
import {
  allCalls,
  amiEvents,
  celEvents,
  hasMusicInCel,
  isBroken,
  isUndialledInCel,
  play,
  type Trace,
  traces,
} from './trace.ts';

/** Both are written by different threads of Asterisk; the lab's machine was busy. */
const CLOCKS_MS = 120;

describe.each(traces.filter((trace) => !isBroken(trace)))('$name', (trace) => {
  it('is the same call in AMI and in CEL', () => {
    const ami = allCalls(play(amiEvents(trace)));
    const cel = allCalls(play(celEvents(trace)));
    expect(cel.map((call) => comparable(call, trace))).toEqual(ami.map((call) => comparable(call, trace)));
    for (const [at, call] of cel.entries()) expect(timesApart(call, ami[at], trace)).toEqual([]);
  });
});

/** The call without times and without what CEL cannot know. */
function comparable(call: Call, trace: Trace): unknown {
  const known = {
    ...without(call, 'startedAt', 'answeredAt', 'endedAt', 'talkMs', 'waitMs'),
    queue: call.queue?.name,
    // The cause is the same. The status in CEL is that of the channel's last phone; the variable DIALSTATUS in AMI is not set by Queue and FollowMe.
    result: { cause: call.result.cause },
    // MessageWaiting is not in CEL.
    voicemail: call.voicemail && { mailbox: call.voicemail.mailbox },
    // CEL has the file as the dialplan named it; where MixMonitor puts it is told in a variable only.
    recordings: call.recordings.map(({ file }) => file.replace(/^\/var\/spool\/asterisk\/monitor\//, '')),
    transfers: call.transfers.map((transfer) => without(transfer, 'at')),
    legs: call.legs.map(partyOf).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    // Asterisk 16 does not write music into CEL.
    holds: hasMusicInCel(trace) ? call.holds : undefined,
  };
  if (!isUndialledInCel(trace)) return known;
  return {
    ...known,
    forward: undefined,
    responsible: undefined,
    lostStage: undefined,
    legs: call.legs.filter((leg) => leg.device !== null).map((leg) => ({ ...partyOf(leg), of: undefined })),
  };
}

const partyOf = ({ extension, number, of, device, role, outcome, answeredAt }: Leg) => ({
  extension,
  number,
  of,
  device,
  role,
  outcome,
  answered: answeredAt !== null,
});

/** Times that differ by more than the clocks do. */
function timesApart(cel: Call, ami: Call | undefined, trace: Trace): string[] {
  const found: string[] = [];
  const compare = (what: string, a: number, b: number): void => {
    if (Math.abs(a - b) > CLOCKS_MS) found.push(`${what}: ${a} in CEL, ${b} in AMI`);
  };
  const at = (iso: string | null | undefined): number => (iso == null ? 0 : Date.parse(iso));
  compare('startedAt', at(cel.startedAt), at(ami?.startedAt));
  compare('answeredAt', at(cel.answeredAt), at(ami?.answeredAt));
  compare('endedAt', at(cel.endedAt), at(ami?.endedAt));
  if (hasMusicInCel(trace)) compare('talkMs', cel.talkMs, ami?.talkMs ?? 0);
  for (const leg of cel.legs) {
    const same = ami?.legs.find((other) => sameLeg(leg, other)) ?? leg;
    const name = leg.extension ?? leg.number;
    compare(`consultMs of ${name}`, leg.consultMs, same.consultMs);
    compare(`talk and hold of ${name}`, leg.talkMs + leg.holdMs, same.talkMs + same.holdMs);
    // The ringing of a mobile behind the trunk is not in CEL.
    if (leg.extension !== null) compare(`ringMs of ${name}`, leg.ringMs, same.ringMs);
  }
  return found;
}

const sameLeg = (a: Leg, b: Leg): boolean =>
  a.device === b.device &&
  a.number === b.number &&
  Math.abs(Date.parse(a.startedAt) - Date.parse(b.startedAt)) < CLOCKS_MS;
