import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { FakePortal } from './portal.ts';
import { asApp, call, finish, openPortal, registered, result } from './test-client.ts';

const MP3 = Buffer.from('ID3 the sound of a call');
const WAV = Buffer.from('RIFF0000WAVEfmt the sound');

const attach = async (portal: FakePortal, CALL_ID: string, params: object): Promise<Record<string, unknown>> =>
  (await call(portal, 'telephony.externalCall.attachRecord', { CALL_ID, ...params })).body;

const finished = async (portal: FakePortal, params: object = {}): Promise<string> => {
  const callId = await registered(portal, params);
  await finish(portal, callId, { DURATION: 5 });
  return callId;
};

/** A server of one file for the portal to fetch. */
async function fileServer(content: Buffer, status = 200): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status).end(content));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const content = (bytes: Buffer): object => ({ FILE_CONTENT: bytes.toString('base64') });

describe('attachRecord', () => {
  it('takes content in base64 and shows it in statistics, activity and view', async () => {
    const portal = await openPortal();
    const callId = await finished(portal);
    expect((await attach(portal, callId, { FILENAME: 'a.mp3', ...content(MP3) }))['result']).toEqual({ FILE_ID: 1 });
    const [row] = await result<Record<string, unknown>[]>(portal, 'voximplant.statistic.get', {
      FILTER: { CALL_ID: callId },
    });
    expect(row!['RECORD_FILE_ID']).toBe(1);
    const bytes = await fetch(String(row!['CALL_RECORD_URL']));
    expect(Buffer.from(await bytes.arrayBuffer())).toEqual(MP3);
    expect(portal.calls()[0]).toMatchObject({
      records: [{ name: 'a.mp3', bytes: MP3.length, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string }],
      activities: [{ STORAGE_TYPE_ID: '3', FILES: [{ id: 1 }] }],
    });
  });

  it('refuses what is not finished, not named well or not base64', async () => {
    const portal = await openPortal();
    const live = await registered(portal);
    const error = async (callId: string, params: object): Promise<unknown> =>
      (await attach(portal, callId, params))['error_description'];
    expect(await error(live, { FILENAME: 'a.mp3' })).toBe(
      'Call is not found in the statistic table. Looks like it is not finished yet.',
    );
    const callId = await finished(portal, { PHONE_NUMBER: '+79261000003' });
    expect(await error(callId, {})).toMatch(/^Required parameters are not set/);
    expect(await error(callId, { FILENAME: '' })).toBe('File name is empty');
    for (const FILENAME of ['a.MP3', 'a.flac', 'a.ogg'])
      expect(await error(callId, { FILENAME, ...content(MP3) })).toMatch(/^Wrong file extension/);
    expect(await error(callId, { FILENAME: 'a.mp3', FILE_CONTENT: '' })).toBe('File content is empty.');
    expect(await error(callId, { FILENAME: 'a.mp3', FILE_CONTENT: 'data:audio/mp3;base64,AAAA' })).toMatch(/Base64/);
  });

  it('wants names unique in a month and lets a new record replace the old', async () => {
    const portal = await openPortal();
    const CALL_START_DATE = '2026-10-05T10:00:00+03:00';
    const first = await finished(portal, { CALL_START_DATE });
    const second = await finished(portal, { CALL_START_DATE });
    const other = await finished(portal, { CALL_START_DATE: '2026-09-05T10:00:00+03:00' });
    await attach(portal, first, { FILENAME: 'a.mp3', ...content(MP3) });
    expect((await attach(portal, second, { FILENAME: 'a.mp3', ...content(MP3) }))['error']).toBe('');
    expect(await attach(portal, other, { FILENAME: 'a.mp3', ...content(MP3) })).toHaveProperty('result');
    expect(await attach(portal, first, { FILENAME: 'b.wav', ...content(WAV) })).toHaveProperty('result');
    expect(portal.calls()[0]!.records.map(({ name }) => name)).toEqual(['b.wav']);
    expect(await attach(portal, second, { FILENAME: 'a.mp3', ...content(MP3) })).toHaveProperty('result');
  });

  it('gives a signed address to upload to, by webhook and by application', async () => {
    const portal = await openPortal();
    const app = asApp(portal);
    const links = [
      async (callId: string) => (await attach(portal, callId, { FILENAME: `${callId}.mp3` }))['result'],
      async (callId: string) =>
        (await app('telephony.externalCall.attachRecord', { CALL_ID: callId, FILENAME: `${callId}.mp3` })).body[
          'result'
        ],
    ];
    for (const link of links) {
      const { uploadUrl, fieldName } = (await link(await finished(portal))) as { uploadUrl: string; fieldName: string };
      expect(fieldName).toBe('file');
      const form = new FormData();
      form.set('file', new Blob([MP3]), 'any.mp3');
      const forged = await fetch(
        uploadUrl.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
        { method: 'POST', body: form },
      );
      expect(await forged.json()).toMatchObject({ error: 'ACCESS_DENIED' });
      const answer = await (await fetch(uploadUrl, { method: 'POST', body: form })).json();
      expect(answer).toEqual({ result: { FILE_ID: expect.any(Number) as number } });
    }
    expect(portal.calls().map(({ records }) => records.length)).toEqual([1, 1]);
  });

  it('fetches an address within the request', async () => {
    const portal = await openPortal();
    const callId = await finished(portal);
    const url = await fileServer(MP3);
    expect(await attach(portal, callId, { RECORD_URL: `${url}/x`, FILENAME: 'x.mp3' })).toHaveProperty('result');
    expect(await attach(portal, callId, { RECORD_URL: `${url}/named.mp3` })).toHaveProperty('result');
    expect((await attach(portal, callId, { RECORD_URL: `${url}/bare` }))['error_description']).toMatch(/extension/);
    expect((await attach(portal, callId, { RECORD_URL: '', FILENAME: 'x.mp3', ...content(MP3) }))['error']).toBe('');
    const gone = await fileServer(MP3, 404);
    const failed = await attach(portal, callId, { RECORD_URL: `${gone}/y.mp3` });
    expect(failed['error_description']).toBe('Server returns HTTP error code 404');
    const html = await fileServer(Buffer.from('<html>'));
    expect((await attach(portal, callId, { RECORD_URL: `${html}/z.mp3` }))['error_description']).toMatch(/type/);
  });

  it('fetches the address of a finish after it, in silence', async () => {
    const portal = await openPortal();
    const RECORD_URL = `${await fileServer(MP3)}/late.mp3`;
    const callId = await registered(portal);
    expect((await finish(portal, callId, { DURATION: 4, RECORD_URL })).status).toBe(200);
    await expect.poll(() => portal.calls()[0]!.records.map(({ name }) => name)).toEqual(['late.mp3']);
  });

  it('keeps the bytes of the newest only, and length and hash of all', async () => {
    const portal = await openPortal({ keptRecords: 1 });
    const callId = await finished(portal);
    for (const name of ['a.mp3', 'b.mp3']) await attach(portal, callId, { FILENAME: name, ...content(MP3) });
    expect(portal.state.files.all().map((file) => [file.bytes, file.content !== null])).toEqual([
      [MP3.length, false],
      [MP3.length, true],
    ]);
  });
});
