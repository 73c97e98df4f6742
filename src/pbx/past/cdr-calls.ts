// A coarse call out of the CDR rows of one linkedid, where nothing better is known. Pure.
import { callId } from '../../calls/registry.ts';
import type { Call, Leg } from '../../calls/call.ts';
import { dialledNumber, guessExtension, parseChannelName } from '../../calls/channel-name.ts';
import type { Fact } from '../../calls/facts.ts';
import type { TrackerOptions } from '../../calls/tracker.ts';
import type { CdrEntry } from './cdr-row.ts';

/** A channel of a person, as the rows name it. */
interface Party {
  device: string;
  extension: string | null;
  trunk: string | null;
}

const iso = (atMs: number): string => new Date(atMs).toISOString();

/** Answers of machines: seconds in them are nobody's talk. */
const machineApps = new Set(['voicemail', 'playback', 'background', 'confbridge', 'chanspy', 'extenspy', 'parkedcall']);

/** Disposition as it says how an attempt ended; a refusal and a wrong number are NO ANSWER there. */
const outcomes: Record<string, Leg['outcome']> = { BUSY: 'busy', FAILED: 'unavailable', CONGESTION: 'failed' };
const codes: Record<string, number> = { BUSY: 486, FAILED: 500, CONGESTION: 500, 'NO ANSWER': 480 };

/**
 * Who called, who answered, how long: what pairs of channels can tell. Who hung up is never known, and by that such a call is told
 * from a tracked one (`isFromCdr`). Null when the rows are no call: a service that was dialled, a tail of the dialplan.
 */
export function callFromCdr(tracking: TrackerOptions, rows: readonly CdrEntry[]): Call | null {
  const inOrder = rows.toSorted((a, b) => a.startedAtMs - b.startedAtMs || a.sequence - b.sequence);
  const [first] = inOrder;
  if (!first) return null;
  const partyOf = (channel: string): Party | null => party(tracking, channel);
  const caller = partyOf(first.channel) ?? partyOf(inOrder.find(({ channel }) => partyOf(channel))?.channel ?? '');
  const attempts = inOrder.filter(({ dstChannel }) => partyOf(dstChannel) !== null);
  const toTrunk = attempts.find(({ dstChannel }) => partyOf(dstChannel)?.trunk !== null);
  const isInbound = caller !== null && caller.trunk !== null;
  if (!isInbound && attempts.length === 0) return null;

  const clientNumber = isInbound ? first.cnum || first.src : toTrunk ? outsideNumber(toTrunk) : null;
  const number =
    clientNumber === null || clientNumber === '' || tracking.anonymous?.(clientNumber) ? null : clientNumber;
  const direction = isInbound ? 'inbound' : toTrunk ? 'outbound' : 'internal';
  const legs: Leg[] = [];
  if (caller?.extension) legs.push(callerLeg(caller, inOrder, attempts));
  for (const attempt of attempts) {
    const called = partyOf(attempt.dstChannel);
    if (!called || (direction === 'outbound' && called.trunk !== null)) continue;
    legs.push(calledLeg(tracking, called, attempt));
  }
  const talked = attempts.filter(isTalk);
  const [firstTalk] = talked.toSorted((a, b) => answeredMs(a) - answeredMs(b));
  const endedAtMs = Math.max(...inOrder.map((one) => one.endedAtMs));
  const startedAtMs = first.startedAtMs;
  const answeredAtMs = firstTalk ? answeredMs(firstTalk) : null;
  const last = legs.findLast((leg) => leg.role !== 'caller' && leg.talkMs > 0);
  const talker = last ?? (direction === 'outbound' ? legs.find((leg) => leg.role === 'caller') : undefined);
  const extension = talker?.extension ?? talker?.of ?? null;
  const disposition = (attempts.at(-1) ?? first).disposition;
  return {
    id: callId(tracking.pbx, first.linkedId),
    pbx: tracking.pbx,
    linkedIds: [first.linkedId],
    direction,
    origin: isInbound ? null : 'dialed',
    client:
      direction === 'internal'
        ? null
        : {
            number,
            e164: number === null ? null : (tracking.e164?.(number) ?? null),
            name: clientName(first, isInbound),
          },
    line:
      direction === 'internal' ? null : lineOf(first, isInbound, caller, toTrunk ? partyOf(toTrunk.dstChannel) : null),
    startedAt: iso(startedAtMs),
    answeredAt: answeredAtMs === null ? null : iso(answeredAtMs),
    endedAt: iso(endedAtMs),
    answered: firstTalk !== undefined,
    stage: null,
    lostStage: direction === 'inbound' && !firstTalk ? lostStage(inOrder, attempts) : null,
    result: { code: firstTalk ? 200 : (codes[disposition] ?? 0), cause: null, dialStatus: null },
    responsible: extension === null ? null : { extension, operatorId: null },
    legs,
    transfers: [],
    talkMs: talked.reduce((sum, one) => sum + one.billableMs, 0),
    waitMs: Math.max(0, (answeredAtMs ?? endedAtMs) - startedAtMs),
    hangupBy: null,
    recordings: [],
    gap: true,
  };
}

/** Whether a stored call is one of ours: every tracked call that ended knows who ended it, if only the system. */
export function isFromCdr(call: Call): boolean {
  return call.gap === true && call.endedAt !== null && call.hangupBy === null;
}

