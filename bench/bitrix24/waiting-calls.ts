// A database in which ended calls wait for the portal, made by the ways of the program: recorded, and planned for as they are stored.
import { join } from 'node:path';
import type { Call } from '../../src/calls/call.ts';
import { adapters } from '../../src/crm/registry.ts';
import { settingsSchemaWith } from '../../src/settings/schema.ts';
import { openStore } from '../../src/store/open-store.ts';
import { planDeliveries } from '../../src/wiring/crm.ts';
import { adminUser, clientNumber, extensions, userOf } from './clients.ts';

const callsAtOnce = 200;

/** Of the n-th client, who talked to one of the employees. */
function endedCall(n: number, startedAtMs: number): Call {
  const iso = (afterMs: number): string => new Date(startedAtMs + afterMs).toISOString();
  const extension = extensions[n % extensions.length] ?? '101';
  const e164 = clientNumber(n);
  return {
    id: `main-${Math.floor(startedAtMs / 1000)}.${n}`,
    pbx: 'main',
    linkedIds: [`${Math.floor(startedAtMs / 1000)}.${n}`],
    direction: 'inbound',
    origin: null,
    client: { number: e164.slice(1), e164, name: null },
    line: { number: '74951112233', trunk: 'trunk-a' },
    startedAt: iso(0),
    answeredAt: iso(5_000),
    endedAt: iso(65_000),
    answered: true,
    stage: null,
    lostStage: null,
    result: { code: 200, cause: 16, dialStatus: 'ANSWER' },
    responsible: { extension, operatorId: null },
    legs: [
      {
        extension,
        number: null,
        of: null,
        device: `PJSIP/${extension}`,
        role: 'called',
        outcome: 'answered',
        startedAt: iso(500),
        answeredAt: iso(5_000),
        endedAt: iso(65_000),
        ringMs: 4_500,
        talkMs: 60_000,
        consultMs: 0,
        holdMs: 0,
      },
    ],
    transfers: [],
    talkMs: 60_000,
    waitMs: 5_000,
    hangupBy: 'client',
    recordings: [],
  };
}

/** The calls of the first so many clients, stored with their work for the connection `portal`. */
export async function storeWaitingCalls(given: {
  folder: string;
  database: string;
  pbx: object[];
  crm: object[];
  calls: number;
}): Promise<void> {
  const { folder, database, pbx, crm, calls } = given;
  const recordings = { folder: join(folder, 'recordings') };
  const read = settingsSchemaWith(adapters).parse({ data: folder, database, recordings, pbx, crm });
  const settings = { ...read, pbx: read.pbx.map((one) => ({ ...one, secret: '' })) };
  const store = await openStore(database);
  const directory = await planDeliveries(store, settings, console.warn);
  try {
    await directory.importAll({
      operators: extensions.map((extension) => ({
        id: `e${extension}`,
        name: `Person ${extension}`,
        extensions: [extension],
        crmUsers: { portal: String(userOf(extension)) },
      })),
      policies: [{ id: '*', defaultUser: String(adminUser), missedOwner: 1 }],
    });
    const endedAtMs = Date.now();
    for (let from = 0; from < calls; from += callsAtOnce) {
      const batch = Array.from({ length: Math.min(callsAtOnce, calls - from) }, (_, n) =>
        endedCall(from + n, endedAtMs - 65_000),
      );
      const facts = batch.map(({ id }) => ({ type: 'call.ended' as const, callId: id, atMs: endedAtMs }));
      await store.record({ pbx: 'main', calls: batch.map((call) => ({ call, state: null })), merged: [], facts });
    }
  } finally {
    await directory.close();
    await store.close();
  }
}
