// The database refuses for a while: locked by another process, its disk full, its server killed. Nobody on the phone notices, the
// status says what to do, and afterwards every call is in the history once, as if nothing had been.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres } from '../../lab/databases.ts';
import { type Lab, openLab, type Stage } from '../../lab/lab.ts';
import { ringMs, talkMs } from '../../lab/scenarios/scenario.ts';
import type { SipCall } from '../../lab/sip/call.ts';
import { answersAfter } from '../../lab/sip/party.ts';
import type { Call } from '../../src/calls/call.ts';
import {
  callWith,
  expectSound,
  expectSoundLog,
  expectTalk,
  fillDisk,
  labMissing,
  Patchcord,
  pbxOf,
  smallDisk,
  type StatusAnswer,
  talkOf,
  temporaryFolder,
  watch,
} from './faults-support.ts';
import { advisedUser } from './support/patchcord.ts';

/** A status must be answered within this while the database refuses: whoever is locked out must not hold up everything else. */
const answerMs = 2_000;
const lockedMs = 20_000;

/** Spoils the database; gives what puts it right again. */
type Spoil = () => Promise<() => Promise<void>>;

describe('the database refuses while people talk', { concurrent: true }, () => {
  const missing = labMissing(22);
  let lab: Lab;
  const cleanings: (() => void | Promise<void>)[] = [];

  beforeAll(async () => {
    if (missing === null) lab = await openLab({ users: [advisedUser], version: 22 });
  });
  afterAll(async () => {
    for (const clean of cleanings.toReversed()) await clean();
    await lab?.close();
  });

  async function patchcord(settings: Record<string, unknown> = {}): Promise<{ one: Patchcord; folder: string }> {
    const folder = temporaryFolder();
    const one = new Patchcord({ folder: folder.path, settings: { pbx: [pbxOf(lab.asterisk)], ...settings } });
    cleanings.push(
      () => folder.remove(),
      () => one.kill9(),
    );
    await one.start();
    await one.connected();
    return { one, folder: folder.path };
  }

  async function talk(stage: Stage, person: number): Promise<{ client: SipCall; operator: SipCall }> {
    stage.phone(person).habit = answersAfter(ringMs);
    const client = await stage.client(person).call(stage.company.line(100 + person));
    const operator = await stage.phone(person).incoming();
    await client.answered();
    return { client, operator };
  }

  /** Calls before, over, in and after the bad time; what the status said in it. */
  async function live(
    stage: Stage,
    one: Patchcord,
    spoil: Spoil,
    said: (status: StatusAnswer) => boolean,
  ): Promise<StatusAnswer> {
    const before = await talk(stage, 1);
    await one.liveCall(stage.company.client(1), (call) => call.answered);
    const mend = await spoil();
    const watching = watch(one);
    await wait(talkMs);
    before.client.hangup();
    const within = await talk(stage, 2);
    await wait(talkMs);
    within.client.hangup();
    const missed = await stage.client(5).call(stage.company.line(105));
    await missed.ended();
    const after = await talk(stage, 3);
    const told = await one.statusWhere(said, 30_000);
    await mend();
    await one.statusWhere(({ level }) => level === 'ok', 30_000);
    const { longestMs } = await watching.stop();
    expect(longestMs).toBeLessThan(answerMs);
    after.client.hangup();

    const clients = [1, 2, 3, 5].map((n) => stage.company.client(n));
    const isOurs = (call: Call): boolean => clients.includes(call.client?.number ?? '');
    const isThere = (all: Call[]): boolean =>
      all.filter(isOurs).length === 4 && all.filter(isOurs).every((call) => call.endedAt !== null);
    const calls = (await one.historyWhere(isThere)).filter(isOurs);
    expectSound(calls);
    const ids = new Set(calls.map(({ id }) => id));
    expectSoundLog(await one.events(), calls, (id) => ids.has(id));
    for (const [n, both] of [
      [1, before],
      [2, within],
      [3, after],
    ] as const) {
      const call = callWith(calls, stage.company.client(n));
      const extension = stage.company.extension(n);
      expect(call).toMatchObject({
        answered: true,
        hangupBy: 'client',
        responsible: { extension },
        legs: [{ extension, outcome: 'answered' }],
      });
      expect(call.gap).toBeUndefined();
      expectTalk(call, talkOf(both.client));
    }
    expect(callWith(calls, stage.company.client(5))).toMatchObject({ answered: false, lostStage: 'ringing' });
    return told;
  }

  /** The part of the status that is about calls which cannot be stored. */
  const refusal = (status: StatusAnswer) =>
    status.parts.find(({ part, level }) => part === 'calls of lab' && level === 'error');

  it.skipIf(missing)('its file is locked by another process for 20 s', async () => {
    const { one, folder } = await patchcord();
    const spoil: Spoil = async () => {
      const other = new Database(join(folder, 'patchcord.db'), { timeout: 5000 });
      other.exec('begin exclusive');
      const over = wait(lockedMs);
      return async () => {
        await over;
        other.exec('commit');
        other.close();
      };
    };
    const told = await live(lab.stages[0]!, one, spoil, (status) => refusal(status) !== undefined);
    expect(refusal(told)?.message).toMatch(/wait in memory.*Another process holds the database/);
    expect(refusal(told)?.mend).toMatch(/Stop whatever else has the file open.*setting is `database`/);
    await one.stop();
    // The checkpoint keeps it at 4 MB; a writer's end takes it away.
    expect(statSync(join(folder, 'patchcord.db-wal'), { throwIfNoEntry: false })?.size ?? 0).toBeLessThan(5_000_000);
  });

  it.skipIf(missing)('its disk is full for a while', async ({ skip }) => {
    const disk = smallDisk();
    if (disk === null) {
      skip();
      return;
    }
    cleanings.push(() => disk.remove());
    const { one } = await patchcord({ database: `sqlite:${join(disk.path, 'patchcord.db')}` });
    const spoil: Spoil = async () => {
      const free = fillDisk(disk.path);
      return async () => free();
    };
    const told = await live(lab.stages[1]!, one, spoil, (status) => refusal(status) !== undefined);
    expect(refusal(told)?.message).toMatch(/wait in memory.*no room for the database/);
    expect(refusal(told)?.mend).toMatch(/Make room on its disk, or move the file and change the setting `database`/);
    await one.stop();
  });

  it.skipIf(missing)('a PostgreSQL is killed (-9) and started again', async () => {
    const postgres = await startPostgres();
    cleanings.push(() => postgres.stop());
    const { one } = await patchcord({ database: postgres.url });
    const spoil: Spoil = async () => {
      await postgres.kill9();
      return () => postgres.start();
    };
    const told = await live(lab.stages[2]!, one, spoil, (status) => refusal(status) !== undefined);
    expect(refusal(told)?.message).toMatch(/wait in memory.*No connection to the database/);
    expect(refusal(told)?.mend).toMatch(/Check that the server runs.*setting is `database`/);
    expect(told.parts.find(({ part }) => part === 'database')).toMatchObject({ level: 'error' });
    await one.stop();
  });
});
