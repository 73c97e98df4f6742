// The imitated portal in a process of its own, so that its work is not taken for Patchcord's. Answers questions; ends with its parent.
import { FakePortal } from '../../test/fakes/bitrix24/portal.ts';
import { adminUser, clientNumber, extensions, userOf } from './clients.ts';
import type { PortalAnswer, PortalAsked, PortalGiven } from './portal-process.ts';

const given = JSON.parse(process.argv[2] ?? '{}') as PortalGiven;
const portal = new FakePortal({
  rate: given.rate,
  users: [
    { id: adminUser, name: 'Anna', lastName: 'Orlova', admin: true },
    ...given.employees.map((inner) => ({ id: userOf(inner), name: 'Person', lastName: inner, inner })),
  ],
  entities: Array.from({ length: given.knownClients }, (_, n) => ({
    type: 'CONTACT' as const,
    fields: { NAME: `Client ${n}`, ASSIGNED_BY_ID: String(userOf(extensions[n % extensions.length] ?? '101')) },
    phones: [clientNumber(n)],
  })),
});
await portal.listen();

async function answer(asked: PortalAsked): Promise<PortalAnswer['answer']> {
  if (asked.what === 'listen') await portal.listen();
  if (asked.what === 'die') await portal.stopListening();
  if (asked.what === 'calls') {
    return portal.calls().map(({ externalCallId, live, activities }) => [externalCallId, live, activities.length]);
  }
  const { finished, limited, requests, leads, tasks } = portal.counters();
  const commands = portal.requests.reduce((sum, { batchSize }) => sum + batchSize, 0);
  return { finished, limited, requests, commands, leads, tasks };
}

process.on('message', (asked: PortalAsked) => {
  void answer(asked).then((said) => process.send?.({ id: asked.id, answer: said } satisfies PortalAnswer));
});
process.on('disconnect', () => process.exit(0));
process.send?.({ id: 0, answer: { webhook: portal.webhookUrl() } } satisfies PortalAnswer);
