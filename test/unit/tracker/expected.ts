// What a scenario means, written by hand next to its recording (expected.json), compared with the call objects.
import type { Call, Leg } from '../../../src/calls/call.ts';

interface ExpectedLeg {
  ext: string;
  role: string;
  /** An outcome, or `caller`: the calling side of an unanswered call. */
  result: string;
  talk_s: number;
  ring_s?: number;
  consult_s?: number;
  hold_s?: number;
  external?: boolean;
  of?: string;
}

export interface ExpectedCall {
  direction: 'inbound' | 'outbound' | 'internal';
  client: string | null;
  did: string | null;
  answered: boolean;
  lost_stage: string | null;
  responsible: string | null;
  legs: ExpectedLeg[];
  transfers: { type: string; from: string | null; to: string | null; completed: boolean; blonde?: boolean }[];
  talk_s: number;
  hangup_by: string | null;
  hangup_cause: number | null;
  recording: string | null;
  /** The dialplan recorded, though nobody talked. */
  recording_note?: string;
  click_to_call?: boolean;
  holds?: number;
  spied_by?: string;
  queue?: string | { name: string };
  voicemail?: { mailbox: string; left_message: boolean };
  pickup?: { from: string; by: string };
  forward?: { from: string; to: string };
  unfinished?: boolean;
}

/** Asterisk 16 does not write music into CEL: a hold counts as talk there. */
export type Source = 'ami' | 'cel' | 'cel without music';

/** Recorded times differ from the script's by the phones' own slowness. */
const TOLERANCE_MS = 1000;

/** What began in a gap is known to the second of its Uniqueid, and not when it was answered. */
const GAP_TOLERANCE_MS = 1600;

const near = (ms: number, seconds: number, toleranceMs = TOLERANCE_MS): boolean =>
  Math.abs(ms - seconds * 1000) <= toleranceMs;

/** Every way in which the calls differ from what was expected, as sentences; empty when they agree. */
export function differences(calls: readonly Call[], expected: readonly ExpectedCall[], source: Source): string[] {
  const internal = expected.some((call) => call.direction === 'internal');
  const told = internal ? calls : calls.filter((call) => call.direction !== 'internal');
  if (told.length !== expected.length) return [`${told.length} calls where ${expected.length} are expected`];
  return told.flatMap((call, at) => {
    const want = expected[at];
    return want ? callDifferences(call, want, source).map((text) => `call ${at}: ${text}`) : [];
  });
}

function callDifferences(call: Call, want: ExpectedCall, source: Source): string[] {
  const found: string[] = [];
  const same = (field: string, is: unknown, should: unknown): void => {
    if (JSON.stringify(is ?? null) !== JSON.stringify(should ?? null)) {
      found.push(`${field} is ${JSON.stringify(is ?? null)}, not ${JSON.stringify(should ?? null)}`);
    }
  };
  same('direction', call.direction, want.direction);
  same('client', call.client?.number, want.client);
  if (want.direction === 'inbound') same('line', call.line?.number, want.did);
  same('answered', call.answered, want.answered);
  same('lostStage', call.lostStage, want.lost_stage);
  if (want.direction === 'inbound' || want.responsible !== null) {
    same('responsible', call.responsible?.extension, want.responsible);
  }
  if (!want.unfinished && call.endedAt === null) found.push('has not ended');
  if (!isTalk(call.talkMs, want, source, call.gap)) found.push(`talkMs is ${call.talkMs}, not ${want.talk_s * 1000}`);
  same(
    'transfers',
    call.transfers.map(({ type, by, to, completed, blonde }) => ({ type, by, to, completed, blonde })),
    want.transfers.map(({ type, from: by, to, completed, blonde = false }) => ({ type, by, to, completed, blonde })),
  );
  if (want.hangup_by !== null) same('hangupBy', call.hangupBy, want.hangup_by);
  if (want.hangup_cause !== null) same('cause', call.result.cause, want.hangup_cause);
  if (want.recording !== null && call.recordings.length === 0) found.push('has no recording');
  if (want.recording === null && want.recording_note === undefined && call.recordings.length > 0) {
    found.push('has a recording');
  }
  same('origin is click_to_call', call.origin === 'click_to_call', want.click_to_call ?? false);
  if (source !== 'cel without music') same('holds', call.holds, want.holds);
  same('spiedBy', call.spiedBy, want.spied_by === undefined ? null : [want.spied_by]);
  if (want.queue !== undefined) {
    same('queue', call.queue?.name, typeof want.queue === 'string' ? want.queue : want.queue.name);
  }
  same('voicemail mailbox', call.voicemail?.mailbox, want.voicemail?.mailbox);
  // A message is told by MessageWaiting, which is not in CEL.
  if (source === 'ami') same('voicemail message', call.voicemail?.leftMessage, want.voicemail?.left_message);
  same('pickup', call.pickup, want.pickup);
  same('forward', call.forward, want.forward && { from: want.forward.from, to: want.forward.to });
  return [...found, ...legDifferences(call, want, source)];
}

function isTalk(ms: number, want: { talk_s: number }, source: Source, gap = false): boolean {
  if (near(ms, want.talk_s, gap ? GAP_TOLERANCE_MS : TOLERANCE_MS)) return true;
  return source === 'cel without music' && ms >= want.talk_s * 1000;
}

function legDifferences(call: Call, want: ExpectedCall, source: Source): string[] {
  const party = (leg: Leg): string => leg.extension ?? leg.number ?? '?';
  const free = [...call.legs];
  const found: string[] = [];
  for (const leg of want.legs) {
    const fits = (other: Leg): boolean => leg.result === 'caller' || other.outcome === leg.result;
    const at = free.findIndex((other) => party(other) === leg.ext && fits(other));
    if (at < 0) {
      found.push(`no leg ${leg.ext} ${leg.result} among ${legsText(call.legs)}`);
      continue;
    }
    const [is] = free.splice(at, 1);
    if (is) found.push(...oneLeg(is, leg, source, call.gap).map((text) => `leg ${leg.ext}: ${text}`));
  }
  if (free.length > 0) found.push(`more legs than expected: ${legsText(free)}`);
  return found;
}

function oneLeg(leg: Leg, want: ExpectedLeg, source: Source, gap = false): string[] {
  const found: string[] = [];
  if (leg.role !== want.role) found.push(`role is ${leg.role}, not ${want.role}`);
  if ((want.external ?? false) !== (leg.extension === null)) found.push(`extension is ${leg.extension}`);
  if (want.of !== undefined && leg.of !== want.of) found.push(`is of ${leg.of}, not of ${want.of}`);
  if (!isTalk(leg.talkMs, want, source, gap)) found.push(`talkMs is ${leg.talkMs}, not ${want.talk_s * 1000}`);
  if (want.ring_s !== undefined && !near(leg.ringMs, want.ring_s)) {
    found.push(`ringMs is ${leg.ringMs}, not ${want.ring_s * 1000}`);
  }
  if (want.consult_s !== undefined && !near(leg.consultMs, want.consult_s)) {
    found.push(`consultMs is ${leg.consultMs}, not ${want.consult_s * 1000}`);
  }
  if (want.hold_s !== undefined && source !== 'cel without music' && !near(leg.holdMs, want.hold_s)) {
    found.push(`holdMs is ${leg.holdMs}, not ${want.hold_s * 1000}`);
  }
  if (leg.endedAt === null) found.push('has not ended');
  return found;
}

const legsText = (legs: readonly Leg[]): string =>
  legs.map((leg) => `${leg.extension ?? leg.number ?? '?'} ${leg.outcome}`).join(', ');
