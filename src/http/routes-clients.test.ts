// What the routes of clients refuse, over a real database.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { addEntities, entityById } from '../crm/local/entities.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { testServer } from './testing/test-server.ts';
import type { TestServer } from './testing/test-server.ts';

let store: Store;
let server: TestServer;
let authorization: string;

beforeEach(async () => {
  store = await openStore('sqlite::memory:');
  server = testServer(false, null, store.database);
  authorization = `Bearer ${server.addToken(['admin'])}`;
});
afterEach(async () => {
  await server.app.close();
  await store.close();
});

const ask = (method: 'GET' | 'PATCH' | 'DELETE' | 'POST', path: string, payload?: object) =>
  server.app.inject({ method, url: `/api/v1${path}`, headers: { authorization }, ...(payload && { payload }) });

it.each([
  ['GET', '/clients/77', undefined],
  ['PATCH', '/clients/77', { name: 'Anna' }],
  ['DELETE', '/clients/77', undefined],
  ['POST', '/clients/77/notes', { text: 'a note' }],
  ['POST', '/tasks/77/close', undefined],
] as const)('%s %s says that there is none', async (method, path, payload) => {
  const answer = await ask(method, path, payload);
  expect(answer.statusCode).toBe(404);
  expect(answer.json()).toMatchObject({ error: { code: 'not_found' } });
});

it('names the phone that cannot be read, and changes nothing', async () => {
  const [id = 0] = await store.database.write((db) =>
    addEntities(db, [{ kind: 'contact', name: 'Anna', phones: ['+79161234567'] }], 0),
  );
  const answer = await ask('PATCH', `/clients/${id}`, { name: 'Vera', phones: ['none'] });
  expect(answer.statusCode).toBe(400);
  expect(answer.json<{ error: { message: string } }>().error.message).toContain('"none" is no number');
  const client = await store.database.read((db) => entityById(db, id));
  expect(client).toMatchObject({ name: 'Anna', phones: ['+79161234567'] });
});

it('answers a change with what was there before, and so can take it back', async () => {
  const made = await ask('POST', '/clients', { kind: 'lead', name: 'Anna', phones: ['8 916 123-45-67'] });
  expect(made.statusCode).toBe(201);
  const { id } = made.json<{ id: number }>();
  const changed = await ask('PATCH', `/clients/${id}`, { status: 'won', responsible: 'e101' });
  expect(changed.json()).toMatchObject({
    client: { status: 'won', responsible: 'e101' },
    previous: { status: 'open', responsible: null },
  });
  const back = await ask('PATCH', `/clients/${id}`, { status: 'open', responsible: null });
  expect(back.json()).toMatchObject({ client: { status: 'open', responsible: null } });
  expect((await ask('DELETE', `/clients/${id}`)).json()).toMatchObject({ previous: { id, name: 'Anna' } });
});
