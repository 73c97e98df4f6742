// A company's calls, made up: the n-th is the same on every run. Pure.
import type { Call, Leg, LostStage } from '../../src/calls/call.ts';

export const days = 3 * 365;
const dayMs = 86_400_000;
const firstDayMs = Date.UTC(2023, 10, 22);
/** Noon of the last day: the history ends with half a day that is not packed. */
export const nowMs = firstDayMs + (days - 1) * dayMs + dayMs / 2;
export const clients = 300_000;
const extensions = 60;
const lines = 20;
const queues = ['sales', 'support', 'delivery', 'service'];
/** One by one rarer: the four together are what "lost" is. */
const lostStages: readonly LostStage[] = [
  'queue',
  'queue',
  'queue',
  'ringing',
  'ringing',
  'ivr',
  'greeting',
  'voicemail',
];
const cityCodes = ['495', '499', '812', '343', '383', '846', '863', '351'];

/** Numbers from 0 to 1 that depend on `seed` alone (mulberry32). */
function random(seed: number): () => number {
  let state = (seed * 0x9e3779b1) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Ten digits after the country code: 70% mobile, the others of a city. */
export function clientDigits(client: number): string {
  const next = random(client + 1_000_000_000);
  if (next() < 0.7) return `9${pad(Math.floor(next() * 1e9), 9)}`;
  return `${cityCodes[Math.floor(next() * cityCodes.length)]}${pad(Math.floor(next() * 1e7), 7)}`;
}

export function lineNumber(line: number): string {
  return `7495${pad(1_230_000 + line * 37, 7)}`;
}

/** The `index`-th of `count` calls, in order of start. */
export function callAt(index: number, count: number): Call {
  const next = random(index);
  const chance = (part: number): boolean => next() < part;
  const pick = (size: number): number => Math.floor(next() * size);
  const startedAtMs = startOf(index, count, next());
  const kind = next();
  const direction = kind < 0.55 ? 'inbound' : kind < 0.9 ? 'outbound' : 'internal';
  const answered = chance(direction === 'inbound' ? 0.78 : 0.7);
  const line = Math.floor(lines * next() ** 2);
  const ringMs = 2_000 + pick(20_000);
  const talkMs = answered ? Math.floor(-Math.log(1 - next()) * 140_000) : 0;
  const answeredAtMs = answered ? startedAtMs + ringMs : null;
  const endedAtMs = startedAtMs + ringMs + talkMs;
  const lost = lostStages[pick(lostStages.length)] ?? 'ringing';
  const stopped = direction === 'inbound' && !answered && ['ivr', 'greeting'].includes(lost);
  const ringing = stopped ? 0 : direction === 'inbound' ? 1 + pick(4) : 1;
  const legs = Array.from({ length: ringing }, (_, leg) =>
    legOf(100 + ((pick(extensions) + leg) % extensions), direction, answered && leg === 0, startedAtMs, ringMs, talkMs),
  );
  const transferred = answered && chance(0.08);
  const from = legs[0]?.extension ?? '100';
  const target = String(100 + pick(extensions));
  if (transferred)
    legs.push({
      ...legOf(Number(target), direction, true, startedAtMs + ringMs, 4_000, talkMs),
      role: 'transfer-target',
    });
  const uniqueId = `${Math.floor(startedAtMs / 1000)}.${index}`;
  const call: Call = {
    id: `main-${uniqueId}`,
    pbx: 'main',
    linkedIds: [uniqueId],
    direction,
    origin: direction === 'inbound' ? null : chance(0.2) ? 'click_to_call' : 'dialed',
    client: direction === 'internal' ? null : clientOf(next, line),
    line:
      direction === 'internal'
        ? null
        : { number: direction === 'inbound' ? lineNumber(line) : null, trunk: `trunk-${line % 4}` },
    startedAt: iso(startedAtMs),
    answeredAt: answeredAtMs === null ? null : iso(answeredAtMs),
    endedAt: iso(endedAtMs),
    answered,
    stage: null,
    lostStage: direction === 'inbound' && !answered ? lost : null,
    result: resultOf(answered, next()),
    responsible: answered ? { extension: transferred ? target : from, operatorId: null } : null,
    legs,
    transfers: transferred
      ? [
          {
            type: chance(0.6) ? 'attended' : 'blind',
            by: from,
            to: target,
            completed: true,
            blonde: false,
            at: iso(endedAtMs - 1_000),
          },
        ]
      : [],
    talkMs,
    waitMs: ringMs,
    hangupBy: chance(0.6) ? 'client' : 'operator',
    recordings:
      answered && chance(0.9)
        ? [
            {
              file: `/var/spool/asterisk/monitor/${iso(startedAtMs).slice(0, 10).replaceAll('-', '/')}/${uniqueId}.wav`,
              startedAt: iso(startedAtMs + ringMs),
              endedAt: iso(endedAtMs),
            },
          ]
        : [],
  };
  if (direction === 'inbound' && !stopped && chance(0.5)) {
    call.queue = { name: queues[Math.floor(queues.length * next() ** 3)] ?? 'sales', waitMs: ringMs };
  }
  return call;
}

/** Even over the days, and from 8 to 20 o'clock within one. */
function startOf(index: number, count: number, jitter: number): number {
  const place = ((index + jitter) / count) * (days - 0.5);
  const day = Math.floor(place);
  return Math.floor(
    firstDayMs + day * dayMs + (day === days - 1 ? 0.5 : 1) * ((place - day) * 43_200_000 + 28_800_000),
  );
}

function clientOf(next: () => number, line: number): NonNullable<Call['client']> {
  if (next() < 0.02) return { number: null, e164: null, name: null };
  // few call often
  const digits = clientDigits(Math.floor(clients * next() ** 2));
  const name = next() < 0.3 ? `Client ${digits.slice(-4)}` : null;
  return { number: line % 4 === 0 ? `7${digits}` : `8${digits}`, e164: `+7${digits}`, name };
}

function legOf(
  extension: number,
  direction: Call['direction'],
  answered: boolean,
  atMs: number,
  ringMs: number,
  talkMs: number,
): Leg {
  return {
    extension: String(extension),
    number: null,
    of: null,
    device: `PJSIP/${extension}`,
    role: direction === 'inbound' ? 'called' : 'caller',
    outcome: answered ? 'answered' : 'elsewhere',
    startedAt: iso(atMs),
    answeredAt: answered ? iso(atMs + ringMs) : null,
    endedAt: iso(atMs + ringMs + talkMs),
    ringMs,
    talkMs: answered ? talkMs : 0,
    consultMs: 0,
    holdMs: 0,
  };
}

function resultOf(answered: boolean, dice: number): Call['result'] {
  if (answered) return { code: 200, cause: 16, dialStatus: 'ANSWER' };
  if (dice < 0.6) return { code: 304, cause: 19, dialStatus: 'NOANSWER' };
  if (dice < 0.9) return { code: 486, cause: 17, dialStatus: 'BUSY' };
  if (dice < 0.999) return { code: 603, cause: 21, dialStatus: 'CANCEL' };
  return { code: 503, cause: 34, dialStatus: 'CONGESTION' };
}

function pad(value: number, length: number): string {
  return String(value).padStart(length, '0');
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
