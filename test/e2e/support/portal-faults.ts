// What the tests of a portal in trouble share: its settings, its directory, the wait for the end, the table.
import { setTimeout as wait } from 'node:timers/promises';
import { companies } from '../../../lab/company.ts';
import type { Asterisk } from '../../../lab/asterisk.ts';
import { FakePortal } from '../../fakes/bitrix24/portal.ts';
import { type Patchcord, pbxOf } from '../faults-support.ts';
import { adminUser, officeUsers } from './portal-office.ts';

/** What the Enterprise plan allows, so that the recordings of a day go through in minutes. */
const requestsPerSec = 5;

export async function openBusyPortal(): Promise<FakePortal> {
  const portal = new FakePortal({
    users: officeUsers,
    entities: [],
    rate: { threshold: 50 * requestsPerSec, drainPerSecond: requestsPerSec },
  });
  await portal.listen();
  return portal;
}

/** A Patchcord with CEL, recordings and this portal through a local application. `folder` keeps the recordings. */
export function busySettings(asterisk: Asterisk, portal: FakePortal, folder: string): Record<string, unknown> {
  const { clientId, clientSecret } = portal.app();
  const { monitorFolder } = asterisk;
  return {
    log: { level: 'warn' },
    recordings: { folder },
    pbx: [
      {
        ...pbxOf(asterisk),
        cel: { csv: asterisk.celFile, timeZone: 'UTC' },
        recordings: { folders: [{ asterisk: monitorFolder, here: monitorFolder }], names: [] },
      },
    ],
    crm: [
      {
        name: 'portal',
        type: 'bitrix24',
        portal: portal.baseUrl(),
        authServer: portal.baseUrl(),
        clientId,
        clientSecret,
        allowPrivate: true,
        allowHttp: true,
        events: 'none',
        requestsPerSec,
      },
    ],
  };
}

/** The administrator installs the application and says what becomes of missed calls; every employee is an operator then. */
export async function settle(one: Patchcord, portal: FakePortal): Promise<void> {
  const status = await portal.install(`${one.url}/crm/portal/install`);
  if (status !== 200) throw new Error(`the installation was answered ${status}`);
  await one.post('/directory/import', {
    taskTemplates: [{ id: 'back', title: 'Call {number} back' }],
    policies: [{ id: '*', defaultUser: String(adminUser), missedOwner: 1, taskTemplate: 'back' }],
  });
  const deadline = Date.now() + 20_000;
  for (;;) {
    const { records } = await one.get<{ records: unknown[] }>('/directory/operators');
    if (records.length >= companies.length * 6) return;
    if (Date.now() > deadline) throw new Error(`${records.length} operators so far\n${one.output}`);
    await wait(200);
  }
}

interface Delivery {
  id: number;
  crm: string;
  kind: string;
  callId: string;
  state: string;
  dueAt: string;
  note: string | null;
}

/** Waits until nothing waits or is worked. @throws Error with what is left after `timeoutMs` */
export async function allDelivered(one: Patchcord, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const left = (await Promise.all(['waiting', 'working'].map((state) => deliveries(one, state)))).flat();
    if (left.length === 0) return;
    if (Date.now() > deadline)
      throw new Error(`not delivered: ${JSON.stringify(left.slice(0, 20), null, 1)}\n${one.output}`);
    await wait(500);
  }
}

export async function deliveries(one: Patchcord, state: string): Promise<Delivery[]> {
  return (await one.get<{ deliveries: Delivery[] }>(`/deliveries?limit=1000&state=${state}`)).deliveries;
}
