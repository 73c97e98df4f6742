import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StoredRequest } from '../crm/request-log.ts';
import { testServer, type TestServer } from '../http/testing/test-server.ts';
import { crmAuthorize } from './crm-authorize.ts';
import { crmCheck, crmRequests } from './crm.ts';
import { CommandFailure } from './failure.ts';
import { TestTerminal } from './testing/test-terminal.ts';

let server: TestServer;
let api: { url: string; token: string };

beforeEach(async () => {
  server = testServer();
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.app.server.address() as AddressInfo;
  api = { url: `http://127.0.0.1:${port}`, token: server.addToken(['admin']) };
});
afterEach(() => server.app.close());

const stored = (id: number, crm: string, changes: Partial<StoredRequest> = {}): StoredRequest => ({
  id,
  crm,
  at: Date.UTC(2026, 2, 1) + id * 1000,
  tookMs: 20,
  method: 'POST',
  url: 'https://portal.example/x',
  request: `label-${id}\naccept: */*\n\nbody`,
  status: 200,
  answer: 'yes\u001b[2J',
  deliveryId: null,
  error: null,
  ...changes,
});

async function refusal(work: Promise<void>): Promise<CommandFailure> {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  if (error instanceof CommandFailure) return error;
  throw new Error('expected a CommandFailure');
}

describe('crm check', () => {
  it('asks every connection, or the one that is named', async () => {
    const terminal = new TestTerminal();
    await crmCheck(undefined, api, terminal);
    expect(server.crm.checked).toEqual(['hooks', 'portal']);
    expect(terminal.out).toContain('ok       crm hooks: the receiver takes events\n');
    await crmCheck('portal', api, new TestTerminal());
    expect(server.crm.checked).toEqual(['hooks', 'portal', 'portal']);
  });

  it('ends with a failure when something is wrong, and says the mend', async () => {
    Object.assign(server.crm.health, { level: 'error', message: 'the scope telephony is missing', mend: 'grant it' });
    const terminal = new TestTerminal();
    expect((await refusal(crmCheck('portal', api, terminal))).exitCode).toBe(1);
    expect(terminal.out).toBe('error    crm hooks: the scope telephony is missing\n         mend: grant it\n');
  });

  it('knows its connections', async () => {
    const error = await refusal(crmCheck('nobody', api, new TestTerminal()));
    expect(error.exitCode).toBe(2);
    expect(error.mend).toBe('Connected: hooks, portal');
  });
});

describe('crm requests', () => {
  beforeEach(() => {
    server.crm.stored.push(stored(4, 'portal', { status: null, answer: '', error: 'no connection' }));
    server.crm.stored.push(stored(3, 'hooks'), stored(2, 'portal'), stored(1, 'hooks'));
  });

  it('are those of all connections, newest first, made safe', async () => {
    const terminal = new TestTerminal();
    await crmRequests({ ...api, limit: 3 }, terminal);
    const [title, ...lines] = terminal.out.trimEnd().split('\n');
    expect(title).toMatch(/^TIME +CRM +REQUEST +STATUS +MS +DELIVERY +ANSWER$/);
    expect(lines.map((line) => /label-\d/.exec(line)?.[0])).toEqual(['label-4', 'label-3', 'label-2']);
    expect(lines[0]).toMatch(/portal +label-4 +none +20 +no connection$/);
    expect(terminal.out).not.toContain('\u001b');
  });

  it('are those of one, or the failed ones, and whole as JSON', async () => {
    const terminal = new TestTerminal();
    await crmRequests({ ...api, crm: 'portal', failed: true, limit: 10, json: true }, terminal);
    expect(JSON.parse(terminal.out)).toMatchObject({ requests: [{ id: 4, crm: 'portal', error: 'no connection' }] });
  });

  it('need the scope admin', async () => {
    const error = await refusal(crmRequests({ ...api, token: server.token, limit: 10 }, new TestTerminal()));
    expect(error.message).toContain('scope');
  });
});

describe('crm authorize', () => {
  it('prints the address alone, and says where it leads', async () => {
    const terminal = new TestTerminal();
    await crmAuthorize('portal', api, terminal);
    expect(terminal.out).toBe('https://portal.example/oauth/authorize/?state=s\n');
    expect(terminal.notes.join()).toContain('https://patchcord.example/crm/portal/oauth');
    server.crm.returnUrl = null;
    const without = new TestTerminal();
    await crmAuthorize('portal', api, without);
    expect(without.notes.join()).toContain('publicUrl is not set');
  });

  it('takes the address where the browser ended', async () => {
    const terminal = new TestTerminal();
    const returned = 'http://10.0.0.1/x?code=c%2B1&state=s&domain=portal.example&server_domain=oauth.example';
    await crmAuthorize('portal', { ...api, returned }, terminal);
    expect(terminal.out).toBe('taken\n');
    const [request] = server.crm.inbox;
    expect([request?.path, request?.method, request?.query.toString()]).toEqual([
      '/oauth',
      'GET',
      'code=c%2B1&state=s&server_domain=oauth.example',
    ]);
  });

  it('ends with a failure when we are not let in', async () => {
    server.crm.answer = () => Promise.resolve({ status: 400, body: 'This link is too old.\n' });
    const error = await refusal(
      crmAuthorize('portal', { ...api, returned: 'http://a/?code=c&state=s' }, new TestTerminal()),
    );
    expect([error.message, error.exitCode]).toEqual(['This link is too old.', 1]);
    const unfit = await refusal(crmAuthorize('portal', { ...api, returned: 'http://a/?code=c' }, new TestTerminal()));
    expect(unfit.exitCode).toBe(2);
    expect((await refusal(crmAuthorize('hooks', api, new TestTerminal()))).message).toContain('nothing to authorise');
  });
});
