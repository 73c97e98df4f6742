// The one place where everything is wired: settings in, a running Patchcord out. Stops in the opposite order.
import { basename } from 'node:path';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import type { Registry } from 'prom-client';
import { secretKey } from './crm/secret-key.ts';
import type { DemoPbx } from './demo/demo-pbx.ts';
import { listen } from './http/listen.ts';
import { createHttp } from './http/server.ts';
import type { PartStatus } from './http/status.ts';
import { TokenFile } from './http/token-file.ts';
import { ownerName } from './outbox/outbox.ts';
import { orderPbx } from './pbx/orders/order-pbx.ts';
import { OrderBook } from './pbx/orders/orders.ts';
import { createPbx } from './pbx/pbx.ts';
import type { Directory } from './people/directory.ts';
import type { DirectoryStore } from './people/open-directory.ts';
import { dialSchema } from './settings/dial.ts';
import type { PbxSettings, Settings } from './settings/schema.ts';
import { folderTroubles } from './recordings/folders.ts';
import { DataFolderError, saveLocalToken, tokensFile } from './settings/token.ts';
import { openStore } from './store/open-store.ts';
import type { Store } from './store/store.ts';
import { connectionsOf, type CrmSide, openCrmSide, planDeliveries } from './wiring/crm.ts';
import { keepTidy } from './wiring/keep-tidy.ts';
import { metricsOf } from './wiring/metrics.ts';
import { PbxOwner } from './wiring/pbx-owner.ts';
import { peopleOf } from './wiring/people.ts';

const DEMO_SEED = 1;
/** For answers that are on their way at the end. */
const lastAnswersMs = 1_000;

export interface RunningPatchcord {
  /** Where it listens, `host:port`. */
  readonly address: string;
  stop(): Promise<void>;
}

/**
 * @throws StoreError when the database cannot be opened; ListenError when the address is taken; DataFolderError when the folder of the setting `data` cannot be used
 */
export async function runPatchcord(
  settings: Settings,
  about: { settingsFile: string | null },
): Promise<RunningPatchcord> {
  const logger = pino({ level: settings.log.level }, pino.destination({ dest: 2, sync: false }));
  const store = await openStore(settings.database);
  const stops: (() => Promise<unknown> | void)[] = [() => store.close()];
  try {
    const demo = settings.pbx.length === 0 ? await startDemo() : null;
    if (demo) stops.push(() => demo.stop());
    const directory = await planDeliveries(store, settings, (message) => logger.warn(message));
    stops.push(() => directory.close());
    if (demo) await fillIn(directory, demo, settings);
    const pbxs = demo ? [demoSettings(demo)] : settings.pbx;
    const owners = pbxs.map((pbx) => ownerOf({ pbx, settings, store, directory, logger }));
    const orders = new OrderBook({
      store,
      pbxs: pbxs.map((pbx, n) => orderPbx(pbx, settings, () => owners[n]?.pbx?.live.devices ?? new Map())),
      logger,
      now: Date.now,
    });
    for (const owner of owners) await owner.prepare();
    const metrics = metricsOf(owners);
    const crm = openCrmSide({ settings, store, directory, orders, key: secretKey(settings), logger, metrics });
    const { address, close } = await serve({
      settings,
      about,
      store,
      owners,
      orders,
      crm,
      metrics,
      demo: demo !== null,
      logger,
    });
    stops.push(close);
    for (const owner of owners) {
      owner.start();
      stops.push(() => owner.stop());
    }
    orders.start();
    stops.push(() => orders.stop());
    await crm.start();
    stops.push(() => crm.stop());
    stops.push(keepTidy(store));
    // First of all: what comes in while the parts behind it end would be lost. Who listens to a long recording holds up nobody.
    stops.push(() => Promise.race([close(), delay(lastAnswersMs, undefined, { ref: false })]));
    return { address, stop: () => stopAll(stops) };
  } catch (error) {
    await stopAll(stops);
    throw error;
  }
}

