// What is remembered of recordings and what follows from it, on each database; and a disk that fills up in the middle.
import { randomUUID } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Call } from '../../src/calls/call.ts';
import { recordingsWorker } from '../../src/outbox/recordings-worker.ts';
import type { Outcome, Work } from '../../src/outbox/worker.ts';
import { createEncoder } from '../../src/recordings/encoder.ts';
import { createMedia } from '../../src/recordings/media.ts';
import { cdrRecordings, mediaTable } from '../../src/recordings/media-table.ts';
import { recorded, talkedCall } from '../../src/recordings/testing/call.ts';
import { callWith, Scene } from '../../src/recordings/testing/scene.ts';
import { bytesOf, tone, toneFile, wav } from '../../src/recordings/testing/sound.ts';
import type { Delivery } from '../../src/store/delivery.ts';
import type { CdrRow, Store } from '../../src/store/store.ts';
import { fillDisk, smallDisk } from '../e2e/faults-support.ts';
import { onEachDatabase } from './each-database.ts';

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});
afterEach(() => scene.remove());

function work(call: Call | null, about: Partial<Delivery> = {}): Work {
  const delivery: Delivery = {
    id: 1,
    crm: 'recordings',
    kind: 'encode',
    callId: 'main-1795199403.487',
    number: '79161234567',
    live: false,
    payload: { crms: ['portal', 'shop'] },
    staleAtMs: null,
    state: 'working',
    attempts: 1,
    createdAtMs: scene.nowMs,
    dueAtMs: scene.nowMs,
    endedAtMs: null,
    note: null,
    mend: null,
    ...about,
  };
  return { delivery, call, state: null, save: async () => undefined, signal: new AbortController().signal };
}

const following = (outcome: Outcome) => (outcome.outcome === 'done' ? outcome.then : null);

