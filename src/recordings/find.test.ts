// Which files are found and which are never touched, with real files.
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { talkedCall } from './testing/call.ts';
import { callWith, monitor, Scene } from './testing/scene.ts';
import { toneFile } from './testing/sound.ts';

let scene: Scene;

beforeEach(() => {
  scene = new Scene();
});
afterEach(() => scene.remove());

describe('a file that Asterisk did not tell', () => {
  it('is found by the CDR, where FreePBX puts it', async () => {
    const name = 'in-74951000101-79161234567-20261120-213003-1795199403.487.wav';
    mkdirSync(join(scene.here, '2026/11/20'), { recursive: true });
    toneFile(join(scene.here, '2026/11/20', name));
    const asked: unknown[] = [];
    const cdrNames = async (about: unknown) => (asked.push(about), [name]);
    const noName = { ...scene.source, names: [] };
    const media = scene.ready(await scene.prepare(talkedCall(), { cdrNames, sources: new Map([['main', noName]]) }));
    expect(media.durationMs).toBe(3000);
    expect(asked).toEqual([{ pbx: 'main', linkedIds: ['1795199403.487'], column: 'recordingfile' }]);
  });

  it('is found by the template of its name, and only that one', async () => {
    mkdirSync(join(scene.here, '2026/11/20'), { recursive: true });
    toneFile(join(scene.here, '2026/11/20/out-1-2-20261120-183003-1795199403.487.wav'), { ms: 1000 });
    toneFile(join(scene.here, '2026/11/20/out-1-2-20261120-183003-1795199403.4870.wav'), { ms: 2000 });
    writeFileSync(join(scene.here, '2026/11/20/out-1-2-20261120-183003-1795199403.487.txt'), 'no sound');
    expect(await scene.prepare(callWith('elsewhere.wav'))).toMatchObject({ kind: 'later' });
    expect(scene.ready(await scene.prepare(callWith('elsewhere.wav'), { ageMs: 60_000 })).durationMs).toBe(1000);
    const hostile = talkedCall({ linkedIds: ['../../../x', '*', 'a/b'] });
    expect(await scene.prepare(hostile)).toMatchObject({ kind: 'later', retryAfterMs: 60_000 });
    expect(await scene.prepare(hostile, { ageMs: 120_000 })).toMatchObject({
      kind: 'none',
      media: { note: 'nothing was recorded' },
    });
  });
});

describe('nothing is read outside of the folders', () => {
  beforeEach(() => {
    toneFile(join(scene.root, 'secret.wav'));
    mkdirSync(join(scene.root, 'monitor-other'));
    toneFile(join(scene.root, 'monitor-other/a.wav'));
  });

  it.each([
    `${monitor}/../secret.wav`,
    `${monitor}/x/../../secret.wav`,
    '../secret.wav',
    'x/../../secret.wav',
    `${monitor}-other/a.wav`,
    '/etc/passwd',
    'a\0.wav',
    '..',
    '',
  ])('by the name %j', async (file) => {
    const prepared = await scene.prepare(callWith(file));
    expect(prepared).toMatchObject({ kind: 'never', mend: expect.stringContaining('pbx[].recordings.folders') });
    expect(scene.kept()).toEqual([]);
  });

  it('by a link, to a file or to a folder', async () => {
    symlinkSync(join(scene.root, 'secret.wav'), join(scene.here, 'a.wav'));
    expect(await scene.prepare()).toMatchObject({ kind: 'never' });
    symlinkSync(join(scene.root, 'monitor-other'), join(scene.here, 'sub'));
    expect(await scene.prepare(callWith('sub/a.wav'))).toMatchObject({ kind: 'never' });
    expect(scene.kept()).toEqual([]);
  });

  it('but a link within them may be followed', async () => {
    toneFile(join(scene.here, 'b.wav'));
    symlinkSync(join(scene.here, 'b.wav'), join(scene.here, 'a.wav'));
    expect(scene.ready(await scene.prepare()).durationMs).toBe(3000);
  });

  it('and only files are: a pipe or a folder holds nobody up', async () => {
    execFileSync('mkfifo', [join(scene.here, 'a.wav')]);
    mkdirSync(join(scene.here, 'b.wav'));
    expect(await scene.prepare()).toMatchObject({ kind: 'later', message: 'not there yet: "a.wav"' });
    expect(await scene.prepare(callWith('b.wav'))).toMatchObject({ kind: 'later' });
    expect(await scene.prepare(callWith(`${'x'.repeat(300)}.wav`))).toMatchObject({ kind: 'later' });
    expect(await scene.prepare(callWith('a.wav/b.wav'))).toMatchObject({ kind: 'later' });
  });

  it('and what a caller put into a name does not reach a message as it is', async () => {
    const prepared = await scene.prepare(callWith('a\r\nX: \u001b[31m.wav'));
    expect(prepared).toMatchObject({ kind: 'later', message: String.raw`not there yet: "a\r\nX: \u001b[31m.wav"` });
  });
});
