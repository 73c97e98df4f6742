// Many commands in one request, and each one's fate in the answer.
import { errorOf, type Access } from './errors.ts';
import { asObject, toldOf } from './portal-answer.ts';
import { PortalError, type Answered } from './portal.ts';

export const batchMax = 50;

export interface Fate {
  answer: Answered | PortalError;
  /** How long the portal worked at it; null when it does not say. */
  tookMs: number | null;
  /** How long until the method's time in the portal is given back (by the portal's own clock); null when it does not say. */
  resetInMs: number | null;
}

/**
 * The body (JSON) of a batch. Keys are words: numbered ones would come back as a list, with holes as an object.
 * @param auth the access token; null with a webhook
 */
export function batchBody(commands: readonly { method: string; query: string }[], auth: string | null): string {
  const cmd = Object.fromEntries(commands.map(({ method, query }, index) => [keyOf(index), `${method}?${query}`]));
  return JSON.stringify({ halt: 0, cmd, ...(auth === null ? {} : { auth }) });
}

/** Whether the portal would take a piece of the text for a reference to another command's result: it then must not travel in a batch. */
export function looksLikeReference(query: string): boolean {
  return /\$(result|error|total|next)/i.test(decodeURIComponent(query));
}

/** Fates in the order of the commands. A command of which the answer says nothing may have happened. */
export function readBatch(body: Record<string, unknown>, methods: readonly string[], access: Access): Fate[] {
  const all = asObject(body['result']) ?? {};
  const [results, errors, totals, nexts, times] = [
    'result',
    'result_error',
    'result_total',
    'result_next',
    'result_time',
  ].map((key) => asObject(all[key]) ?? {}) as [Envelope, Envelope, Envelope, Envelope, Envelope];
  return methods.map((method, index) => {
    const key = keyOf(index);
    const time = timeOf(times[key]);
    if (Object.hasOwn(errors, key)) {
      const told = asObject(errors[key]) ?? { error: '', error_description: String(errors[key]) };
      return { answer: errorOf(toldOf(told, null), method, access), ...time };
    }
    if (!Object.hasOwn(results, key)) {
      const missing = 'The portal’s answer to a batch says nothing of this command';
      return { answer: new PortalError('uncertain', 'NO_ANSWER', missing), ...time };
    }
    return { answer: { result: results[key], total: count(totals[key]), next: count(nexts[key]) }, ...time };
  });
}

/** The fate of a command that went alone. */
export function readSingle(body: Record<string, unknown>): Fate {
  const answer = { result: body['result'], total: count(body['total']), next: count(body['next']) };
  return { answer, ...timeOf(body['time']) };
}

type Envelope = Record<string, unknown>;

function keyOf(index: number): string {
  return `c${index}`;
}

function timeOf(value: unknown): Pick<Fate, 'tookMs' | 'resetInMs'> {
  const time = asObject(value) ?? {};
  const seconds = (key: string) => Number(time[key] ?? Number.NaN);
  const resetInSec = seconds('operating_reset_at') - seconds('finish');
  return {
    tookMs: Number.isFinite(seconds('duration')) ? Math.max(0, seconds('duration') * 1_000) : null,
    resetInMs: Number.isFinite(resetInSec) && resetInSec > 0 ? resetInSec * 1_000 : null,
  };
}

function count(value: unknown): number | null {
  const number = typeof value === 'number' || (typeof value === 'string' && value !== '') ? Number(value) : Number.NaN;
  return Number.isInteger(number) ? number : null;
}
