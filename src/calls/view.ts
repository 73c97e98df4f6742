// The tracker's state of a call as the call object that the world sees.
import type { Call, Leg } from './call.ts';
import type { CallState, LegState } from './model.ts';
import type { Registry } from './registry.ts';
import { lastTalker } from './audio.ts';
import { legOutcome } from './legs.ts';
import { resultCode } from './result.ts';
import { lostStage } from './stage.ts';

const iso = (atMs: number): string => new Date(atMs).toISOString();
const isoOrNull = (atMs: number | null): string | null => (atMs === null ? null : iso(atMs));

export function toCall(registry: Registry, call: CallState): Call {
  // Without a channel a call may still be open: its end is held back for a moment.
  const open = registry.calls.has(call.id);
  const endedAtMs = open ? null : (call.clientEndedAtMs ?? call.lastAtMs);
  const client = clientOf(registry, call);
  const direction = call.inbound ? 'inbound' : client ? 'outbound' : 'internal';
  const answered = direction === 'internal' ? call.answeredAtMs !== null : call.clientJoinedAtMs !== null;
  const view: Call = {
    id: call.id,
    pbx: registry.pbx,
    linkedIds: call.linkedIds,
    direction,
    origin: call.origin ?? (call.inbound || !call.legs.length ? null : 'dialed'),
    client,
    line: lineOf(call, direction),
    startedAt: iso(call.startedAtMs),
    answeredAt: isoOrNull(call.answeredAtMs),
    endedAt: isoOrNull(endedAtMs),
    answered,
    stage: open ? call.stage : null,
    lostStage: open ? null : lostStage(call),
    result: resultOf(call, open, answered),
    responsible: responsibleOf(registry, call, direction),
    legs: call.legs.map((leg) => legView(call, leg)),
    transfers: call.transfers.map(({ type, by, to, completed, blonde, atMs }) => ({
      type,
      by,
      to,
      completed,
      blonde,
      at: iso(atMs),
    })),
    talkMs: call.talkMs,
    waitMs: Math.max(0, (call.answeredAtMs ?? endedAtMs ?? call.lastAtMs) - call.startedAtMs),
    hangupBy: open ? null : (call.hangupBy ?? 'system'),
    recordings: call.recordings.map(({ file, startedAtMs, endedAtMs: stoppedAtMs }) => ({
      file,
      startedAt: iso(startedAtMs),
      endedAt: isoOrNull(stoppedAtMs),
    })),
  };
  addOccasional(view, call);
  return view;
}

function addOccasional(view: Call, call: CallState): void {
  if (call.pickup) view.pickup = call.pickup;
  if (call.forward) view.forward = call.forward;
  if (call.voicemail) view.voicemail = call.voicemail;
  if (call.queue) view.queue = { name: call.queue.name, waitMs: call.queue.waitMs };
  if (call.spiedBy.length > 0) view.spiedBy = call.spiedBy;
  if (call.holds > 0) view.holds = call.holds;
  if (call.gap) view.gap = true;
}

function clientOf(registry: Registry, call: CallState): Call['client'] {
  // A click-to-call whose operator never picked up has a client all the same: the number that was to be called.
  if (!call.hasClient && call.clientNumber === null) return null;
  const number = call.clientNumber;
  return { number, e164: number === null ? null : registry.e164(number), name: call.clientName };
}

function lineOf(call: CallState, direction: Call['direction']): Call['line'] {
  if (direction === 'internal') return null;
  return { number: call.lineNumber, trunk: call.trunk };
}

function resultOf(call: CallState, open: boolean, answered: boolean): Call['result'] {
  const cause = (call.hasClient ? call.clientCause : null) ?? call.cause;
  const dialStatus = call.dialStatus;
  if (open) return { code: null, cause: null, dialStatus };
  if (answered) return { code: 200, cause, dialStatus };
  // The cause of an unanswered client's channel is the dialplan's word (Hangup() says 16, a time-out 0); the last phone's own cause
  // tells more, and of an outbound call the caller's channel together with the dial status.
  const last = call.legs.findLast((leg) => leg.cause !== null && leg.role !== 'caller');
  const isVague = cause === 16 || cause === 0 || cause === null;
  const causes = [isVague ? (last?.cause ?? cause) : cause, cause, call.cause];
  const codes = causes.map((one) => resultCode(one, dialStatus));
  return { code: codes.find((code) => code !== 200 && code !== 0) ?? codes[1] ?? 0, cause, dialStatus };
}

function responsibleOf(registry: Registry, call: CallState, direction: Call['direction']): Call['responsible'] {
  const talker =
    direction === 'internal'
      ? call.legs.findLast((leg) => leg.role !== 'caller' && leg.talkSinceMs !== null)
      : lastTalker(call);
  const caller = direction === 'outbound' ? call.legs.find((leg) => leg.role === 'caller') : null;
  const leg = talker ?? caller;
  const extension = leg?.extension ?? leg?.of ?? null;
  return extension === null ? null : { extension, operatorId: registry.operatorOf(extension) };
}

function legView(call: CallState, leg: LegState): Leg {
  const outcome = legOutcome(call, leg);
  const livedMs = (leg.endedAtMs ?? Infinity) - leg.startedAtMs;
  const until = leg.upAtMs ?? leg.joinedAtMs ?? leg.endedAtMs ?? call.lastAtMs;
  const rang = leg.device !== null && outcome !== 'forwarded' && (leg.ringingAtMs !== null || leg.joinedAtMs !== null);
  const consulted = leg.role === 'transfer-target' && leg.talkSinceMs === null && leg.joinedAtMs !== null;
  return {
    extension: leg.extension,
    number: leg.number,
    of: leg.of,
    device: leg.device,
    role: consulted && leg.endedAtMs !== null ? 'consulted' : leg.role,
    outcome,
    startedAt: iso(leg.startedAtMs),
    answeredAt: isoOrNull(leg.joinedAtMs),
    endedAt: isoOrNull(leg.endedAtMs),
    ringMs:
      rang && leg.role !== 'pickup' && leg.role !== 'conference'
        ? Math.min(livedMs, Math.max(0, until - (leg.ringingAtMs ?? leg.startedAtMs)))
        : 0,
    talkMs: leg.talkMs,
    consultMs: leg.consultMs,
    holdMs: leg.holdMs,
  };
}
