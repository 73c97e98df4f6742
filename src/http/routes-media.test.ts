// Recordings over a real socket: ranges, links, and who may.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { KeptRecording } from '../recordings/media.ts';
import { testServer, type TestServer } from './testing/test-server.ts';

const sound = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7) & 255));
const callId = 'main-1795199403.487';

describe('recordings', () => {
  let folder = '';
  let server: TestServer;
  let address = '';

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'patchcord-media-'));
    writeFileSync(join(folder, 'a.mp3'), sound);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  beforeEach(async () => {
    server = testServer();
    address = await server.app.listen({ host: '127.0.0.1', port: 0 });
    server.media.files.set(callId, kept('a.mp3'));
  });
  afterEach(() => server.app.close());

  const kept = (file: string): KeptRecording => ({
    path: join(folder, file),
    bytes: sound.length,
    durationMs: 1500,
    contentType: 'audio/mpeg',
    fileName: '20261121-003102_101_79161234567_1a2b3c4d.mp3',
    peaks: new Uint8Array([0, 128, 255]),
  });
  const api = `/api/v1/calls/${callId}/recording`;
  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(address + path, { method, headers });
  const withToken = (headers: Record<string, string> = {}) => ({ authorization: `Bearer ${server.token}`, ...headers });
  const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

  it('come whole, with their type, size and name', async () => {
    const response = await ask(api, withToken());
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'audio/mpeg',
      'content-length': '5000',
      'accept-ranges': 'bytes',
      'content-disposition': 'inline; filename="20261121-003102_101_79161234567_1a2b3c4d.mp3"',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(await bytesOf(response)).toEqual(sound);
    const saved = await ask(`${api}?download=1`, withToken());
    expect(saved.headers.get('content-disposition')).toMatch(/^attachment; /);
  });

  it('come in parts', async () => {
    const middle = await ask(api, withToken({ range: 'bytes=100-199' }));
    expect(middle.status).toBe(206);
    expect(middle.headers.get('content-range')).toBe('bytes 100-199/5000');
    expect(middle.headers.get('content-length')).toBe('100');
    expect(await bytesOf(middle)).toEqual(sound.subarray(100, 200));
    const end = await ask(api, withToken({ range: 'bytes=-10' }));
    expect(end.status).toBe(206);
    expect(await bytesOf(end)).toEqual(sound.subarray(4990));
    const rest = await ask(api, withToken({ range: 'bytes=4000-' }));
    expect(await bytesOf(rest)).toEqual(sound.subarray(4000));
    const several = await ask(api, withToken({ range: 'bytes=0-1,10-11' }));
    expect(several.status).toBe(200);
    expect(await bytesOf(several)).toEqual(sound);
  });

  it('have no part behind their end', async () => {
    const response = await ask(api, withToken({ range: 'bytes=5000-' }));
    expect(response.status).toBe(416);
    expect(response.headers.get('content-range')).toBe('bytes */5000');
    expect(response.headers.get('content-disposition')).toBeNull();
    expect(await response.json()).toMatchObject({ error: { code: 'range_not_satisfiable' } });
  });

  it('give a part only of what the player already has (If-Range)', async () => {
    const { headers } = await ask(api, withToken());
    const etag = headers.get('etag') ?? '';
    const modified = headers.get('last-modified') ?? '';
    expect(etag).toMatch(/^"[^"]+"$/);
    for (const [condition, status] of [
      [etag, 206],
      [modified, 206],
      ['"another"', 200],
      ['Thu, 01 Jan 1970 00:00:00 GMT', 200],
    ] as const) {
      const response = await ask(api, withToken({ range: 'bytes=0-9', 'if-range': condition }));
      expect({ condition, status: response.status }).toEqual({ condition, status });
      expect((await bytesOf(response)).length).toBe(status === 206 ? 10 : 5000);
    }
  });

  it('answer HEAD without a body', async () => {
    for (const path of [api, server.media.link(callId, 60)]) {
      const response = await ask(path, withToken(), 'HEAD');
      expect(response.status).toBe(200);
      expect(response.headers.get('content-length')).toBe('5000');
      expect(response.headers.get('content-type')).toBe('audio/mpeg');
      expect((await bytesOf(response)).length).toBe(0);
    }
    expect(server.logged.join('')).not.toContain('listened to');
  });

  it('need a token, or a link', async () => {
    expect((await ask(api)).status).toBe(401);
    expect((await ask(`/api/v1/calls/${callId}/peaks`)).status).toBe(401);
    expect((await ask(`/media/${callId}.mp3`)).status).toBe(403);
  });

  it('play by a signed link from any page, whatever a CRM adds to it', async () => {
    const response = await ask(`${server.media.link(callId, 60)}&secret=abc`, { range: 'bytes=0-9' });
    expect(response.status).toBe(206);
    expect(response.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    expect(await bytesOf(response)).toEqual(sound.subarray(0, 10));
  });

  it('do not play by a link that was made by somebody else or altered', async () => {
    const link = new URL(server.media.link(callId, 60), address);
    const signature = link.searchParams.get('signature') ?? '';
    const forgeries: Record<string, string>[] = [
      { signature: '' },
      { signature: signature.slice(1) },
      { signature: `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}` },
      { expires: String(Number(link.searchParams.get('expires')) + 1) },
      { expires: '' },
      { expires: '99999999999999999999' },
      { expires: 'NaN' },
    ];
    for (const changed of forgeries) {
      const forged = new URL(link);
      for (const [key, value] of Object.entries(changed)) forged.searchParams.set(key, value);
      const response = await fetch(forged);
      expect({ changed, status: response.status }).toEqual({ changed, status: 403 });
      expect(await response.json()).toMatchObject({ error: { code: 'link_invalid' } });
    }
    // A link of one call opens no other one.
    const other = server.media.link('main-1.1', 60).replace('main-1.1', callId);
    expect((await ask(other)).status).toBe(403);
  });

  it('do not play by a link whose time is over', async () => {
    const link = server.media.link(callId, 60);
    server.media.aheadMs = 59_000;
    expect((await ask(link)).status).toBe(200);
    server.media.aheadMs = 61_000;
    const response = await ask(link);
    expect(response.status).toBe(410);
    expect(await response.json()).toMatchObject({ error: { code: 'link_expired' } });
  });

  it('tell apart what is not there, and show no folder', async () => {
    const reply = await ask('/api/v1/calls/main-9.9/recording', withToken());
    expect(reply.status).toBe(404);
    expect(await reply.json()).toMatchObject({ error: { code: 'recording_not_found' } });
    server.media.files.set('gone', kept('gone.mp3'));
    const gone = await ask('/api/v1/calls/gone/recording', withToken());
    expect(gone.status).toBe(404);
    expect(await gone.text()).not.toContain(folder);
    for (const path of [
      '/media/',
      '/media',
      '/media/..%2f..%2fetc%2fpasswd',
      '/media/.mp3',
      '/media/a.mp3',
      '/media/%2e%2e/',
    ]) {
      const response = await rawGet(path);
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.status).toBeLessThan(500);
      expect(response.body).not.toMatch(/root:|a\.mp3/);
    }
  });

  it('take the longest id that a call can have', async () => {
    const long = `main-${'1'.repeat(150)}`;
    server.media.files.set(long, kept('a.mp3'));
    expect((await ask(server.media.link(long, 60))).status).toBe(200);
    expect((await ask(`/api/v1/calls/${long}/recording`, withToken())).status).toBe(200);
  });

  it('are drawn by their peaks', async () => {
    const response = await ask(`/api/v1/calls/${callId}/peaks`, withToken());
    expect(await response.json()).toEqual({ durationMs: 1500, peaks: [0, 128, 255] });
  });

  it('leave in the log who listened, once', async () => {
    await (await ask(api, withToken())).arrayBuffer();
    await (await ask(api, withToken({ range: 'bytes=2000-' }))).arrayBuffer();
    await (await ask(server.media.link(callId, 60))).arrayBuffer();
    const listened = server.logged.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(listened.filter(({ msg }) => msg === 'a recording is listened to')).toMatchObject([
      { callId, listener: 'token 1', address: '127.0.0.1' },
      { callId, listener: 'link', address: '127.0.0.1' },
    ]);
    expect(server.logged.join('')).not.toContain('signature');
  });

  it('let go of the file when the player goes away in the middle', async () => {
    writeFileSync(join(folder, 'large.mp3'), Buffer.alloc(8_000_000, 1));
    server.media.files.set('large', kept('large.mp3'));
    const left = await new Promise<IncomingMessage>((resolve, reject) => {
      const asked = httpRequest(address + server.media.link('large', 60), resolve);
      asked.on('error', reject).end();
    });
    left.destroy();
    await expect.poll(() => openFiles('large.mp3')).toBe(0);
  });

  /** As it stands, without a client that tidies the path up first. */
  function rawGet(path: string): Promise<{ status: number; body: string }> {
    const { hostname, port } = new URL(address);
    return new Promise((resolve, reject) => {
      const asked = httpRequest({ hostname, port, path }, (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      });
      asked.on('error', reject).end();
    });
  }
});

/** How many handles this process has on a file of this name; 0 where /proc does not tell. */
async function openFiles(name: string): Promise<number> {
  const { readdir, readlink } = await import('node:fs/promises');
  const handles = await readdir('/proc/self/fd').catch(() => []);
  const targets = await Promise.all(handles.map((handle) => readlink(`/proc/self/fd/${handle}`).catch(() => '')));
  return targets.filter((target) => target.endsWith(name)).length;
}
