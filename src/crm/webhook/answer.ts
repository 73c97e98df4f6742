// What the receiver's answer means for the delivery. The table is in docs/connect-webhook.md.
import { DeliveryError } from '../../outbox/worker.ts';
import type { HttpAnswer, HttpError } from '../http.ts';

const retryAfterMsMax = 3_600_000;

/** The receiver has it, or why not. @throws DeliveryError */
export function judge(answer: Pick<HttpAnswer, 'status' | 'headers'>, connection: string, nowMs: number): void {
  const { status } = answer;
  if (status >= 200 && status < 300) return;
  const setting = (name: string): string => `${name} of the connection ${connection} in crm`;
  const said = `the receiver answered ${status}`;
  const wait = retryAfterMs(answer.headers.get('retry-after'), nowMs);
  const after = wait === null ? {} : { retryAfterMs: wait };
  if (status >= 300 && status < 400) {
    throw new DeliveryError('down', `${said}: a redirect, which is not followed`, {
      mend: `put the address that it points to into ${setting('url')}`,
    });
  }
  if (status === 401 || status === 403) {
    throw new DeliveryError('down', `${said}: it does not take our signature`, {
      mend: `compare ${setting('secret')} with the secret that the receiver checks, and the clocks of both machines`,
    });
  }
  if (status === 404 || status === 405) {
    throw new DeliveryError('down', `${said}: nothing takes events at that address`, {
      mend: `check ${setting('url')}`,
    });
  }
  if (status === 410) {
    throw new DeliveryError('rejected', `${said}: it does not want this event any more`, {
      mend: `take the connection ${connection} out of the settings, or change ${setting('events')}`,
    });
  }
  if (status === 429 || status === 502 || status === 503 || status === 504) {
    throw new DeliveryError('down', `${said}: it cannot take anything now`, after);
  }
  if (status === 408 || status === 409 || status === 423 || status === 425 || status >= 500) {
    throw new DeliveryError('retry', `${said}: it may take this event later`, after);
  }
  throw new DeliveryError('rejected', `${said}: it does not take this event as it is`, {
    mend: 'see its answer in the log of requests (patchcord crm requests); mend the receiver, then send the event again',
  });
}

/** What a request without a whole answer means. */
export function unanswered(error: HttpError): DeliveryError {
  // The receiver knows a repeated event by its Patchcord-Delivery.
  const kind = error.kind === 'refused' ? 'down' : 'retry';
  return new DeliveryError(kind, error.message, { cause: error, ...(error.mend === null ? {} : { mend: error.mend }) });
}

/** Seconds or a date (RFC 9110, 10.2.3), at most an hour; null when it says neither. */
export function retryAfterMs(value: string | null, nowMs: number): number | null {
  if (value === null) return null;
  // Date.parse takes nearly anything for a date: one of HTTP begins with the day of the week.
  const isDate = /^ *[A-Z][a-z]{2,8}, /.test(value);
  const ms = /^ *\d{1,9} *$/.test(value) ? Number(value) * 1000 : isDate ? Date.parse(value) - nowMs : NaN;
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), retryAfterMsMax);
}
