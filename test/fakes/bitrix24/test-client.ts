import { onTestFinished } from 'vitest';
import { startFakePortal } from './portal.ts';
import type { FakePortal, PortalOptions } from './portal.ts';

/** What came back: status and the parsed body. */
export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

const pairs = (prefix: string, value: unknown): [string, string][] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => pairs(prefix === '' ? key : `${prefix}[${key}]`, inner))
    : [[prefix, String(value)]];

/** PHP's query string of nested parameters. */
export const phpQuery = (params: object): string => new URLSearchParams(pairs('', params)).toString();

/** POSTs one method as a form to `base`, which is a webhook's address or `…/rest/`. */
export async function post(base: string, method: string, params: object = {}): Promise<Answer> {
  const response = await fetch(`${base}${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: phpQuery(params),
    redirect: 'manual',
  });
  return { status: response.status, body: JSON.parse(await response.text()) as Record<string, unknown> };
}

/** A portal for one test, closed after it. */
export async function openPortal(options: PortalOptions = {}): Promise<FakePortal> {
  const portal = await startFakePortal(options);
  onTestFinished(() => portal.close());
  return portal;
}

/** One method by the portal's webhook. */
export const call = (portal: FakePortal, method: string, params: object = {}): Promise<Answer> =>
  post(portal.webhookUrl(), method, params);

/** The `result` of a method that must succeed. */
export async function result<T = Record<string, unknown>>(
  portal: FakePortal,
  method: string,
  params: object = {},
): Promise<T> {
  const { status, body } = await call(portal, method, params);
  if (status !== 200) throw new Error(`${method} answered ${status}: ${JSON.stringify(body)}`);
  return body['result'] as T;
}

/** One method as the local application. */
export function asApp(portal: FakePortal, userId = 1): (method: string, params?: object) => Promise<Answer> {
  const { accessToken } = portal.grant(userId);
  return (method, params = {}) => post(`${portal.baseUrl()}/rest/`, method, { ...params, auth: accessToken });
}

/** The CALL_ID of a fresh register with sensible parameters. */
export async function registered(portal: FakePortal, params: object = {}): Promise<string> {
  const call = { USER_ID: 11, PHONE_NUMBER: '+79261000001', TYPE: 2, EXTERNAL_CALL_ID: crypto.randomUUID(), ...params };
  return (await result<{ CALL_ID: string }>(portal, 'telephony.externalCall.register', call)).CALL_ID;
}

export const finish = (portal: FakePortal, callId: string, params: object = {}): Promise<Answer> =>
  call(portal, 'telephony.externalCall.finish', { CALL_ID: callId, USER_ID: 11, ...params });
