import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directions, lostStages } from '../calls/call.ts';
import { directionChoices, lostStageChoices } from './call-filter.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'patchcord-cli-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  code: number;
  out: string;
  err: string;
}

/** Runs the command line as a person does, in an empty folder. */
function patchcord(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { cwd: folder, timeout: 20_000 }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out, err });
    });
  });
}

describe('the command line', () => {
  it('helps', async () => {
    const help = await patchcord('--help');
    expect(help).toMatchObject({ code: 0, err: '' });
    for (const name of ['start', 'calls', 'export', 'import', 'numbers', 'replay', 'config', 'doctor', 'token']) {
      expect(help.out).toContain(`\n  ${name} `);
    }
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(await patchcord('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  it.each([
    [['bogus'], "unknown command 'bogus'"],
    [['calls', '--bogus'], "unknown option '--bogus'"],
    [['calls', '--limit', '0'], 'whole number from 1'],
    [['calls', '--direction', 'up'], 'Allowed choices are inbound, outbound, internal'],
    [['replay', '--trunk', 'a b', 'x'], 'neither a name nor a pattern'],
    [['replay', 'absent.jsonl'], 'absent.jsonl'],
    [['config', 'check', '-s', 'absent.yaml'], 'absent.yaml: cannot be read (ENOENT)'],
    [['export', '--from', 'soonish'], 'is no time'],
    [['export', '--directory', '--missed'], '--directory takes no filter'],
    [['import', 'absent.yaml'], 'cannot read absent.yaml'],
    [['numbers', 'test'], "missing required argument 'number'"],
    [['token', 'add', 'a', '--scope', 'root'], 'no scope is named'],
  ])('ends with 2 for %j', async (args, said) => {
    const { code, out, err } = await patchcord(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(said);
  });

  it('ends with 1 for what fails though it was asked for rightly', async () => {
    expect(await patchcord('token')).toMatchObject({ code: 1, err: expect.stringContaining('mend: Start it') });
    expect(await patchcord('calls', '--token', 'x', '--url', 'http://127.0.0.1:9')).toMatchObject({
      code: 1,
      err: expect.stringContaining('mend: Is Patchcord running there?'),
    });
  });

  it('makes a sample that it finds right, and tells all that is wrong with another', async () => {
    const sample = await patchcord('config', 'sample');
    writeFileSync(join(folder, 'sample.yaml'), sample.out);
    expect(await patchcord('config', 'check', '-s', 'sample.yaml')).toMatchObject({ code: 0, out: '' });
    writeFileSync(join(folder, 'wrong.yaml'), 'regoin: RU\npbx: [{ name: a, host: "\u001b[2Jb" }]\n');
    const { code, err } = await patchcord('config', 'check', '-s', 'wrong.yaml');
    expect(code).toBe(2);
    expect(err).toContain('wrong.yaml:1:1: regoin: is no setting\n  mend: Did you mean region?');
    expect(err).toContain('pbx[0].username: is missing');
  });

  it('keeps tokens', async () => {
    const made = await patchcord('token', 'add', '1c');
    expect(made.out).toMatch(/^pc_[\w-]{43}\n$/);
    expect(await patchcord('token', 'add', '1c')).toMatchObject({ code: 2, out: '' });
    expect((await patchcord('token', 'list')).out).toMatch(/^NAME +SCOPES +MADE\n1c +read +20/);
    expect(await patchcord('token', 'remove', '1c')).toMatchObject({ code: 0 });
    expect(await patchcord('token', 'remove', '1c')).toMatchObject({ code: 2 });
    expect(readFileSync(join(folder, 'data/tokens.json'), 'utf8')).not.toContain(made.out.trim());
  });

  it('offers every direction and stage that there is', () => {
    expect(directionChoices).toEqual(directions);
    expect(lostStageChoices).toEqual(lostStages);
  });
});
