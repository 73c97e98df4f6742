// The generated pages about the API are what the code says now. `npx vitest run --project check -u` writes them anew.
import { expect, it } from 'vitest';
import { errorsPage } from '../../src/http/errors.ts';
import { testServer } from '../../src/http/testing/test-server.ts';

it('docs/generated/openapi.json is the description that the server gives', async () => {
  const { app, token } = testServer();
  const answer = await app.inject({ url: '/api/v1/openapi.json', headers: { authorization: `Bearer ${token}` } });
  await app.close();
  expect(answer.statusCode).toBe(200);
  await expect(`${JSON.stringify(answer.json(), null, 2)}\n`).toMatchFileSnapshot('../../docs/generated/openapi.json');
});

it('docs/generated/errors.md has every code', async () => {
  await expect(errorsPage()).toMatchFileSnapshot('../../docs/generated/errors.md');
});
