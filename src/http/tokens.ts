// API tokens: 256 random bits, of which only the SHA-256 is kept. A slow password hash would add nothing: there is no dictionary to try.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

export const scopes = ['read', 'control', 'admin'] as const;
export type Scope = (typeof scopes)[number];

const tokenEntrySchema = z.strictObject({
  name: z.string().min(1).max(100),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  scopes: z.array(z.enum(scopes)).min(1),
  createdAt: z.iso.datetime({ precision: 3 }),
});

/** What is kept of a token. */
export type TokenEntry = z.infer<typeof tokenEntrySchema>;

export const tokenEntriesSchema = z.strictObject({ tokens: z.array(tokenEntrySchema).max(1000) });

/** Where the HTTP side looks tokens up. */
export interface Tokens {
  /** The entry of this token, or null when it is not (or no longer) known. */
  find(token: string): TokenEntry | null;
  /** Whether an entry that `find` gave earlier still stands. */
  stands(entry: TokenEntry): boolean;
}

/** A fresh token and what to keep of it. The token itself is shown once and never stored. */
export function newToken(name: string, tokenScopes: Scope[], nowMs: number): { token: string; entry: TokenEntry } {
  const token = `pc_${randomBytes(32).toString('base64url')}`;
  const entry = tokenEntrySchema.parse({
    name,
    sha256: hashOf(token).toString('hex'),
    scopes: tokenScopes,
    createdAt: new Date(nowMs).toISOString(),
  });
  return { token, entry };
}

/** `admin` covers all the others; `control` (to make and end calls) and `read` do not cover each other. */
export function covers(entry: TokenEntry, scope: Scope): boolean {
  return entry.scopes.includes(scope) || entry.scopes.includes('admin');
}

/** Finds the token among the entries, looking at every one in constant time, so that timing tells nothing about which hash is near. */
export function findToken(entries: readonly TokenEntry[], token: string): TokenEntry | null {
  const hash = hashOf(token);
  let found: TokenEntry | null = null;
  for (const entry of entries) {
    if (timingSafeEqual(Buffer.from(entry.sha256, 'hex'), hash)) found = entry;
  }
  return found;
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}
