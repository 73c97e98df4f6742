// Everything between stored facts and the CRMs: the directory, the plan, the connections, the recordings, the outbox.
import type { Registry } from 'prom-client';
import type { Logger } from 'pino';
import { type Connections, openConnections } from '../crm/connections.ts';
import type { Orders } from '../crm/contract.ts';
import { OrderRefused } from '../crm/contract.ts';
import { numberlessLogger } from '../crm/numberless-logger.ts';
import { adapters } from '../crm/registry.ts';
import { RequestLog } from '../crm/request-log.ts';
import { taskBook } from '../crm/task-book.ts';
import { forgetOtherProcesses } from '../outbox/alone.ts';
import { measureDeliveries } from '../outbox/metrics.ts';
import type { Observer } from '../outbox/observer.ts';
import { Outbox } from '../outbox/outbox.ts';
import { recordingsWorker } from '../outbox/recordings-worker.ts';
import type { OrderBook } from '../pbx/orders/orders.ts';
import { OrderRefusal } from '../pbx/orders/order.ts';
import { type DirectoryStore, openDirectory } from '../people/open-directory.ts';
import { createEncoder } from '../recordings/encoder.ts';
import { reserveBytes } from '../recordings/keep.ts';
import { createMedia, type MediaFiles } from '../recordings/media.ts';
import { mediaTable } from '../recordings/media-table.ts';
import { usualPatience } from '../recordings/settled.ts';
import { sourcesOf } from '../recordings/sources.ts';
import { decide } from '../rules/decide.ts';
import { planMark } from '../rules/plan-mark.ts';
import { plan, type PlannedFor } from '../rules/plan.ts';
import type { CrmSettings } from '../settings/crm.ts';
import type { PbxSettings, Settings } from '../settings/schema.ts';
import type { Call } from '../calls/call.ts';
import { markOf, type Marks, openMarks } from '../store/marks.ts';
import type { Store } from '../store/store.ts';

/** With no CRM in the settings the built-in one serves. */
const builtIn: CrmSettings = { name: 'local', type: 'local' };

export function connectionsOf(settings: Settings): readonly CrmSettings[] {
  return settings.crm.length === 0 ? [builtIn] : settings.crm;
}

/** The PBXs whose calls a connection gets; null: all. */
function pbxsOf(settings: Settings, crm: string): readonly string[] | null {
  return settings.crm.find(({ name }) => name === crm)?.pbxs ?? null;
}

export interface CrmSide {
  readonly directory: DirectoryStore;
  readonly connections: Connections;
  readonly outbox: Outbox;
  readonly requests: RequestLog;
  readonly media: MediaFiles;
  readonly marks: Marks;
  /** Begins to work what waits. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Lets `store` plan what follows from every batch, by the directory as it is at that moment. @throws StoreError */
export async function planDeliveries(
  store: Store,
  settings: Settings,
  warn: (message: string) => void,
): Promise<DirectoryStore> {
  const crms = connectionsOf(settings);
  const directory = await openDirectory(store, { connections: crms.map(({ name }) => name), warn });
  const planned = plannedFor(crms);
  const { region } = settings;
  const searched = new Set(settings.pbx.filter(namesRecordings).map(({ name }) => name));
  const completed = new Set(settings.pbx.filter(({ cel }) => cel !== undefined).map(({ name }) => name));
  store.planWith((batch) =>
    plan(batch, directory.current(), planned, { region, searched, completed, nowMs: Date.now() }),
  );
  return directory;
}

function plannedFor(crms: readonly CrmSettings[]): PlannedFor[] {
  return crms.map((crm) => ({
    name: crm.name,
    takes: adapters.find(({ type }) => type === crm.type)?.capabilities.takes ?? [],
    pbxs: crm.pbxs ?? null,
  }));
}

/** The settings say where recordings are and how they are called, or where the CDR says it. */
function namesRecordings({ recordings, cdr }: PbxSettings): boolean {
  return recordings !== undefined && (recordings.names.length > 0 || cdr !== undefined);
}

/** Built, not started. @throws StoreError, DataFolderError */
export function openCrmSide(given: {
  settings: Settings;
  store: Store;
  directory: DirectoryStore;
  orders: OrderBook;
  /** The key of the installation. */
  key: Buffer;
  logger: Logger;
  metrics: Registry;
}): CrmSide {
  const { settings, store, directory, orders, key } = given;
  const logger = settings.log.maskNumbers ? numberlessLogger(given.logger) : given.logger;
  const { database } = store;
  const now = Date.now;
  const publicUrl = settings.publicUrl ?? null;
  const folder = settings.recordings.folder;
  const media = createMedia({ database, folder, publicUrl, key, now });
  const requests = new RequestLog(database, logger);
  const connections = openConnections({
    connections: connectionsOf(settings),
    adapters,
    database,
    key,
    log: requests,
    logger,
    now,
    region: settings.region,
    publicUrl,
    isElsewhere: (crm) => database.name === 'postgres' && !outbox.owns(crm),
    parts: (crm) => ({
      directory: () => directory.current(),
      decide: (call) =>
        decide(call, directory.current(), { crm, region: settings.region, pbxs: pbxsOf(settings, crm) }),
      users: async (users) => void (await directory.takeUsers(crm, users)),
      tasks: taskBook(database, crm, now),
      orders: ordersOf(orders, crm),
      media: { file: (callId) => media.file(callId), link: (callId, lifeSec) => media.link(callId, lifeSec) },
      mark: (callId) => database.read((db) => markOf(db, callId)),
    }),
  });
  const planned = plannedFor(connectionsOf(settings));
  const marks = openMarks(
    store,
    (call) => planMark(call, directory.current(), planned, { region: settings.region }),
    now,
  );
  const encoder = createEncoder();
  const worker = recordingsWorker({
    database,
    media: mediaTable(database),
    sources: sourcesOf(settings.pbx),
    shelf: { folder, reserveBytes },
    stereo: settings.recordings.stereo,
    kbitPerSec: settings.recordings.kbitPerSec,
    fileName: settings.recordings.fileName,
    giveUpAfterMs: settings.recordings.giveUpAfterMin * 60_000,
    encoder,
    patience: usualPatience,
  });
  const observer: Observer = measureDeliveries(given.metrics, {
    counts: () => outbox.counts(),
    paused: () => outbox.paused(),
  });
  const outbox: Outbox = new Outbox({
    database,
    workers: [...connections.all, worker],
    logger,
    observer,
    onOwner: (crm, owns) => {
      const connection = connections.get(crm);
      if (owns) connection?.start();
      else
        connection?.stop().catch((error: unknown) => logger.warn({ crm, err: error }, 'a connection did not end well'));
    },
  });
  return {
    directory,
    connections,
    outbox,
    requests,
    media,
    marks,
    async start() {
      await forgetOtherProcesses(database);
      outbox.start();
    },
    async stop() {
      await outbox.stop();
      await connections.stop();
      await requests.flush();
      await directory.close();
    },
  };
}

/** What one connection may do with orders. */
function ordersOf(book: OrderBook, crm: string): Orders {
  return {
    async place(order) {
      try {
        const { id } = await book.place({ ...order, crm, pbx: null });
        return { orderId: id };
      } catch (error) {
        if (error instanceof OrderRefusal) throw new OrderRefused(error.message, error.mend);
        throw error;
      }
    },
    async ofCall(call: Call) {
      const order = await book.ofCall(call);
      return order?.crm === crm ? order : null;
    },
    byId: (id) => book.byId(id),
  };
}