function ownerOf(given: {
  pbx: PbxSettings;
  settings: Settings;
  store: Store;
  directory: DirectoryStore;
  logger: pino.Logger;
}): PbxOwner {
  const { pbx, settings, store, directory, logger } = given;
  const people = (): Directory => directory.current();
  return new PbxOwner({
    name: pbx.name,
    make: () => createPbx({ pbx, settings, store, logger, now: Date.now, people: peopleOf(people, settings) }),
    store,
    logger,
    owner: ownerName(),
  });
}

async function serve(given: {
  settings: Settings;
  about: { settingsFile: string | null };
  store: Store;
  owners: PbxOwner[];
  orders: OrderBook;
  crm: CrmSide;
  metrics: Registry;
  demo: boolean;
  logger: pino.Logger;
}): Promise<{ address: string; close: () => Promise<void> }> {
  const { settings, store, owners, crm } = given;
  const tokens = tokensIn(settings.data);
  const app = createHttp({
    store,
    live: { openCalls: async () => (await Promise.all(owners.map((owner) => owner.openCalls()))).flat() },
    orders: given.orders,
    media: crm.media,
    marks: crm.marks,
    crm: { connections: crm.connections, requests: crm.requests },
    directory: { directory: crm.directory, settings, connections: crm.connections.all.map(({ name }) => name) },
    region: settings.region,
    status: async () => [
      await databaseStatus(store),
      ...owners.flatMap((owner) => owner.status()),
      ...crm.connections.status(),
      ...(await crm.outbox.status()),
      ...(await folderTroubles(settings)),
    ],
    metrics: given.metrics,
    tokens,
    logger: given.logger,
    about: {
      version: versionOf(),
      demo: given.demo,
      settingsFile: basename(given.about.settingsFile ?? 'patchcord.yaml'),
      pbxs: owners.map(({ name }) => name),
    },
  });
  const close = (): Promise<void> => app.close();
  try {
    return { address: await listen(app, settings.listen), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The API's tokens, with a new one for this machine. @throws DataFolderError */
function tokensIn(folder: string): TokenFile {
  try {
    const tokens = new TokenFile(tokensFile(folder));
    saveLocalToken(folder, tokens.addForThisRun('this machine', ['admin']));
    return tokens;
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw new DataFolderError(folder, error);
    throw error;
  }
}

async function databaseStatus(store: Store): Promise<PartStatus> {
  const { ok, message, mend } = await store.status();
  return { part: 'database', level: ok ? 'ok' : 'error', message, mend };
}

async function startDemo(): Promise<DemoPbx> {
  const { startDemoPbx } = await import('./demo/demo-pbx.ts');
  return startDemoPbx({ seed: DEMO_SEED });
}

/** At the first start with the demo. What a person has changed since stays. */
async function fillIn(directory: DirectoryStore, demo: DemoPbx, settings: Settings): Promise<void> {
  if (directory.current().operators.length > 0) return;
  // The sources are the built-in CRM's: where only others are connected, they mean nothing.
  const isThere = connectionsOf(settings).some(({ name }) => name === 'local');
  const lines = demo.directory.lines.map((line) => (isThere ? line : { ...line, sources: {} }));
  await directory.importAll({ ...demo.directory, lines });
}

function demoSettings(demo: DemoPbx): PbxSettings {
  const { host, port, username, secret, trunks } = demo;
  return {
    name: 'demo',
    host,
    port,
    username,
    secret,
    tls: false,
    trunks: [...trunks],
    extensions: [],
    dial: dialSchema.parse({}),
  };
}

/** The last begun first; one that fails keeps no other from its end. @throws what the first of them threw */
async function stopAll(stops: (() => Promise<unknown> | void)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const stop of stops.reverse()) {
    try {
      await stop();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

function versionOf(): string {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  return manifest.version;
}
