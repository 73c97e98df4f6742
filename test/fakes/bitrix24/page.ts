import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from './body.ts';
import { pageTables } from './page-rows.ts';
import { pageShell } from './page-shell.ts';
import type { FakePortal } from './portal.ts';
import { UNKIND_KINDS } from './unkindness.ts';

const DOWN_MS = 10_000;

function shell(portal: FakePortal, response: ServerResponse): void {
  const nonce = randomBytes(16).toString('base64');
  const users = [...portal.state.users.values()].map(({ id, name, lastName, inner }): [number, string] => [
    id,
    `${name} ${lastName} ${inner}`,
  ]);
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'; media-src 'self'; base-uri 'none'; form-action 'self'`,
  });
  response.end(pageShell(users, nonce));
}

function record(portal: FakePortal, id: number, response: ServerResponse): void {
  const file = portal.state.files.get(id);
  if (!file?.content) return void response.writeHead(404).end('no such record, or its bytes were not kept');
  response.writeHead(200, { 'content-type': file.mime, 'x-content-type-options': 'nosniff' }).end(file.content);
}

/** The answers are plain words for the person at the page. */
function order(portal: FakePortal, path: string, sent: Record<string, string>): string {
  const { userId = '', phone = '', text = '' } = sent;
  if (path === '/fake/click') return portal.clickToCall({ userId: Number(userId), phone });
  if (path === '/fake/callback') {
    portal.callbackForm({ phone, text });
    return 'asked';
  }
  if (sent['do'] === 'clear') {
    portal.unkind.clear();
    return 'kind again';
  }
  if (sent['do'] === 'expire') {
    portal.tokens.expireAll();
    return 'every access token has expired';
  }
  if (sent['do'] === 'down') {
    setTimeout(() => void portal.stopListening().then(() => setTimeout(() => void portal.listen(), DOWN_MS)), 100);
    return 'down for 10 s';
  }
  return addRule(portal, sent);
}

const numberOf = (value: string | undefined): number | undefined => (value ? Number(value) : undefined);

function addRule(portal: FakePortal, sent: Record<string, string>): string {
  const kind = UNKIND_KINDS.find((known) => known === sent['kind']);
  if (!kind) return 'no such unkindness';
  const [times, ms] = [numberOf(sent['times']), numberOf(sent['ms'])];
  portal.unkind.add({
    kind,
    method: sent['method'] || '*',
    probability: numberOf(sent['probability']) ?? 1,
    ...(times !== undefined && { times }),
    ...(ms !== undefined && { ms }),
    ...(kind === 'refuse' && { error: { code: '', description: 'Refused by the switchboard' } }),
  });
  return 'added';
}

/** Serves the page and what it asks for; false for every other path. */
export async function servePage(
  portal: FakePortal,
  pathname: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const recordId = /^\/fake\/record\/(\d+)$/.exec(pathname)?.[1];
  const json = { 'content-type': 'application/json; charset=utf-8' };
  if (request.method === 'POST') {
    if (!['/fake/click', '/fake/callback', '/fake/unkind'].includes(pathname)) return false;
    // Another site's page cannot send this type without being asked first, and is not answered then.
    if (request.headers['content-type'] !== 'application/json') return false;
    const sent = JSON.parse((await readBody(request)).toString('utf8')) as Record<string, string>;
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(order(portal, pathname, sent));
  } else if (pathname === '/') shell(portal, response);
  else if (pathname === '/fake/state')
    response.writeHead(200, json).end(JSON.stringify({ tables: pageTables(portal), counters: portal.counters() }));
  else if (pathname === '/fake/calls') response.writeHead(200, json).end(JSON.stringify(portal.calls()));
  else if (pathname === '/fake/requests') response.writeHead(200, json).end(JSON.stringify(portal.requests));
  else if (recordId) record(portal, Number(recordId), response);
  else return false;
  return true;
}
