import { expect, test } from 'vitest';
import { answeredCall, endedCall, portalWorld, recordingOf, ringingCall } from './testing/portal-world.ts';

const known = '+79261000001';

async function registered(options: Parameters<typeof portalWorld>[0] = {}) {
  const world = await portalWorld(options);
  const call = endedCall(answeredCall(ringingCall({}, known)));
  await world.deliver('ended', call);
  return { world, call };
}

test('a recording is uploaded under a small name of its own, and is on the activity', async () => {
  const { world, call } = await registered();
  world.media.set(call.id, recordingOf(call.id, 5000));
  expect(await world.deliver('record', call)).toMatchObject({ outcome: 'done', attempts: 1 });
  const [file] = world.portal.state.files.all();
  expect(file).toMatchObject({ bytes: 5000, mime: 'audio/mpeg' });
  expect(file?.name).toMatch(/^запись_call-\d+_[0-9a-f]{8}\.mp3$/);
  expect(world.portal.state.activities.all()[0]?.fileIds).toEqual([file?.id]);
});

test.each(['cut-before', 'cut-after', 'html', 'limit'] as const)('%s in either step: one record', async (kind) => {
  for (const method of ['telephony.externalcall.attachrecord', 'upload']) {
    const { world, call } = await registered();
    world.media.set(call.id, recordingOf(call.id));
    world.portal.unkind.add({ kind, method, times: 1 });
    expect(await world.deliver('record', call)).toMatchObject({ outcome: 'done' });
    expect(world.portal.counters()['records']).toBe(1);
    expect(world.portal.state.statistics.all()[0]?.fileId).toBe(1);
  }
});

test('a name that is taken is changed', async () => {
  const { world, call } = await registered();
  world.media.set(call.id, recordingOf(call.id));
  world.portal.unkind.add({
    kind: 'refuse',
    method: 'telephony.externalcall.attachrecord',
    times: 1,
    error: { code: '', description: 'A file or folder with the name "x" already exists' },
  });
  expect(await world.deliver('record', call)).toMatchObject({ outcome: 'done', attempts: 2 });
  expect(world.portal.state.files.all()[0]?.name).toMatch(/_2\.mp3$/);
});

test('nothing is sent when there is nothing, or the call is not there', async () => {
  const { world, call } = await registered();
  expect(await world.deliver('record', call)).toMatchObject({ outcome: 'dropped', note: 'There is no recording' });
  world.media.set(call.id, recordingOf(call.id, 44));
  expect(await world.deliver('record', call)).toMatchObject({ outcome: 'dropped', note: 'The recording is empty' });
  const other = endedCall(answeredCall(ringingCall({}, known)));
  expect(await world.deliver('record', other)).toMatchObject({ outcome: 'dropped' });
});

test('by option the portal fetches it from us', async () => {
  const { world, call } = await registered({ settings: { recordBy: 'link' }, publicUrl: 'http://127.0.0.1:9' });
  world.media.set(call.id, recordingOf(call.id));
  world.sent();
  await expect(world.attempt('record', call)).rejects.toMatchObject({ kind: 'retry' });
  expect(world.sent()).toEqual(['telephony.externalcall.attachrecord']);
  expect(world.portal.requests.at(-1)?.params).toMatchObject({ RECORD_URL: `http://127.0.0.1:9/media/${call.id}.mp3` });
});
