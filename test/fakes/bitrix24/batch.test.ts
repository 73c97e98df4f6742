import { describe, expect, it } from 'vitest';
import type { FakePortal } from './portal.ts';
import { asApp, call, openPortal, phpQuery } from './test-client.ts';

interface Batch {
  result: Record<string, unknown>;
  result_error: Record<string, { error: string; error_description: string }>;
  result_total: Record<string, number>;
  result_next: Record<string, number>;
  result_time: Record<string, unknown>;
}

const batch = async (portal: FakePortal, cmd: object, halt: string | number = 0): Promise<Batch> =>
  (await call(portal, 'batch', { halt, cmd })).body['result'] as Batch;

const REGISTER = `telephony.externalcall.register?${phpQuery({ USER_ID: 11, TYPE: 2, PHONE_NUMBER: '+79261000001' })}`;

describe('batch', () => {
  it('fills references in, one command after another', async () => {
    const portal = await openPortal();
    const { result, result_error: errors } = await batch(portal, {
      reg: REGISTER,
      fin: 'telephony.externalcall.finish?USER_ID=11&DURATION=5&CALL_ID=$result[reg][CALL_ID]',
      users: 'user.get?FILTER[ID]=11',
      note: 'im.notify?USER_ID=$result[users][0][ID]&MESSAGE=user $result[users][0][NAME] called',
      total: 'im.notify?USER_ID=11&MESSAGE=$total[users]',
    });
    expect(errors).toEqual([]);
    expect(result['fin']).toMatchObject({ CALL_STATUS: 1, CALL_START_DATE: {} });
    expect(portal.state.notes.all().map(({ message }) => message)).toEqual(['user Boris called', '1']);
  });

  it('swallows text glued to a reference, and leaves one that is no scalar', async () => {
    const portal = await openPortal();
    await batch(portal, {
      p: 'profile',
      glued: 'im.notify?USER_ID=11&MESSAGE=<$result[p][NAME]> and more',
      array: 'im.notify?USER_ID=11&MESSAGE=all of $result[p] here',
    });
    expect(portal.state.notes.all().map(({ message }) => message)).toEqual([
      '<Anna and more',
      'all of $result[p] here',
    ]);
  });

  it('takes a reference to a failed command for the whole map, which finish refuses', async () => {
    const portal = await openPortal();
    const { result_error: errors, result } = await batch(portal, {
      reg: 'telephony.externalcall.register?USER_ID=11&TYPE=9&PHONE_NUMBER=123',
      fin: 'telephony.externalcall.finish?USER_ID=11&CALL_ID=$result[reg][CALL_ID]',
    });
    expect(errors['reg']).toEqual({ error: '', error_description: 'Unknown TYPE' });
    expect(errors['fin']).toMatchObject({ error: 'INVALID_ARGUMENT' });
    expect(result).toEqual([]);
  });

  it('goes on after an error, or stops when halt is truthy, "false" included', async () => {
    const portal = await openPortal();
    const cmd = { bad: 'no.such', good: 'profile' };
    expect((await batch(portal, cmd, 0)).result).toHaveProperty('good');
    for (const halt of [1, 'false']) {
      const { result, result_error: errors } = await batch(portal, cmd, halt);
      expect(result).toEqual([]);
      expect(Object.keys(errors)).toEqual(['bad']);
    }
  });

  it('runs fifty and refuses the rest under their keys', async () => {
    const portal = await openPortal();
    const cmd = Object.fromEntries(Array.from({ length: 52 }, (_, index) => [`c${index}`, 'server.time']));
    const { result, result_error: errors } = await batch(portal, cmd);
    expect(Object.keys(result)).toHaveLength(50);
    expect(Object.keys(errors)).toEqual(['c50', 'c51']);
    expect(errors['c50']!.error).toBe('ERROR_BATCH_LENGTH_EXCEEDED');
  });

  it('refuses batch, upload and download inside, and skips what is no text', async () => {
    const portal = await openPortal();
    const response = await fetch(`${portal.webhookUrl()}batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        cmd: { a: 'batch?cmd[x]=profile', b: 'upload', c: 'download', d: { method: 'profile' } },
      }),
    });
    const { result } = (await response.json()) as { result: Batch };
    expect(Object.values(result.result_error).map(({ error }) => error)).toEqual(
      Array(3).fill('ERROR_BATCH_METHOD_NOT_ALLOWED'),
    );
    expect(result.result).toEqual([]);
  });

  it('shows empty maps and numbered keys as lists, totals and times by key', async () => {
    const portal = await openPortal();
    const numbered = await batch(portal, { 0: 'server.time', 1: 'crm.lead.list' });
    expect(Array.isArray(numbered.result)).toBe(true);
    expect(numbered.result_error).toEqual([]);
    const named = await batch(portal, { leads: 'crm.lead.list' });
    expect(named.result_total).toEqual({ leads: 1 });
    expect(named.result_next).toEqual([]);
    expect(named.result_time['leads']).toHaveProperty('operating');
  });

  it('runs as the outer token whatever a command says', async () => {
    const portal = await openPortal();
    const { body } = await asApp(portal, 11)('batch', { cmd: { me: 'profile?auth=stolen' } });
    expect(body['result']).toMatchObject({ result: { me: { ID: '11', ADMIN: false } } });
  });
});
