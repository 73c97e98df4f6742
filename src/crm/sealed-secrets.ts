// The secret store: AES-256-GCM over the table `secrets`.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Dialect } from '../store/dialect.ts';
import type { SecretStore } from './secrets.ts';

const version = 'v1';
const ivBytes = 12;
const tagBytes = 16;

/** A secret is there and the key of this installation does not open it. */
export class SecretError extends Error {
  override readonly name = 'SecretError';
  readonly mend =
    'bring back the key that it was stored with (secretKey of the settings, or the file secret.key of the folder data; all processes of one database need the same), or connect the CRM anew';

  constructor(secret: string) {
    super(`the stored secret ${secret} cannot be opened with the key of this installation`);
  }
}

/**
 * @param key 32 bytes, see secret-key.ts
 * Methods reject with SecretError or StoreError.
 */
export function openSecrets(database: Pick<Dialect, 'read' | 'write'>, key: Buffer, now: () => number): SecretStore {
  return {
    async get(name) {
      const row = await database.read((db) =>
        db.selectFrom('secrets').select('sealed').where('name', '=', name).executeTakeFirst(),
      );
      return row === undefined ? null : unseal(name, row.sealed, key);
    },
    async put(name, value) {
      const row = { sealed: seal(name, value, key), changed_at: now() };
      await database.write((db) =>
        db
          .insertInto('secrets')
          .values({ name, ...row })
          .onConflict((there) => there.column('name').doUpdateSet(row))
          .execute(),
      );
    },
    async remove(name) {
      await database.write((db) => db.deleteFrom('secrets').where('name', '=', name).execute());
    },
  };
}

/**
 * The part of the store that one connection sees. What passes through is told to `learn`, so that it is hidden in logs: the value, and each
 * text in it when it is JSON.
 */
export function secretsOf(store: SecretStore, connection: string, learn: (secret: string) => void): SecretStore {
  const own = (name: string): string => `crm/${connection}/${name}`;
  return {
    async get(name) {
      const value = await store.get(own(name));
      if (value !== null) learnAll(value, learn);
      return value;
    },
    async put(name, value) {
      learnAll(value, learn);
      await store.put(own(name), value);
    },
    remove: (name) => store.remove(own(name)),
  };
}

/** Shorter texts inside JSON (`scope`, a user's number) are no tokens, and hiding them would hide what the log is for. */
const tokenCharsMin = 16;

function learnAll(value: string, learn: (secret: string) => void): void {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    // No JSON: the whole of it is the secret.
    learn(value);
    return;
  }
  if (typeof parsed !== 'object' || parsed === null) learn(value);
  else learnTexts(parsed, learn);
}

function learnTexts(value: unknown, learn: (secret: string) => void): void {
  if (typeof value === 'string') {
    // An address is told on purpose: it says which server was asked.
    if (value.length >= tokenCharsMin && !/^https?:\/\//.test(value)) learn(value);
  } else if (typeof value === 'object' && value !== null) {
    for (const one of Object.values(value)) learnTexts(one, learn);
  }
}

function seal(name: string, value: string, key: Buffer): string {
  const iv = randomBytes(ivBytes);
  // The name is bound to the value, so that nobody who can write to the database gives one secret the place of another.
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(`${version} ${name}`));
  const sealed = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
  return `${version}.${Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')}`;
}

function unseal(name: string, sealed: string, key: Buffer): string {
  const [prefix, text = ''] = sealed.split('.');
  const bytes = Buffer.from(text, 'base64url');
  if (prefix !== version || bytes.length < ivBytes + tagBytes) throw new SecretError(name);
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes })
    .setAAD(Buffer.from(`${version} ${name}`))
    .setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]).toString('utf8');
  } catch {
    // Node says no more than that it does not fit.
    throw new SecretError(name);
  }
}
