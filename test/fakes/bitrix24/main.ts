import { parseArgs } from 'node:util';
import { startFakePortal } from './portal.ts';

const { values } = parseArgs({ options: { port: { type: 'string', default: '8924' }, box: { type: 'boolean' } } });
const portal = await startFakePortal({ port: Number(values.port), edition: values.box === true ? 'box' : 'cloud' });
const app = portal.app();

console.log(`An imitated Bitrix24 portal is listening. Look at ${portal.baseUrl()}/

  portal          ${portal.baseUrl()}
  webhook         ${portal.webhookUrl()}
  client id       ${app.clientId}
  client secret   ${app.clientSecret}
  token endpoint  ${portal.baseUrl()}/oauth/token/

Ctrl+C ends it; nothing is kept.`);

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void portal.close().then(() => process.exit(0)));
