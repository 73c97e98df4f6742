import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { parseDatabaseUrl } from './database-url.ts';

it.each([
  ['sqlite:data/patchcord.db', resolve('data/patchcord.db')],
  ['sqlite:/var/lib/patchcord.db', '/var/lib/patchcord.db'],
  ['sqlite:///var/lib/patchcord.db', '/var/lib/patchcord.db'],
  ['sqlite::memory:', ':memory:'],
])('%s is a file', (text, file) => {
  expect(parseDatabaseUrl(text)).toEqual({ dialect: 'sqlite', file });
});

it.each(['postgres', 'postgresql'])('%s:// is a server, shown without its password', (scheme) => {
  const text = `${scheme}://user:s3cret@db.example:5433/calls?sslmode=require`;
  expect(parseDatabaseUrl(text)).toEqual({
    dialect: 'postgres',
    connection: text,
    shown: 'postgres://db.example:5433/calls',
  });
});

it.each([
  '',
  'data/patchcord.db',
  'sqlite:',
  'mysql://user:s3cret@host/db',
  'postgres://user:s3cret@ho st/db',
  'postgres://a:s3cret@h:x/',
])('%j is refused with the setting and the mend, and without the password', (text) => {
  expect(() => parseDatabaseUrl(text)).toThrow(
    expect.objectContaining({
      code: 'url',
      message: expect.not.stringContaining('s3cret') as string,
      mend: expect.stringContaining('`database`') as string,
    }),
  );
});
