import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Portal } from './portal.ts';
import { applicationOf, authorised, fakePortal, opened } from './testing/open-portal.ts';

function recordOf(text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-record-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'record.mp3');
  writeFileSync(path, text);
  return { path, fileName: 'Запись 1.mp3', contentType: 'audio/mpeg', bytes: Buffer.byteLength(text) };
}

/** A finished call, and where its record goes. */
async function uploadOf(portal: Portal): Promise<{ callId: string; uploadUrl: string; fieldName: string }> {
  const call = { USER_ID: 11, PHONE_NUMBER: '+79261112233', TYPE: 2, EXTERNAL_CALL_ID: 'upload-1' };
  const { result } = await portal.call('telephony.externalcall.register', call);
  const { CALL_ID: callId } = result as { CALL_ID: string };
  await portal.call('telephony.externalcall.finish', { CALL_ID: callId, USER_ID: 11, DURATION: 5 });
  const asked = await portal.call('telephony.externalcall.attachrecord', { CALL_ID: callId, FILENAME: 'record-1.mp3' });
  return { callId, ...(asked.result as { uploadUrl: string; fieldName: string }) };
}

describe('a record', () => {
  it.each(['webhook', 'application'] as const)('goes as a file of its own: %s', async (access) => {
    const fake = await fakePortal();
    const { portal } = opened(access === 'webhook' ? { webhook: fake.webhookUrl() } : applicationOf(fake), {
      secrets: authorised(fake),
    });
    const { uploadUrl, fieldName } = await uploadOf(portal);
    const result = await portal.upload(uploadUrl, fieldName, recordOf('ID3 sound'), { lane: 'backlog' });
    expect(result).toMatchObject({ FILE_ID: expect.any(Number) });
    expect(fake.state.files.size).toBe(1);
    expect(fake.calls().filter((call) => JSON.stringify(call).includes('record-1.mp3'))).toHaveLength(1);
  });

  it('goes to the portal’s own address, whatever address was given', async () => {
    const fake = await fakePortal();
    const { portal, logged } = opened({ webhook: fake.webhookUrl() });
    const { uploadUrl, fieldName } = await uploadOf(portal);
    const behind = uploadUrl.replace(fake.baseUrl(), 'http://10.0.0.5:8080');
    await portal.upload(behind, fieldName, recordOf('ID3'));
    expect(logged.every(({ url }) => url.startsWith(fake.baseUrl()))).toBe(true);
  });

  it('that is not there was not sent', async () => {
    const fake = await fakePortal();
    const { portal } = opened({ webhook: fake.webhookUrl() });
    const gone = { path: '/nowhere/record.mp3', fileName: 'r.mp3', contentType: 'audio/mpeg', bytes: 3 };
    await expect(portal.upload(`${fake.baseUrl()}/rest/upload`, 'file', gone)).rejects.toMatchObject({
      kind: 'refused',
      code: 'NO_FILE',
    });
    await expect(portal.upload('nonsense', 'file', gone)).rejects.toMatchObject({ kind: 'bug' });
    expect(fake.requests).toEqual([]);
  });

  it('with a token that has run out is told, so that a new address is asked for', async () => {
    const fake = await fakePortal();
    const { portal } = opened(applicationOf(fake), { secrets: authorised(fake) });
    const { uploadUrl, fieldName } = await uploadOf(portal);
    fake.unkind.skewMs = 2 * 3_600_000;
    await expect(portal.upload(uploadUrl, fieldName, recordOf('ID3'))).rejects.toMatchObject({
      code: 'UPLOAD_EXPIRED',
    });
    // The next one works: its address comes with a new token.
    const again = await uploadOf(portal);
    await portal.upload(again.uploadUrl, again.fieldName, recordOf('ID3'));
  });

  it('gets its turn while a backlog waits', async () => {
    const fake = await fakePortal();
    const { portal } = opened({ webhook: fake.webhookUrl(), requestsPerSec: 10 });
    const { uploadUrl, fieldName } = await uploadOf(portal);
    const others = Array.from({ length: 3_000 }, () => portal.call('profile', {}, { lane: 'usual' }));
    const settled = Promise.allSettled(others);
    await portal.upload(uploadUrl, fieldName, recordOf('ID3'), { lane: 'backlog' });
    expect(portal.status().waiting.usual).toBeGreaterThan(0);
    await portal.close();
    await settled;
  }, 20_000);
});
