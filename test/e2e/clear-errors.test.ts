// Whatever an administrator gets wrong: one message that names the setting and the mend, at the start, in the status, or from the doctor.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type Asterisk, startAsterisk } from '../../lab/asterisk.ts';
import {
  fillDisk,
  labMissing,
  Patchcord,
  pbxOf,
  smallDisk,
  type StatusAnswer,
  temporaryFolder,
} from './faults-support.ts';
import { advisedUser } from './support/patchcord.ts';

const commandFile = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** An Asterisk that is nowhere: port 9 is closed. */
const nowhere = { name: 'main', host: '127.0.0.1', port: 9, username: 'patchcord', secret: 'secret-of-nobody' };

interface Told {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command to its end; one that goes on is killed after 30 s and fails the test. */
function run(command: string, settingsFile: string): Promise<Told> {
  return new Promise((resolve, reject) => {
    const args = [commandFile, command, '--settings', settingsFile];
    execFile(process.execPath, args, { timeout: 30_000, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (error?.killed) reject(new Error(`patchcord ${command} did not end\n${stdout}${stderr}`));
      else resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}

describe('what is wrong is told in one message with its mend', { concurrent: true }, () => {
  const missing = labMissing(22);
  const cleanings: (() => void | Promise<void>)[] = [];
  let asterisk: Asterisk;

  beforeAll(async () => {
    if (missing === null) asterisk = await startAsterisk({ version: 22, users: [advisedUser] });
  });
  afterAll(async () => {
    for (const clean of cleanings.toReversed()) await clean();
    await asterisk?.stop();
  });

  function folderOf(): string {
    const folder = temporaryFolder();
    cleanings.push(() => folder.remove());
    return folder.path;
  }

  /** A settings file in a folder of its own. */
  function fileWith(settings: Record<string, unknown>, folder = folderOf()): string {
    const file = join(folder, 'patchcord.yaml');
    const own = {
      listen: '127.0.0.1:0',
      data: join(folder, 'data'),
      database: `sqlite:${join(folder, 'patchcord.db')}`,
    };
    writeFileSync(file, stringify({ ...own, ...settings }), { mode: 0o600 });
    return file;
  }

  async function started(settings: Record<string, unknown>): Promise<Patchcord> {
    const one = new Patchcord({ folder: folderOf(), settings });
    cleanings.push(() => one.kill9());
    await one.start();
    return one;
  }

  /** What the status says of a part, once it is as bad as said. */
  async function unwell(
    one: Patchcord,
    name: string,
    asBad: 'warning' | 'error' = 'error',
  ): Promise<StatusAnswer['parts'][number]> {
    const isIt = ({ part, level }: StatusAnswer['parts'][number]): boolean => part === name && level === asBad;
    const { parts } = await one.statusWhere((status) => status.parts.some(isIt), 25_000);
    return parts.find(isIt)!;
  }

  async function listening(onConnection: (server: Server) => void): Promise<number> {
    const server = createServer();
    onConnection(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanings.push(() => void server.close());
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  describe('settings', () => {
    it.each([
      ['an unknown key', { listn: '127.0.0.1:8090' }, /patchcord\.yaml:\d+:\d+: listn:.*\n {2}mend: .*listen/],
      [
        'a bad number',
        { pbx: [{ ...nowhere, port: 99_999 }] },
        /patchcord\.yaml:\d+:\d+: pbx\[0\]\.port: .*65535.*\n {2}mend: /,
      ],
      [
        'no secret',
        { pbx: [{ ...nowhere, secret: undefined }] },
        /patchcord\.yaml:\d+:\d+: pbx\[0\].*secret or secretFile.*\n {2}mend: /,
      ],
      [
        'a secret out of an environment that lacks it',
        { pbx: [{ ...nowhere, secret: '${NOT_IN_ANY_ENVIRONMENT}' }] },
        /patchcord\.yaml:\d+:\d+: .*NOT_IN_ANY_ENVIRONMENT\n {2}mend: Set the environment variable/,
      ],
      ['a database of an unknown kind', { database: 'oracle://somewhere' }, /database: must be sqlite:.*\n {2}mend: /],
    ])('%s', async (_what, settings, said) => {
      const told = await run('start', fileWith(settings));
      expect(told).toMatchObject({ code: 2, stdout: '' });
      expect(told.stderr).toMatch(said);
      expect(told.stderr.trim().split('\n')).toHaveLength(2);
      expect(told.stderr).not.toContain('secret-of-nobody');
    });

    it('the doctor tells the same', async () => {
      const told = await run('doctor', fileWith({ pbx: [{ ...nowhere, port: 'five' }] }));
      expect(told.code).toBe(2);
      expect(told.stderr).toMatch(/patchcord\.yaml:\d+:\d+: pbx\[0\]\.port: .*\n {2}mend: /);
    });
  });

  describe('the manager interface', () => {
    it.skipIf(missing)('wrong secret', async () => {
      const pbx = [{ ...pbxOf(asterisk), secret: 'not-this-one' }];
      const part = await unwell(await started({ pbx }), 'pbx lab');
      expect(part).toMatchObject({ level: 'error', message: expect.stringMatching(/not connected: .*refused/) });
      expect(part.mend).toMatch(/pbx\.username and pbx\.secret against manager\.conf/);
      const told = await run('doctor', fileWith({ pbx }));
      expect(told.code).toBe(1);
      expect(told.stdout).toMatch(
        /error +pbx lab: login: .*\n +mend: .*secret of this pbx.*\[advised\] in manager\.conf/,
      );
      expect(JSON.stringify([part, told])).not.toContain('not-this-one');
    });

    it.skipIf(missing)('missing rights', async () => {
      const { username, secret } = asterisk.users.none;
      const pbx = [{ ...pbxOf(asterisk), username, secret }];
      const part = await unwell(await started({ pbx }), 'pbx lab');
      expect(part).toMatchObject({ level: 'error', message: expect.stringMatching(/connected, but .*Status/) });
      expect(part.mend).toMatch(/read = system,call,\S+ and write = system,reporting in manager\.conf/);
      const told = await run('doctor', fileWith({ pbx }));
      expect(told.code).toBe(1);
      expect(told.stdout).toMatch(
        /error +pbx lab: rights to act: .*Status.*\n +mend: Add to write in section \[nothing\]/,
      );
    });

    it('a port where something else answers', async () => {
      const port = await listening((server) =>
        server.on('connection', (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')),
      );
      const pbx = [{ ...nowhere, port }];
      const part = await unwell(await started({ pbx }), 'pbx main');
      expect(part.message).toMatch(/not connected: .*not an Asterisk manager/);
      expect(part.mend).toMatch(/pbx\.port.*manager interface.*5038/);
      const told = await run('doctor', fileWith({ pbx }));
      expect(told.stdout).toMatch(
        /error +pbx main: login: .*not an Asterisk manager.*\n +mend: Another program answers/,
      );
    });

    it('a port where nobody listens', async () => {
      const part = await unwell(await started({ pbx: [nowhere] }), 'pbx main');
      expect(part.message).toMatch(/not connected: 127\.0\.0\.1:9: .*ECONNREFUSED/);
      expect(part.mend).toMatch(/pbx\.host, pbx\.port.*enabled=yes.*manager\.conf/);
      const told = await run('doctor', fileWith({ pbx: [nowhere] }));
      expect(told.stdout).toMatch(/error +pbx main: login: .*\n +mend: Check host and port of this pbx/);
    });
  });

  describe('CEL', () => {
    it('a table without extra', async () => {
      const file = join(folderOf(), 'cel.db');
      const table = new Database(file);
      const columns =
        'eventtype eventtime cid_name cid_num cid_ani cid_rdnis cid_dnid exten context channame appname appdata amaflags';
      table.exec(`create table cel (id integer primary key, ${columns.replaceAll(' ', ' text, ')} text,
        accountcode text, uniqueid text, linkedid text, peer text, userfield text)`);
      table.close();
      const pbx = [{ ...nowhere, cel: { url: `sqlite:${file}`, timeZone: 'UTC' } }];
      const part = await unwell(await started({ pbx }), 'CEL of main', 'warning');
      expect(part).toMatchObject({
        level: 'warning',
        message: expect.stringMatching(/pbx main: cel: .*no column extra/),
      });
      expect(part.mend).toMatch(/ALTER TABLE cel ADD COLUMN extra.*cel\.columns\.extra/);
      const told = await run('doctor', fileWith({ pbx }));
      expect(told.stdout).toMatch(
        /warning +pbx main: CEL: .*no column extra.*\n +mend: ALTER TABLE cel ADD COLUMN extra/,
      );
    });

    it('a table that is not there', async () => {
      const file = join(folderOf(), 'cel.db');
      new Database(file).exec('create table other (id integer)').close();
      const part = await unwell(
        await started({ pbx: [{ ...nowhere, cel: { url: `sqlite:${file}`, table: 'cel_of_pbx' } }] }),
        'CEL of main',
      );
      expect(part).toMatchObject({ level: 'error', message: expect.stringMatching(/pbx main: cel.*cel_of_pbx/) });
      expect(part.mend).toMatch(/table/);
    });
  });

  describe('the database', () => {
    it('a full disk', async ({ skip }) => {
      const disk = smallDisk();
      if (disk === null) {
        skip();
        return;
      }
      cleanings.push(() => disk.remove());
      const one = new Patchcord({ folder: disk.path, settings: { pbx: [nowhere] } });
      await one.start();
      await one.stop();
      fillDisk(disk.path);
      const start = await run('start', one.settingsFile);
      expect(start.code).toBe(1);
      expect(start.stderr).toMatch(/There is no room for the database \S+patchcord\.db/);
      expect(start.stderr).toMatch(/mend: Make room on its disk, or move the file and change the setting `database`/);
      const told = await run('doctor', one.settingsFile);
      expect(told.code).toBe(1);
      expect(told.stdout).toMatch(/error +database: There is no room.*\n +mend: Make room on its disk/);
      expect(told.stdout).toMatch(/error +disk: 0\.0 GiB are free.*\n +mend: Make room/);
    });

    it('a schema of a newer Patchcord', async () => {
      const folder = folderOf();
      const one = new Patchcord({ folder, settings: { pbx: [nowhere] } });
      await one.start();
      await one.stop();
      const database = new Database(join(folder, 'patchcord.db'));
      database.exec("insert into migrations values (9000, 'of tomorrow', '77.0.0', '2040-01-01T00:00:00Z')");
      database.close();
      const start = await run('start', one.settingsFile);
      expect(start.code).toBe(1);
      expect(start.stderr).toMatch(/schema version 9000, written by Patchcord 77\.0\.0/);
      expect(start.stderr).toMatch(
        /mend: Start Patchcord 77\.0\.0 or newer, or name another database .*setting `database`/,
      );
      const told = await run('doctor', one.settingsFile);
      expect(told.stdout).toMatch(/error +database: .*9000.*\n +mend: Start Patchcord 77\.0\.0 or newer/);
    });

    it('no database at all', async () => {
      const file = join(folderOf(), 'not-a-database');
      writeFileSync(file, 'this is the diary of somebody\n'.repeat(100));
      const start = await run('start', fileWith({ pbx: [nowhere], database: `sqlite:${file}` }));
      expect(start.code).toBe(1);
      expect(start.stderr).toMatch(/is no SQLite database.*\n {2}mend: .*setting `database`/);
    });

    it('locked by another process at the start', async () => {
      const folder = folderOf();
      const one = new Patchcord({ folder, settings: { pbx: [nowhere] } });
      await one.start();
      await one.stop();
      const other = new Database(join(folder, 'patchcord.db'));
      cleanings.push(() => void other.close());
      other.pragma('locking_mode = exclusive');
      other.exec('begin exclusive');
      const start = await run('start', one.settingsFile);
      expect(start.code).toBe(1);
      expect(start.stderr).toMatch(
        /Another process holds the database.*\n {2}mend: Stop whatever else has the file open/,
      );
    });

    it('a PostgreSQL that is not there, without telling the password', async () => {
      const file = fileWith({ pbx: [nowhere], database: 'postgres://patchcord:word-of-pass@127.0.0.1:9/patchcord' });
      for (const command of ['start', 'doctor']) {
        const told = await run(command, file);
        expect(told.code).toBe(1);
        const said = `${told.stdout}${told.stderr}`;
        expect(said).toMatch(/No connection to the database postgres:\/\/127\.0\.0\.1:9\/patchcord/);
        expect(said).toMatch(/mend: Check that the server runs.*setting is `database`/);
        expect(said).not.toContain('word-of-pass');
      }
    });
  });

  it('a data folder that cannot be', async () => {
    const file = join(folderOf(), 'in-the-way');
    writeFileSync(file, '');
    const start = await run('start', fileWith({ pbx: [nowhere], data: file }));
    expect(start.code).toBe(1);
    expect(start.stderr).toMatch(/cannot use the folder \S+in-the-way.*\n {2}mend: .*setting data/);
  });

  it('the port is taken', async () => {
    const port = await listening((server) => server.on('connection', (socket) => socket.destroy()));
    const file = fileWith({ pbx: [nowhere], listen: `127.0.0.1:${port}` });
    const start = await run('start', file);
    expect(start.code).toBe(1);
    expect(start.stderr).toMatch(/cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/);
    expect(start.stderr).toMatch(/mend: another program .* choose another port in the setting listen/);
    const told = await run('doctor', file);
    expect(told.stdout).toMatch(/error +port: 127\.0\.0\.1:\d+ is taken by another program\n +mend: .*change listen/);
  });
});