onEachDatabase('recordings', ({ open }) => {
  const workerOf = (store: Store) => {
    const { cdrNames: _, ...given } = scene.given;
    return recordingsWorker({ ...given, media: mediaTable(store.database), database: store.database });
  };
  const mediaOf = (store: Store) =>
    createMedia({
      database: store.database,
      folder: scene.shelf,
      publicUrl: 'https://calls.example.com',
      key: 'key',
      now: () => scene.nowMs,
    });

  it('are remembered, given out and sent on to whoever wants them', async () => {
    const store = await open();
    toneFile(join(scene.here, 'a.wav'));
    const outcome = await workerOf(store).work(work(callWith('a.wav')));
    const next = {
      kind: 'record',
      callId: 'main-1795199403.487',
      number: null,
      live: false,
      payload: {},
      staleAtMs: null,
    };
    expect(outcome.outcome).toBe('done');
    expect(following(outcome)).toEqual([
      { crm: 'portal', ...next },
      { crm: 'shop', ...next },
    ]);
    const media = mediaOf(store);
    const file = await media.file('main-1795199403.487');
    expect(file).toMatchObject({ durationMs: 3000, contentType: 'audio/mpeg' });
    expect(file?.fileName).toMatch(/^20261120-183003_101_79161234567_[0-9a-f]{8}\.mp3$/);
    expect(file?.path).toBe(join(scene.shelf, '2026/11/20', file?.fileName ?? ''));
    expect(file?.peaks?.length).toBe(800);
    expect(media.link('main-1795199403.487', 60)).toMatch(
      /^https:\/\/calls\.example\.com\/media\/main-1795199403\.487\.mp3\?/,
    );
    expect(await media.file('main-9.9')).toBeNull();
  });

  it('in a form that CRMs do not take stay here', async () => {
    const store = await open();
    writeFileSync(join(scene.here, 'a.opus'), 'OggS');
    const outcome = await workerOf(store).work(work(callWith('a.opus')));
    expect(outcome).toMatchObject({ outcome: 'done', note: expect.stringContaining('not sent') });
    expect(following(outcome)).toEqual([]);
    expect((await mediaOf(store).file('main-1795199403.487'))?.contentType).toBe('audio/ogg');
  });

  it('made twice are one', async () => {
    const store = await open();
    toneFile(join(scene.here, 'a.wav'));
    const worker = workerOf(store);
    await worker.work(work(callWith('a.wav')));
    await worker.work(work(callWith('a.wav'), { attempts: 2 }));
    expect(scene.kept().length).toBe(1);
    expect((await mediaOf(store).file('main-1795199403.487'))?.durationMs).toBe(3000);
  });

  it('that are not there lead to nothing, to another attempt, or to a person', async () => {
    const store = await open();
    const worker = workerOf(store);
    const media = mediaOf(store);
    expect(await worker.work(work(null))).toEqual({ outcome: 'dropped', note: 'the history does not know the call' });
    const silent = talkedCall({ talkMs: 0, recordings: [recorded('a.wav')] });
    const quiet = await worker.work(work(silent));
    expect(quiet).toMatchObject({ outcome: 'done', note: 'nobody talked' });
    expect(following(quiet)).toEqual([]);
    expect(await media.state('main-1795199403.487')).toMatchObject({
      state: 'none',
      note: 'nobody talked',
      file: null,
    });
    await expect(worker.work(work(callWith('a.wav')))).rejects.toMatchObject({ kind: 'retry', retryAfterMs: 5000 });
    const old = work(callWith('a.wav'), { createdAtMs: scene.nowMs - 31 * 60_000 });
    await expect(worker.work(old)).rejects.toMatchObject({
      kind: 'rejected',
      mend: expect.stringContaining('pbx[].recordings.folders'),
    });
    expect(await media.state('main-1795199403.487')).toMatchObject({ state: 'failed' });
    expect(await media.file('main-1795199403.487')).toBeNull();
  });

  it('of a call that was joined to another are found by either id, until the file is gone', async () => {
    const store = await open();
    toneFile(join(scene.here, 'a.wav'));
    const [joined, survivor] = [talkedCall({ id: 'main-1.1', linkedIds: ['1.1'] }), callWith('a.wav')];
    await store.record({ pbx: 'main', calls: [joined].map((call) => ({ call, state: null })), merged: [], facts: [] });
    await store.record({
      pbx: 'main',
      calls: [{ call: survivor, state: null }],
      merged: [{ id: 'main-1.1', into: survivor.id }],
      facts: [],
    });
    await workerOf(store).work(work(survivor));
    const media = mediaOf(store);
    expect((await media.file('main-1.1'))?.durationMs).toBe(3000);
    scene.remove();
    expect(await media.file('main-1.1')).toBeNull();
    expect(await media.state('main-1.1')).toMatchObject({ state: 'ready' });
  });

  it('are named by the copies of the CDR rows', async () => {
    const store = await open();
    const row = (linkedId: string, file: string | null, sequence: string): CdrRow => ({
      pbx: 'main',
      uniqueId: linkedId,
      linkedId,
      sequence,
      startedAt: '2026-11-20 21:30:03',
      src: null,
      dst: null,
      channel: null,
      dstChannel: null,
      lastApp: null,
      columns: { recordingfile: file, own: 7 },
    });
    await store.addCdr([
      row('1.1', 'a.wav', '1'),
      row('1.1', 'a.wav', '2'),
      row('1.1', '', '3'),
      row('1.1', null, '4'),
    ]);
    await store.addCdr([row('1.2', 'b.wav', '5'), row('1.3', 'c.wav', '6')]);
    const about = { pbx: 'main', linkedIds: ['1.1', '1.2'], column: 'recordingfile' };
    expect(await cdrRecordings(store.database, about)).toEqual(['a.wav', 'b.wav']);
    expect(await cdrRecordings(store.database, { ...about, column: 'own' })).toEqual([]);
    expect(await cdrRecordings(store.database, { ...about, pbx: 'other' })).toEqual([]);
    expect(await cdrRecordings(store.database, { ...about, linkedIds: [] })).toEqual([]);
  });
});

describe('a disk that is full', () => {
  const disk = smallDisk();

  it.skipIf(disk === null)(
    'in the middle of an mp3 keeps nothing half-written, and what waits is made afterwards',
    async () => {
      const folder = disk?.path ?? '';
      try {
        writeFileSync(join(scene.here, 'a.wav'), wav(bytesOf(tone({ hz: 440, ms: 600_000 }))));
        const shelf = { folder: join(folder, randomUUID()), reserveBytes: 0 };
        let makeRoom = (): void => undefined;
        const encoder = createEncoder(() => {
          // Room for the mp3 was there when it began.
          makeRoom = fillDisk(folder);
        });
        const full = await scene.prepare(callWith('a.wav'), { shelf, encoder });
        expect(full).toMatchObject({
          kind: 'later',
          message: expect.stringContaining('is full'),
          mend: expect.stringContaining('recordings.folder'),
        });
        expect(
          readdirSync(shelf.folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile()),
        ).toEqual([]);
        const still = await scene.prepare(callWith('a.wav'), { shelf });
        expect(still).toMatchObject({ kind: 'later', message: expect.stringContaining('is full') });
        makeRoom();
        expect(await scene.prepare(callWith('a.wav'), { shelf })).toMatchObject({
          kind: 'ready',
          media: { durationMs: 600_000 },
        });
      } finally {
        disk?.remove();
      }
    },
  );
});
