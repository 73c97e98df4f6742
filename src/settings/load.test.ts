import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { defaultSettings, loadSettings, readSettings } from './load.ts';
import { SettingsError, type SettingsProblem } from './problem.ts';

const pbx = 'pbx:\n  - name: main\n    host: pbx.example\n    username: patchcord\n    secret: s3cret\n';

function read(text: string, environment: Record<string, string> = {}) {
  return readSettings(text, { file: '/etc/patchcord/patchcord.yaml', environment });
}

function problems(text: string, environment: Record<string, string> = {}): readonly SettingsProblem[] {
  try {
    read(text, environment);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

/** The only problem, as `path: message`, with its place and mend. */
function problem(text: string): SettingsProblem {
  const all = problems(text);
  expect(all).toHaveLength(1);
  return all[0]!;
}

describe('settings', () => {
  it('are complete with an empty file, with none at all, and with comments only', () => {
    for (const settings of [read(''), read('# nothing yet\n'), defaultSettings('/etc/patchcord')]) {
      expect(settings).toEqual({
        listen: '127.0.0.1:8090',
        data: '/etc/patchcord/data',
        recordings: {
          folder: '/etc/patchcord/data/recordings',
          stereo: false,
          kbitPerSec: 24,
          fileName: '{date}-{time}_{operator}_{number}_{id}',
          giveUpAfterMin: 30,
        },
        database: 'sqlite:/etc/patchcord/data/patchcord.db',
        region: 'RU',
        internalNumbers: [],
        pbx: [],
        crm: [],
        mobiles: [],
        rewrite: { fromPbx: [], toPbx: [] },
        log: { level: 'info', maskNumbers: true },
      });
    }
  });

  it('take numbers as text where text is wanted, as they were written', () => {
    const settings = read(`${pbx}mobiles:\n  - { number: 007, extension: 101 }\n  - { number: +79990001122 }\n`);
    expect(settings.mobiles).toEqual([
      { number: '007', extension: '101' },
      { number: '+79990001122', extension: null },
    ]);
    expect(read(pbx.replace('s3cret', '00123')).pbx[0]?.secret).toBe('00123');
  });

  it('keep special databases as they are', () => {
    expect(read('database: "sqlite::memory:"').database).toBe('sqlite::memory:');
    expect(read('database: sqlite:/var/lib/calls.db').database).toBe('sqlite:/var/lib/calls.db');
    expect(read('database: postgres://u:p@db/patchcord').database).toBe('postgres://u:p@db/patchcord');
  });
});

describe('a problem', () => {
  it('of an unknown key names its line and what was meant', () => {
    expect(problem('listen: 127.0.0.1:1\nregoin: KZ\n')).toEqual({
      file: '/etc/patchcord/patchcord.yaml',
      line: 2,
      column: 1,
      path: 'regoin',
      message: 'is no setting',
      mend: 'Did you mean region?',
    });
    expect(problem(`${pbx}    secert: x\n`)).toMatchObject({
      line: 6,
      path: 'pbx[0].secert',
      mend: 'Did you mean secret?',
    });
    expect(problem('quark: 1').mend).toMatch(/^Known here: listen, data, database/);
  });

  it.each([
    ['port: 5038x', 'pbx[0].port', 'must be a whole number from 1 to 65535'],
    ['port: 0', 'pbx[0].port', 'must be a whole number from 1 to 65535'],
    ['port: 65536', 'pbx[0].port', 'must be a whole number from 1 to 65535'],
    ['port: 5038.5', 'pbx[0].port', 'must be a whole number from 1 to 65535'],
    ['port: .nan', 'pbx[0].port', 'must be a whole number from 1 to 65535'],
    ['port:', 'pbx[0].port', 'must be a whole number from 1 to 65535'],
    ['tls: yes', 'pbx[0].tls', 'must be true or false'],
    ['trunks: trunk', 'pbx[0].trunks', 'must be a list of text'],
    ['trunks: ["a b"]', 'pbx[0].trunks[0]', 'is no pattern such as 1XX, _8NXXXXXXXXX, [2-4]X. or trunk*'],
    ['extensions: ["[1-"]', 'pbx[0].extensions[0]', 'is no pattern such as 1XX, _8NXXXXXXXXX, [2-4]X. or trunk*'],
    ['cel: {}', 'pbx[0].cel', 'needs either url or csv'],
    ['cel: { csv: a.csv, timeZone: Mars/Base }', 'pbx[0].cel.timeZone', 'is no time zone such as Europe/Moscow or UTC'],
    ['cel: { csv: a.csv, table: "cel; drop" }', 'pbx[0].cel.table', expect.stringMatching(/^is no table name/)],
    ['cel: { csv: a.csv, columns: { evnttime: t } }', 'pbx[0].cel.columns.evnttime', 'is no setting'],
    ['cdr: { url: "http://x/y" }', 'pbx[0].cdr.url', expect.stringMatching(/^must be mysql:/)],
  ])('of %s is at line 6', (line, path, message) => {
    expect(problem(`${pbx}    ${line}\n`)).toMatchObject({ line: 6, path, message });
  });

  it.each([
    ['listen: 127.0.0.1', 'listen'],
    ['listen: 127.0.0.1:99999', 'listen'],
    ['database: mysql://a/b', 'database'],
    ['region: UK', 'region'],
    ['region: ru', 'region'],
    ['log: { level: loud }', 'log.level'],
    ['log:', 'log'],
    ['pbx: 5', 'pbx'],
    ['mobiles: [{ number: abc }]', 'mobiles[0].number'],
    ['mobiles: [{}]', 'mobiles[0].number'],
    ['rewrite: { fromPbx: [{ match: "8X.", strip: -1 }] }', 'rewrite.fromPbx[0].strip'],
    ['rewrite: { fromPbx: [{ match: "8X.", add: "+7,Hangup()" }] }', 'rewrite.fromPbx[0].add'],
    ['- listen', ''],
    ['listen: [', ''],
    ['listen: a:1\nlisten: b:1', ''],
    ['a: *nowhere', ''],
  ])('%s is refused', (text, path) => {
    expect(problem(text).path).toBe(path);
    expect(problem(text).mend).not.toBe('');
  });

  it('is told of a missing key at its parent', () => {
    const text = 'listen: :1\npbx:\n  - name: main\n    host: a\n    secret: b\n';
    expect(problem(text)).toMatchObject({ line: 3, path: 'pbx[0].username', message: 'is missing' });
  });

  it('does not hide the others: all are told at once, in the order of the file', () => {
    const all = problems('regoin: 1\npbx:\n  - name: A!\n    host: h\n    port: x\nlog: { level: 1 }\nlisten: x\n');
    expect(all.map(({ path }) => path)).toEqual([
      'regoin',
      'pbx[0].username',
      'pbx[0]',
      'pbx[0].name',
      'pbx[0].port',
      'log.level',
      'listen',
    ]);
  });

  it('is both of two settings that stand for one another, and neither of them', () => {
    const needed = { line: 2, path: 'pbx[0]', message: 'needs either secret or secretFile' };
    expect(problem(`${pbx}    secretFile: /x\n`)).toMatchObject(needed);
    expect(problem(pbx.replace('    secret: s3cret\n', ''))).toMatchObject(needed);
  });

  it('is two Asterisks of one name', () => {
    const second = '  - { name: main, host: b, username: c, secret: d }\n';
    expect(problem(pbx + second)).toMatchObject({ path: 'pbx', message: 'has two with the same name' });
    expect(problems(pbx + second.replace('main', 'second'))).toEqual([]);
  });

  it('never repeats a secret', () => {
    const said = problems('database: "postgres://u:hunter2@"\npbx:\n  - { name: main, secret: [hunter2] }\n');
    expect(said.length).toBeGreaterThan(2);
    expect(JSON.stringify(said)).not.toContain('hunter2');
  });

  it('of a thousand nested aliases ends at once', () => {
    let bomb = 'a0: &a0 [x]\n';
    for (let n = 1; n < 30; n += 1) bomb += `a${n}: &a${n} [*a${n - 1}, *a${n - 1}, *a${n - 1}]\n`;
    expect(problem(bomb)).toMatchObject({ path: '', message: expect.stringMatching(/alias/i) });
  });
});

describe('secrets', () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  function folder(): string {
    const made = mkdtempSync(join(tmpdir(), 'patchcord-settings-'));
    folders.push(made);
    return made;
  }

  it('come from the environment, percent-encoded inside a URL', () => {
    const text = `database: postgres://p:\${DB}@h/d\n${pbx.replace('s3cret', '${AMI}')}`;
    const settings = read(text, { DB: 'a/b@c', AMI: 'a/b@c' });
    expect(settings.database).toBe('postgres://p:a%2Fb%40c@h/d');
    expect(settings.pbx[0]?.secret).toBe('a/b@c');
  });

  it('may hold ${ when it is doubled', () => {
    expect(read(pbx.replace('s3cret', () => 'a$${b}')).pbx[0]?.secret).toBe('a${b}');
  });

  it('that the environment lacks are told with line and name', () => {
    expect(problem(pbx.replace('s3cret', '${AMI}'))).toMatchObject({
      line: 5,
      message: 'the environment has no AMI',
      mend: expect.stringContaining('Set the environment variable AMI'),
    });
  });

  it('come from the first line of a file beside the settings', () => {
    const where = folder();
    writeFileSync(join(where, 'ami.secret'), 'from file\nrest\n');
    writeFileSync(join(where, 'patchcord.yaml'), pbx.replace('secret: s3cret', 'secretFile: ami.secret'));
    const [one] = loadSettings(join(where, 'patchcord.yaml'), {}).pbx;
    expect(one?.secret).toBe('from file');
    expect(one).not.toHaveProperty('secretFile');
  });

  it('in a missing or empty file are told at the setting', () => {
    const where = folder();
    writeFileSync(join(where, 'empty'), '');
    for (const name of ['absent', 'empty']) {
      const file = join(where, 'patchcord.yaml');
      writeFileSync(file, pbx.replace('secret: s3cret', `secretFile: ${name}`));
      expect(() => loadSettings(file, {})).toThrow(`${file}:5:17: pbx[0].secretFile: cannot be read or is empty`);
    }
  });

  it('are not read from a settings file that is not there', () => {
    const file = join(folder(), 'patchcord.yaml');
    expect(() => loadSettings(file, {})).toThrow(`${file}: cannot be read (ENOENT)`);
  });
});
