import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import type { AdapterSettings } from './crm.ts';
import { readSettings } from './load.ts';
import { marked, needsOneOf, text } from './marks.ts';
import { SettingsError, type SettingsProblem } from './problem.ts';
import { redactSettings } from './redact.ts';
import { sampleSettings } from './sample.ts';

const either = needsOneOf('secret', 'secretFile');
const adapters: readonly AdapterSettings[] = [
  {
    type: 'plain',
    title: 'A CRM with a secret',
    settings: z
      .strictObject({
        url: marked(z.url(), 'Its address', { sample: 'https://crm.example' }),
        secret: marked(text().optional(), 'Its secret word', { secret: true, sample: '${SECRET}' }),
        secretFile: marked(text().optional(), 'Instead of secret: a file', {
          insteadOf: 'secret',
          file: true,
          sample: '/run/word',
        }),
        caFile: marked(text().optional(), 'A certificate to trust', { file: true, sample: 'ca.pem' }),
      })
      .refine(either.check, either.told),
  },
  {
    type: 'hook',
    title: 'A CRM whose address is the secret',
    settings: z.strictObject({
      webhook: marked(z.url(), 'Its address', { secret: 'path', sample: 'https://crm.example/rest/1/abcdef/' }),
      depth: marked(z.int().min(1).max(9).default(3), 'How deep'),
    }),
  },
];

const read = (text: string, file = '/etc/patchcord/patchcord.yaml') =>
  readSettings(text, { file, environment: { SECRET: 's3cret' }, adapters });

function problems(text: string): readonly SettingsProblem[] {
  try {
    read(text);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

const entry = (settings: string) => `crm:\n  - { name: one, ${settings} }\n`;

describe('the connections of the settings', () => {
  it('are complete: secrets filled in, paths absolute, defaults applied', () => {
    const folder = mkdtempSync(join(tmpdir(), 'patchcord-crm-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'word'), 'from a file\n');
    const yaml =
      'crm:\n' +
      '  - { name: one, type: plain, url: "https://a.example", secretFile: word, caFile: ca.pem }\n' +
      '  - { name: two, type: plain, url: "https://b.example", secret: "${SECRET}" }\n' +
      '  - { name: three, type: hook, webhook: "https://c.example/rest/1/abcdef/" }\n';
    expect(read(yaml, join(folder, 'patchcord.yaml')).crm).toEqual([
      { name: 'one', type: 'plain', url: 'https://a.example', secret: 'from a file', caFile: join(folder, 'ca.pem') },
      { name: 'two', type: 'plain', url: 'https://b.example', secret: 's3cret' },
      { name: 'three', type: 'hook', webhook: 'https://c.example/rest/1/abcdef/', depth: 3 },
    ]);
  });

  it.each([
    ['type: plian, url: x', 'crm[0].type', 'is no kind of connection', /^Did you mean plain\? Known: plain \(A CRM/],
    ['url: x', 'crm[0].type', 'is missing', /Known: plain .*hook/],
    ['type: hook, webhok: x', 'crm[0].webhok', 'is no setting', /^Did you mean webhook\?/],
    [
      'type: hook, webhook: "https://a.example", depth: 99',
      'crm[0].depth',
      'must be a whole number from 1 to 9',
      /deep/,
    ],
    ['type: plain, url: "https://a.example"', 'crm[0]', 'needs either secret or secretFile', /one of the two/],
    [
      'type: plain, url: "https://a.example", secretFile: /nowhere',
      'crm[0].secretFile',
      'cannot be read or is empty',
      /path/,
    ],
  ])('%s is told at its place', (settings, path, message, mend) => {
    const told = problems(entry(settings)).find((one) => one.path === path);
    expect(told).toMatchObject({ line: 2, message });
    expect(told?.mend).toMatch(mend);
  });

  it.each([
    ['recordings', 'is a name of Patchcord’s own'],
    ['Big', 'must be small letters, digits, - and _'],
    ['"*"', 'must be small letters, digits, - and _'],
  ])('are not called %s', (name, message) => {
    expect(problems(`crm: [{ name: ${name}, type: hook, webhook: "https://a.example" }]`)).toMatchObject([
      { path: 'crm[0].name', message },
    ]);
  });

  it('have different names', () => {
    const one = '{ name: one, type: hook, webhook: "https://a.example" }';
    expect(problems(`crm: [${one}, ${one}]`)).toMatchObject([{ path: 'crm', message: 'has two with the same name' }]);
  });

  it('get the calls of PBXs that there are', () => {
    const pbx = 'pbx: [{ name: main, host: a, username: u, secret: s }]\n';
    const given = (pbxs: string): string => entry(`type: hook, webhook: "https://a.example", pbxs: ${pbxs}`);
    expect(read(pbx + given('[main]')).crm).toMatchObject([{ name: 'one', pbxs: ['main'] }]);
    expect(problems(pbx + given('[mian]'))).toMatchObject([
      { path: 'crm', message: 'has a connection whose pbxs names no pbx' },
    ]);
    expect(problems(pbx + given('[]'))).toMatchObject([{ path: 'crm[0].pbxs' }]);
  });

  it('are none where no adapter is known', () => {
    const given = { file: '/etc/patchcord/patchcord.yaml', environment: {} };
    expect(() => readSettings(entry('type: plain'), given)).toThrow(/crm/);
  });

  it('never show their secrets', () => {
    const settings = read(
      'secretKey: canary-canary-canary-canary-canary\ncrm:\n  - { name: a, type: plain, url: "https://a.example", secret: canary }\n' +
        '  - { name: b, type: hook, webhook: "https://c.example/rest/1/canary/" }\n',
    );
    const shown = redactSettings(settings, adapters);
    expect(JSON.stringify(shown)).not.toContain('canary');
    expect(shown).toMatchObject({
      secretKey: '***',
      crm: [{ url: 'https://a.example', secret: '***' }, { webhook: 'https://c.example/***' }],
    });
  });

  it('stand in the sample, one of each kind, and can be put in force as they are', () => {
    const lines = sampleSettings(adapters).split('\n');
    const at = lines.indexOf('#crm:');
    const end = lines.indexOf('', at);
    const block = lines.slice(at, end).map((line) => line.slice(1));
    expect(block.join('\n')).toContain('    # A CRM with a secret\n    type: plain\n');
    expect(read(block.join('\n')).crm).toEqual([
      { name: 'plain', type: 'plain', url: 'https://crm.example', secret: 's3cret' },
      { name: 'hook', type: 'hook', webhook: 'https://crm.example/rest/1/abcdef/', depth: 3 },
    ]);
  });
});

describe('the address and the key', () => {
  it.each([
    ['publicUrl: https://a.example/', 'publicUrl'],
    ['publicUrl: a.example', 'publicUrl'],
    ['secretKey: short', 'secretKey'],
    ['secretKeyFile: /nowhere', 'secretKeyFile'],
    ['secretKey: 0123456789abcdef0123456789abcdef\nsecretKeyFile: /nowhere', ''],
  ])('%s is refused', (yaml, path) => {
    expect(problems(yaml)[0]?.path).toBe(path);
  });
});
