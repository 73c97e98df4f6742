// The CRMs of the settings, opened: each with its own way out, its own secrets and its own masker.
import { readFileSync } from 'node:fs';
import type { CrmSettings } from '../settings/crm.ts';
import type { Dialect } from '../store/dialect.ts';
import type { Adapter, Capabilities, Connection, Health, Logger, Opening } from './contract.ts';
import { HttpError } from './http.ts';
import { openHttp, type OpenHttp } from './http-client.ts';
import { maskedConnection, maskedLogger } from './masked-connection.ts';
import { Masker } from './masker.ts';
import { renewedConnection } from './renewed-connection.ts';
import type { RequestLog } from './request-log.ts';
import { openSecrets, secretsOf } from './sealed-secrets.ts';
import { secretValues, urlsIn } from './settings-marks.ts';

/** What a connection may use of the parts of Patchcord that stand above or beside `crm/`. */
export type Parts = Pick<Opening<unknown>, 'directory' | 'decide' | 'users' | 'tasks' | 'orders' | 'media' | 'mark'>;

export interface ConnectionsGiven {
  /** `crm` of the settings. */
  connections: readonly CrmSettings[];
  adapters: readonly Adapter[];
  parts: (name: string) => Parts;
  database: Dialect;
  /** See secret-key.ts. */
  key: Buffer;
  log: Pick<RequestLog, 'add'>;
  logger: Logger;
  /** Unix ms. */
  now: () => number;
  /** ISO 3166. */
  region: string;
  publicUrl: string | null;
  /** Whether another process works it, which alone knows how it is. Absent: none does. */
  isElsewhere?: (name: string) => boolean;
}

export interface Connections {
  readonly all: readonly Connection[];
  get(name: string): Connection | null;
  /** What each is, with its status. */
  list(): ConnectionInfo[];
  /** What is known now, of all of them. */
  status(): Health[];
  /** Asks the CRM of one connection, or all of them at once. Never rejects, and ends within half a minute. */
  check(name?: string): Promise<Health[]>;
  /** Ends what the connections do by themselves and closes what they hold open. */
  stop(): Promise<void>;
}

export interface ConnectionInfo {
  name: string;
  type: string;
  title: string;
  capabilities: Capabilities;
  health: Health[];
}

/** Opens all of them; nothing is asked of any CRM yet. */
export function openConnections(given: ConnectionsGiven): Connections {
  const opened = given.connections.map((settings) => openConnection(settings, given));
  const all = opened.map(({ connection }) => connection);
  const get = (name: string): Connection | null => all.find((one) => one.name === name) ?? null;
  const healthOf = (connection: Connection): Health[] => {
    if (!given.isElsewhere?.(connection.name)) return connection.status();
    return [
      { part: `crm ${connection.name}`, level: 'ok', message: 'another process of Patchcord works it', mend: null },
    ];
  };
  return {
    all,
    get,
    list: () =>
      opened.map(({ connection, adapter: { type, title } }) => {
        const { name, capabilities } = connection;
        return { name, type, title, capabilities, health: healthOf(connection) };
      }),
    status: () => all.flatMap(healthOf),
    async check(name) {
      const asked = name === undefined ? all : all.filter((one) => one.name === name);
      return (await Promise.all(asked.map((connection) => connection.check()))).flat();
    },
    async stop() {
      await Promise.allSettled(all.map((connection) => connection.stop()));
      for (const { http } of opened) http.close();
    },
  };
}

interface Opened {
  connection: Connection;
  adapter: Adapter;
  http: OpenHttp;
}

function openConnection(entry: CrmSettings, given: ConnectionsGiven): Opened {
  const { name, type, pbxs: _elsewhere, ...settings } = entry;
  const adapter = given.adapters.find((one) => one.type === type);
  if (!adapter) throw new Error(`no adapter makes connections of the type ${type}`);
  const masker = new Masker(secretValues(adapter.settings, settings));
  const logger = maskedLogger(given.logger, masker, name);
  const http = wayOut(name, settings, adapter, { ...given, logger, masker });
  const secrets = secretsOf(openSecrets(given.database, given.key, given.now), name, (secret) => masker.learn(secret));
  const { database, now, region, publicUrl } = given;
  const opening = { name, settings, http, secrets, logger, database, now, region, publicUrl, ...given.parts(name) };
  const connection = renewedConnection(() => adapter.open(opening));
  return { connection: maskedConnection(connection, masker), adapter, http };
}

function wayOut(
  name: string,
  settings: Readonly<Record<string, unknown>>,
  adapter: Adapter,
  given: Pick<ConnectionsGiven, 'log' | 'logger' | 'now'> & { masker: Masker },
): OpenHttp {
  const caFile = typeof settings['caFile'] === 'string' ? settings['caFile'] : null;
  let ca: string | null = null;
  try {
    if (caFile !== null) ca = readFileSync(caFile, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const mend = `check the path in caFile of the connection ${name} in crm, and that this user may read the file`;
    const refused = () => new HttpError('refused', `the certificate ${caFile} cannot be read (${reason})`, { mend });
    return { send: () => Promise.reject(refused()), close: () => {} };
  }
  return openHttp({
    connection: name,
    allowed: [...urlsIn(settings), ...(adapter.servers?.(settings) ?? [])],
    allowPrivate: settings['allowPrivate'] === true,
    allowHttp: settings['allowHttp'] === true,
    ...(ca === null ? {} : { ca }),
    masker: given.masker,
    log: given.log,
    logger: given.logger,
    now: given.now,
  });
}
