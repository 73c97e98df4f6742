import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testServer, type TestServer } from './testing/test-server.ts';

let server: TestServer;
let admin: string;

beforeEach(() => {
  server = testServer();
  admin = server.addToken(['admin']);
});
afterEach(() => server.app.close());

async function ask(
  method: 'GET' | 'PUT' | 'POST' | 'DELETE',
  path: string,
  payload?: object | string,
  type = 'application/json',
) {
  const answer = await server.app.inject({
    method,
    url: `/api/v1${path}`,
    headers: { authorization: `Bearer ${admin}`, ...(payload === undefined ? {} : { 'content-type': type }) },
    ...(payload === undefined ? {} : { payload }),
  });
  return { status: answer.statusCode, text: answer.body, type: answer.headers['content-type'] };
}
const json = (answer: { text: string }): unknown => JSON.parse(answer.text);

describe('the directory over the API', () => {
  it('makes, shows, replaces and removes a record of each kind, and gives back what was there', async () => {
    const records = {
      schedules: { name: 'Office', timeZone: 'Europe/Moscow', week: [] },
      groups: { name: 'Sales' },
      operators: { name: 'Anna', extensions: ['101'], schedule: 'x' },
      'task-templates': { title: 'Call back {number}' },
      lines: { name: 'Main', numbers: ['74951112233'], firstResponsible: 'x' },
      lists: { action: 'block', lines: ['x'] },
      policies: { missedOwner: 2 },
    };
    const id = (path: string): string => (path === 'policies' ? '*' : 'x');
    for (const [path, record] of Object.entries(records)) {
      const address = `/directory/${path}/${id(path)}`;
      expect((await ask('GET', address)).status).toBe(404);
      const made = await ask('PUT', address, record);
      expect([made.status, json(made)]).toEqual([
        200,
        { previous: null, record: expect.objectContaining(record) as object },
      ]);
      const again = await ask('PUT', address, record);
      expect(json(again)).toMatchObject({ previous: record });
      expect(json(await ask('GET', address))).toMatchObject({ id: id(path), ...record });
      expect(json(await ask('GET', `/directory/${path}`))).toMatchObject({ records: [record], next: null });
    }
    const refused = await ask('DELETE', '/directory/schedules/x');
    expect(json(refused)).toMatchObject({
      error: { code: 'in_use', message: 'schedules x: is in use by operator "x"; take it out there first' },
    });
    for (const path of Object.keys(records).toReversed()) {
      expect(json(await ask('DELETE', `/directory/${path}/${id(path)}`))).toMatchObject({ previous: { id: id(path) } });
    }
    expect(json(await ask('GET', '/directory/export'))).toEqual({});
  });

  it.each([
    [
      'PUT',
      '/directory/operators/a',
      { name: 'A', extensions: ['x'] },
      400,
      'operators a: extensions[0]: Invalid string',
    ],
    [
      'PUT',
      '/directory/operators/a',
      { name: 'A', groups: ['no'] },
      400,
      'operators a: groups: there is no group "no"',
    ],
    ['PUT', '/directory/operators/a', { id: 'b', name: 'A' }, 400, 'id: is not the one in the address'],
    ['PUT', '/directory/operators/a', [], 400, 'the body must be the record'],
    [
      'PUT',
      '/directory/lines/a',
      { name: 'A', crms: ['b42'] },
      400,
      'lines a: crms[0]: there is no connection "b42"; there are: b24',
    ],
    ['PUT', '/directory/operators/a?x=1', { name: 'A' }, 400, 'Unrecognized key'],
    ['DELETE', '/directory/operators/a', undefined, 404, 'operators a: there is no operator of this id'],
    ['GET', '/directory/operators?limit=0', undefined, 400, 'whole number from 1 to 1000'],
    ['POST', '/directory/import', { operators: [{ id: 'a' }] }, 400, 'operators a: name: '],
    ['POST', '/directory/import', { oprators: [] }, 400, 'is no kind; there are: schedules'],
    ['POST', '/numbers/test', { number: '' }, 400, 'number: '],
  ] as const)('%s %s %j is %d', async (method, path, body, status, said) => {
    const answer = await ask(method, path, body);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(said.replaceAll('"', String.raw`\"`));
    expect(json(await ask('GET', '/directory/export'))).toEqual({});
  });

  it('pages', async () => {
    await ask('POST', '/directory/import', { groups: ['a', 'b', 'c'].map((id) => ({ id, name: id })) });
    expect(json(await ask('GET', '/directory/groups?limit=2'))).toMatchObject({
      records: [{ id: 'a' }, { id: 'b' }],
      next: 'b',
    });
    expect(json(await ask('GET', '/directory/groups?limit=2&after=b'))).toMatchObject({
      records: [{ id: 'c' }],
      next: null,
    });
  });

  it('takes YAML and gives it back', async () => {
    const yaml = 'operators:\n  - id: anna\n    name: Anna\n    extensions: [101]\n    mobiles: [+79160000001]\n';
    const tried = await ask('POST', '/directory/import?dryRun=true', yaml, 'application/yaml');
    expect(json(tried)).toMatchObject({
      diff: ['+ operator anna'],
      changed: [{ kind: 'operators', id: 'anna', previous: null }],
    });
    expect(json(await ask('GET', '/directory/export'))).toEqual({});
    await ask('POST', '/directory/import', yaml, 'application/yaml');
    const exported = await ask('GET', '/directory/export?format=yaml');
    expect(exported.type).toContain('application/yaml');
    expect(exported.text).toBe(
      'operators:\n  - id: anna\n    name: Anna\n    extensions:\n      - "101"\n    mobiles:\n      - "+79160000001"\n',
    );
    expect(json(await ask('POST', '/directory/import', exported.text, 'text/yaml'))).toEqual({ changed: [], diff: [] });
    expect(json(await ask('POST', '/directory/import?prune=true', { operators: [] }))).toMatchObject({
      diff: ['- operator anna'],
    });
    expect((await ask('POST', '/directory/import', 'a: [', 'application/yaml')).status).toBe(400);
  });

  it('reads YAML for an import only', async () => {
    expect(await ask('POST', '/numbers/test', 'number: "101"', 'application/yaml')).toMatchObject({ status: 415 });
    expect(await ask('PUT', '/directory/groups/a', 'name: a', 'application/yaml')).toMatchObject({ status: 415 });
  });

  it('lets a token that may read only read', async () => {
    admin = server.token;
    expect((await ask('GET', '/directory/operators')).status).toBe(200);
    expect((await ask('POST', '/numbers/test', { number: '101' })).status).toBe(200);
    for (const [method, path] of [
      ['PUT', '/directory/operators/a'],
      ['DELETE', '/directory/operators/a'],
      ['POST', '/directory/import'],
    ] as const) {
      expect((await ask(method, path, { name: 'A' })).status).toBe(403);
    }
  });

  it('takes an import larger than other bodies, and not one without end', async () => {
    const operators = Array.from({ length: 3_000 }, (_, n) => ({
      id: `op-${n}`,
      name: `Operator ${n}`,
      extensions: [`${1_000 + n}`],
    }));
    expect((await ask('POST', '/directory/import', { operators })).status).toBe(200);
    expect((await ask('POST', '/directory/import', { x: 'x'.repeat(9_000_000) })).status).toBe(413);
  });

  it('tests numbers', async () => {
    await ask('PUT', '/directory/lists/spam', { action: 'block', clients: ['7495999XXXX'] });
    expect(json(await ask('POST', '/numbers/test', { number: '8 (495) 999-00-00' }))).toMatchObject({
      e164: '+74959990000',
      toPbx: { number: '74959990000' },
      lists: [{ crm: 'b24', registered: false, rule: 'spam' }],
    });
  });
});
