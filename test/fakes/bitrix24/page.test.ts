import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';
import { call, finish, openPortal, registered } from './test-client.ts';

const HOSTILE = '<img src=x onerror=alert(1)>"\'';

it('serves a page that loads nothing from elsewhere and runs only its own script', async () => {
  const portal = await openPortal();
  const response = await fetch(portal.baseUrl());
  const text = await response.text();
  const policy = response.headers.get('content-security-policy') ?? '';
  const nonce = /script-src 'nonce-([^']+)'/.exec(policy)?.[1] ?? '';
  expect(policy).toMatch(/^default-src 'none'/);
  expect(text).toContain(`<script nonce="${nonce}">`);
  expect(text).not.toMatch(/(?:src|href)="?https?:/);
});

it('shows what the portal holds, with every stranger’s text escaped', async () => {
  const portal = await openPortal();
  portal.addEntity('CONTACT', { NAME: HOSTILE, LAST_NAME: '' }, [HOSTILE]);
  await call(portal, 'tasks.task.add', { fields: { TITLE: HOSTILE, RESPONSIBLE_ID: 11, UF_CRM_TASK: [HOSTILE] } });
  await finish(portal, await registered(portal, { LINE_NUMBER: HOSTILE, EXTERNAL_CALL_ID: HOSTILE }), {
    STATUS_CODE: HOSTILE,
  });
  await registered(portal, { USER_ID: 12 });
  const shown = await (await fetch(`${portal.baseUrl()}/fake/state`)).text();
  expect(shown).not.toContain('<img');
  const { tables, counters } = JSON.parse(shown) as {
    tables: Record<string, [string, string][]>;
    counters: Record<string, number>;
  };
  expect(tables['calls']!.map(([, cells]) => cells).join('')).toContain(
    '&lt;img src=x onerror=alert(1)&gt;&quot;&#39;',
  );
  expect(tables['tasks']).toHaveLength(1);
  expect(tables['users']!.find(([id]) => id === '12')![1]).toContain('+79261000001');
  expect(counters).toMatchObject({ live: 1, finished: 1 });
});

it('takes clicks and rules from its own page only', async () => {
  const portal = await openPortal();
  const send = (path: string, body: object, type = 'application/json'): Promise<Response> =>
    fetch(`${portal.baseUrl()}/fake/${path}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: JSON.stringify(body),
    });
  expect(await (await send('click', { userId: '11', phone: '+79261000001' })).text()).toMatch(/^externalCall\./);
  expect((await send('click', { userId: '11', phone: '1' }, 'text/plain')).status).toBe(404);
  await send('unkind', { do: 'add', kind: 'limit', method: 'profile', times: '1', ms: '', probability: '1' });
  expect((await call(portal, 'profile')).status).toBe(503);
  expect((await call(portal, 'profile')).status).toBe(200);
});

it('starts by hand and says where it is', async () => {
  const child = spawn(process.execPath, [`${import.meta.dirname}/main.ts`, '--port', '0']);
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  try {
    await expect.poll(() => /webhook\s+(\S+)/.exec(said)?.[1], { timeout: 10_000 }).toBeTruthy();
    const webhook = /webhook\s+(\S+)/.exec(said)![1]!;
    expect((await fetch(`${webhook}profile`)).status).toBe(200);
    expect(said).toMatch(/client id\s+local\.[\s\S]*client secret\s+\S+/);
  } finally {
    child.kill('SIGTERM');
  }
  expect(await ended).toBe(0);
});
