import { beforeEach, describe, expect, it } from 'vitest';
import { aBatch } from '../../test/store/a-call.ts';
import { aDelivery } from '../outbox/testing/workers.ts';
import type { Store } from '../store/store.ts';
import { dropDelivery, listDeliveries, resendDeliveries } from './deliveries.ts';
import { realServer } from './testing/real-server.ts';
import { TestTerminal } from './testing/test-terminal.ts';

let store: Store;
let api: { url: string; token: string };

beforeEach(async () => {
  ({ store, api } = await realServer());
  const deliveries = [1, 2, 3].map((n) => aDelivery(`call-${n}`, { crm: n === 3 ? 'hooks' : 'portal' }));
  await store.record(aBatch([], [], { deliveries }));
});

async function reject(...ids: number[]): Promise<void> {
  await store.database.write((db) =>
    db
      .updateTable('deliveries')
      .set({ state: 'rejected', note: 'no such user\u001b[2J', mend: 'make one' })
      .where('id', 'in', ids)
      .execute(),
  );
}

async function told(work: (terminal: TestTerminal) => Promise<void>): Promise<TestTerminal> {
  const terminal = new TestTerminal();
  await work(terminal);
  return terminal;
}

const list = (more: object = {}) => told((terminal) => listDeliveries({ ...api, limit: 50, ...more }, terminal));

describe('deliveries', () => {
  it('are listed newest first, made safe, each mend once', async () => {
    await reject(1, 2);
    const { out, notes } = await list();
    const [title, ...lines] = out.trimEnd().split('\n');
    expect(title).toMatch(/^ *ID +MADE +CRM +KIND +STATE +TRIES +CALL +WHAT CAME OF IT$/);
    expect(lines.map((line) => /call-\d/.exec(line)?.[0])).toEqual(['call-3', 'call-2', 'call-1']);
    expect(lines[1]).toMatch(/portal +\S+ +rejected +0 +call-2 +no such user/);
    expect(out).not.toContain('\u001b');
    expect(notes).toEqual(['mend: make one']);
  });

  it('are found by connection, state and call, over several pages', async () => {
    await reject(2);
    expect((await list({ crm: 'hooks' })).out).toMatch(/call-3/);
    const found = JSON.parse((await list({ crm: 'portal', state: 'rejected', json: true })).out) as unknown;
    expect(found).toMatchObject({ deliveries: [{ id: 2, callId: 'call-2', state: 'rejected' }] });
    expect((await list({ call: 'call-9' })).notes).toEqual(['no deliveries']);
    expect((await list({ limit: 1 })).notes).toEqual(['there may be older ones: --limit, or a narrower question']);
  });

  it('are sent again, one or all of a connection', async () => {
    await reject(1, 2, 3);
    expect((await told((terminal) => resendDeliveries(3, api, terminal))).out).toMatch(/^delivery 3 .* is waiting\n$/);
    const all = await told((terminal) => resendDeliveries(undefined, { ...api, all: 'portal' }, terminal));
    expect(all.out).toBe('2 deliveries are sent again\n');
    expect((await list({ state: 'rejected' })).notes).toEqual(['no deliveries']);
    const none = await told((terminal) => resendDeliveries(undefined, { ...api, all: 'portl' }, terminal));
    expect(none.notes).toEqual(['nothing that was to go to portl was refused']);
  });

  it('are sent again only when it is clear which', async () => {
    const terminal = new TestTerminal();
    await expect(resendDeliveries(undefined, api, terminal)).rejects.toMatchObject({ exitCode: 2 });
    await expect(resendDeliveries(1, { ...api, all: 'portal' }, terminal)).rejects.toMatchObject({ exitCode: 2 });
    await expect(resendDeliveries(99, api, terminal)).rejects.toThrow('no delivery has this id');
  });

  it('are given up, once', async () => {
    expect((await told((terminal) => dropDelivery(1, api, terminal))).out).toMatch(/^delivery 1 .* is dropped\n$/);
    await expect(dropDelivery(1, api, new TestTerminal())).rejects.toThrow('the delivery is dropped');
    expect((await list({ state: 'dropped' })).out).toContain('given up by test');
  });
});
