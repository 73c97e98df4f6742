// Whether an event comes from our portal. Anybody can post to our address; only the portal knows the token that it got at installation.
import { createHash, timingSafeEqual } from 'node:crypto';
import { asObject } from './portal-answer.ts';
import { fromQuery } from './php-query.ts';
import type { PortalEvent } from './portal.ts';

/** An event as it came, not verified. */
export interface RawEvent {
  event: string;
  data: Record<string, unknown>;
  auth: Record<string, unknown>;
  ts: string;
}

/** What the sender must know. */
export interface Expected {
  /** Each is as good: of the application, of an outgoing webhook. */
  tokens: readonly (string | null | undefined)[];
  /** The portal's id; null or "" when not known. */
  memberId: string | null;
}

/** Reads a form-encoded event; null when it is none. */
export function readEvent(body: Buffer): RawEvent | null {
  const form = fromQuery(body.toString('utf8'));
  const { event, ts } = form;
  if (typeof event !== 'string' || event === '') return null;
  return {
    event: event.toUpperCase().slice(0, 100),
    data: asObject(form['data']) ?? {},
    auth: asObject(form['auth']) ?? {},
    ts: typeof ts === 'string' ? ts : '',
  };
}

/** Whether the sender knows one of the tokens, and is the portal that it should be. */
export function isGenuine({ auth }: RawEvent, expected: Expected): boolean {
  const given = auth['application_token'];
  if (typeof given !== 'string' || given === '') return false;
  // All are compared, so that the time tells nothing.
  const matches = expected.tokens.filter((token) => isText(token) && isSame(given, token));
  const memberId = auth['member_id'];
  const isMember = !isText(expected.memberId) || (typeof memberId === 'string' && isSame(memberId, expected.memberId));
  return matches.length > 0 && isMember;
}

/** What is passed on of a genuine event: its tokens belong to whoever caused it, and are not for us. */
export function toPortalEvent({ event, data, auth, ts }: RawEvent): PortalEvent {
  const atSec = /^\d{9,11}$/.test(ts) ? Number(ts) : null;
  const userId = auth['user_id'];
  return {
    event,
    data,
    atMs: atSec === null ? null : atSec * 1_000,
    userId: typeof userId === 'string' && /^[1-9]\d{0,14}$/.test(userId) ? userId : null,
  };
}

/** Compares in constant time, whatever the lengths. */
export function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

function isText(value: string | null | undefined): value is string {
  return typeof value === 'string' && value !== '';
}