/** The facts of a call that is told when all is over. */
export function factsOf(call: Call): Fact[] {
  const at = (text: string | null): number => Date.parse(text ?? call.startedAt);
  const facts: Fact[] = [{ type: 'call.started', callId: call.id, atMs: at(call.startedAt) }];
  for (const [leg, { startedAt, answeredAt, endedAt }] of call.legs.entries()) {
    facts.push({ type: 'leg.started', callId: call.id, leg, atMs: at(startedAt) });
    if (answeredAt !== null) facts.push({ type: 'leg.answered', callId: call.id, leg, atMs: at(answeredAt) });
    facts.push({ type: 'leg.ended', callId: call.id, leg, atMs: at(endedAt) });
  }
  if (call.answeredAt !== null) facts.push({ type: 'call.answered', callId: call.id, atMs: at(call.answeredAt) });
  facts.sort((a, b) => a.atMs - b.atMs);
  return [...facts, { type: 'call.ended', callId: call.id, atMs: at(call.endedAt) }];
}

function party({ extensionOf = guessExtension }: TrackerOptions, channel: string): Party | null {
  if (channel === '') return null;
  const name = parseChannelName(channel);
  if (!name.person) return null;
  const extension = extensionOf(name.tech, name.endpoint);
  return {
    device: `${name.tech}/${name.endpoint}`,
    extension,
    trunk: extension === null ? name.endpoint : null,
  };
}

/** The row of an unanswered phone may have billed seconds, and ANSWERED without a second channel is a machine. */
function isTalk({ lastApp, disposition, billableMs }: CdrEntry): boolean {
  return disposition === 'ANSWERED' && billableMs > 0 && !machineApps.has(lastApp);
}

function answeredMs({ endedAtMs, billableMs }: CdrEntry): number {
  return endedAtMs - billableMs;
}

function callerLeg(caller: Party, rows: readonly CdrEntry[], attempts: readonly CdrEntry[]): Leg {
  const talked = attempts.filter(isTalk);
  const [first] = talked;
  const startedAtMs = Math.min(...rows.map((one) => one.startedAtMs));
  return {
    ...leg('caller', caller.device, startedAtMs, Math.max(...rows.map((one) => one.endedAtMs))),
    extension: caller.extension,
    outcome: first ? 'answered' : (outcomes[attempts.at(-1)?.disposition ?? ''] ?? 'no-answer'),
    answeredAt: first ? iso(answeredMs(first)) : null,
    talkMs: talked.reduce((sum, one) => sum + one.billableMs, 0),
  };
}

function calledLeg(tracking: TrackerOptions, called: Party, attempt: CdrEntry): Leg {
  const talk = isTalk(attempt);
  const number = called.extension === null ? outsideNumber(attempt) : null;
  return {
    ...leg(called.extension === null ? 'mobile' : 'called', called.device, attempt.startedAtMs, attempt.endedAtMs),
    extension: called.extension,
    number,
    of: number === null ? null : (tracking.ownerOf?.(number) ?? null),
    outcome: talk ? 'answered' : (outcomes[attempt.disposition] ?? 'no-answer'),
    answeredAt: talk ? iso(answeredMs(attempt)) : null,
    ringMs: Math.max(0, attempt.durationMs - (talk ? attempt.billableMs : 0)),
    talkMs: talk ? attempt.billableMs : 0,
  };
}

function leg(role: Leg['role'], device: string, startedAtMs: number, endedAtMs: number): Leg {
  return {
    extension: null,
    number: null,
    of: null,
    device,
    role,
    outcome: null,
    startedAt: iso(startedAtMs),
    answeredAt: null,
    endedAt: iso(endedAtMs),
    ringMs: 0,
    talkMs: 0,
    consultMs: 0,
    holdMs: 0,
  };
}

/** The number that a trunk was dialled with: in the data of the Dial, else where the caller wanted to go. */
function outsideNumber({ lastData, dst }: CdrEntry): string {
  const target = lastData.split(/[,&]/, 1)[0] ?? '';
  const dialled = target.includes('/') ? dialledNumber(target.slice(target.indexOf('/') + 1)) : '';
  return /\d/.test(dialled) && !target.startsWith('Local/') ? dialled : dst;
}

/** FreePBX writes the number into the name. */
function clientName({ clid, src, cnam }: CdrEntry, isInbound: boolean): string | null {
  if (!isInbound) return null;
  const name = cnam || (/^"(.*)" </.exec(clid)?.[1] ?? '');
  return name === '' || name === '""' || name === src ? null : name;
}

function lineOf({ did, dst }: CdrEntry, isInbound: boolean, caller: Party | null, called: Party | null): Call['line'] {
  if (!isInbound) return { number: null, trunk: called?.trunk ?? null };
  return { number: did || (/^\+?\d{5,}$/.test(dst) ? dst : null), trunk: caller?.trunk ?? null };
}

function lostStage(rows: readonly CdrEntry[], attempts: readonly CdrEntry[]): Call['lostStage'] {
  const apps = rows.map(({ lastApp }) => lastApp);
  if (apps.includes('voicemail')) return 'voicemail';
  if (apps.includes('queue')) return 'queue';
  if (attempts.length > 0) return 'ringing';
  if (apps.includes('background') || apps.includes('waitexten') || apps.includes('read')) return 'ivr';
  return apps.includes('playback') ? 'greeting' : 'rejected';
}
