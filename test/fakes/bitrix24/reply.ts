import { errorBody } from './envelope.ts';
import type { RestError } from './envelope.ts';
import { tooManyRequests } from './errors.ts';
import type { UnkindKind, Unkindness } from './unkindness.ts';
import type { World } from './world.ts';

/** What goes back, and whether it does: whole, nothing but a cut connection, half of it, or silence for ever. */
export interface Reply {
  fate: 'sent' | 'cut' | 'half' | 'silence';
  status: number;
  headers: Record<string, string>;
  body: string;
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8', 'access-control-allow-origin': '*' };
export const CUT: Reply = { fate: 'cut', status: 0, headers: {}, body: '' };
const HTML = '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1>nginx</body></html>';

export const json = (status: number, body: unknown): Reply => ({
  fate: 'sent',
  status,
  headers: JSON_TYPE,
  body: JSON.stringify(body),
});

export const refused = (world: World, error: RestError): Reply =>
  json(error.status, errorBody(error, world.settings.emptyErrorCodes));

/** Waits as long as the rules of one kind say. */
export async function linger(hits: Unkindness[], kind: 'slow' | 'slow-answer'): Promise<void> {
  for (const hit of hits) if (hit.kind === kind) await new Promise((resolve) => setTimeout(resolve, hit.ms ?? 1000));
}

/** What a fault says instead of the portal, before anything happened. */
export function insteadOf(world: World, hits: Unkindness[], target: string): Reply | null {
  const moved = hits.find(({ location }) => location)?.location ?? world.baseUrl().replace('127.0.0.1', 'localhost');
  const instead: Partial<Record<UnkindKind, Reply>> = {
    'cut-before': CUT,
    hang: { ...CUT, fate: 'silence' },
    limit: refused(world, tooManyRequests()),
    'limit-empty': { fate: 'sent', status: 503, headers: {}, body: '' },
    html: { fate: 'sent', status: 502, headers: { 'content-type': 'text/html' }, body: HTML },
    redirect: { fate: 'sent', status: 302, headers: { location: `${moved}${target}` }, body: '' },
  };
  return hits.map(({ kind }) => instead[kind]).find((reply) => reply !== undefined) ?? null;
}

/** What a fault does to the true answer, after the effect. */
export function spoil(hits: Unkindness[], reply: Reply): Reply {
  const kinds = hits.map(({ kind }) => kind);
  if (kinds.includes('cut-after') || kinds.includes('cut-inside')) return CUT;
  if (kinds.includes('cut-middle')) return { ...reply, fate: 'half' };
  if (kinds.includes('truncate')) return { ...reply, status: 200, body: reply.body.slice(0, reply.body.length >> 1) };
  if (kinds.includes('wrong-type')) return { ...reply, headers: { 'content-type': 'text/plain' } };
  return reply;
}
