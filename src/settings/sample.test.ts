import { describe, expect, it } from 'vitest';
import { settingsJsonSchema, type SchemaNode } from './json-schema.ts';
import { defaultSettings, readSettings } from './load.ts';
import { redactSettings, redactUrl } from './redact.ts';
import { sampleSettings } from './sample.ts';

const file = '/etc/patchcord/patchcord.yaml';

/** The sample with every commented key put in force, except those that only take the place of another. */
function fullSample(): string {
  return sampleSettings()
    .split('\n')
    .map((line) => line.replace(/^#(?! \S)/, ''))
    .filter((line) => !/# *(secretFile|csv):|^secretKeyFile:/.test(line))
    .map((line) => line.replace(/^( *(?:- )?)# ( *)(?=- |\w+:( |$))/, '$1$2'))
    .map((line) => line.replace(/^( *)# ( *)(?=# )/, '$1$2'))
    .join('\n');
}

function keysOf(node: SchemaNode): string[] {
  const inside = node.items ?? node;
  return Object.entries(inside.properties ?? {}).flatMap(([key, child]) => [
    key,
    ...(child.sample === undefined ? keysOf(child) : []),
  ]);
}

describe('the sample', () => {
  it('means the same as no file', () => {
    expect(readSettings(sampleSettings(), { file, environment: {} })).toEqual(defaultSettings('/etc/patchcord'));
  });

  it('is valid with all that it shows put in force, and none of it is a default', () => {
    const settings = readSettings(fullSample(), {
      file,
      environment: { PATCHCORD_AMI_SECRET: 'from the environment', PATCHCORD_SECRET_KEY: 'k'.repeat(32) },
    });
    expect(settings).toMatchObject({
      internalNumbers: ['1XX', '2XXX'],
      mobiles: [{ number: '+79990001122', extension: '101' }],
      rewrite: { fromPbx: [{ match: '_8NXXXXXXXXX', strip: 1, add: '+7' }] },
    });
    expect(settings.pbx).toMatchObject([
      {
        name: 'main',
        secret: 'from the environment',
        trunks: ['trunk*'],
        cel: { timeZone: 'Europe/Moscow' },
        cdr: { table: 'cdr' },
      },
    ]);
  });

  it('shows every key of the schema with a comment', () => {
    const lines = sampleSettings().split('\n');
    const keys = keysOf(settingsJsonSchema());
    expect(keys.length).toBeGreaterThan(30);
    const unexplained = keys.filter((key) => {
      const at = lines.findIndex((line) => new RegExp(`^[# -]*${key}:`).test(line));
      return !/# .{10}/.test(lines[at - 1] ?? '');
    });
    expect(unexplained).toEqual([]);
  });
});

describe('the redacted view', () => {
  it('holds no secret and no password', () => {
    const settings = readSettings(
      'database: postgres://p:hunter2@h/d\npbx:\n  - name: a\n    host: h\n    username: u\n    secret: hunter2\n' +
        '    cel: { url: "mysql://u:hunter2@h/d" }\n',
      { file, environment: {} },
    );
    const text = JSON.stringify(redactSettings(settings));
    expect(text).not.toContain('hunter2');
    expect(redactSettings(settings)).toMatchObject({
      database: 'postgres://p:***@h/d',
      pbx: [{ secret: '***', username: 'u', cel: { url: 'mysql://u:***@h/d' } }],
    });
  });

  it.each([
    ['postgres://user:pa:ss@word@host/db', 'postgres://user:***@host/db'],
    ['postgres://user@host/db', 'postgres://user@host/db'],
    ['postgres://host:5432/db', 'postgres://host:5432/db'],
    ['sqlite:/var/a@b:c.db', 'sqlite:/var/a@b:c.db'],
    ['https://a.example/x?token=abc#d', 'https://a.example/x?***'],
    ['postgres://host/db?sslmode=require', 'postgres://host/db?sslmode=require'],
  ])('of %s', (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
  });
});
