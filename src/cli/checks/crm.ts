// Whether a CRM is connected as it should be. The Patchcord that runs is asked when there is one: two programs that renew one token at the same
// time could lose it.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { openConnections, type Parts } from '../../crm/connections.ts';
import { OrderRefused, type Health, type Logger } from '../../crm/contract.ts';
import { adapters } from '../../crm/registry.ts';
import { hasSecretKey, secretKey } from '../../crm/secret-key.ts';
import { openDirectory } from '../../people/open-directory.ts';
import { decide } from '../../rules/decide.ts';
import type { Settings } from '../../settings/schema.ts';
import { readLocalToken } from '../../settings/token.ts';
import { openStore } from '../../store/open-store.ts';
import { StoreError } from '../../store/store-error.ts';
import { ApiClient, urlOf } from '../api-client.ts';
import { CommandFailure } from '../failure.ts';
import { sqliteFile } from '../store-of.ts';
import { failed, type Finding } from './finding.ts';

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** @param name of a connection in `crm` */
export async function checkCrm(settings: Settings, name: string): Promise<Finding[]> {
  const health = (await askRunning(settings, name)) ?? (await askOurselves(settings, name));
  return health.map(findingOf);
}

/** A health as a finding. */
export function findingOf({ part, level, message, mend }: Health): Finding {
  return { name: part, level, message, mend };
}

/** Null when none runs here, or it has no such connection. */
async function askRunning(settings: Settings, name: string): Promise<Health[] | null> {
  const token = readLocalToken(settings.data);
  if (token === null) return null;
  try {
    return (await new ApiClient(urlOf(settings.listen), token).crmCheck(name)).health;
  } catch (error) {
    if (error instanceof CommandFailure) return null;
    throw error;
  }
}

async function askOurselves(settings: Settings, name: string): Promise<Health[]> {
  const file = sqliteFile(settings.database);
  // What is not there yet is not made: nothing is stored, then, that the connection could know.
  const url = file !== null && !existsSync(file) ? 'sqlite::memory:' : settings.database;
  try {
    const store = await openStore(url);
    try {
      const directory = await openDirectory(store);
      const connections = openConnections({
        connections: settings.crm.filter((one) => one.name === name),
        adapters,
        parts: () => partsFor(name, settings.region, () => directory.current()),
        database: store.database,
        key: hasSecretKey(settings) ? secretKey(settings) : randomBytes(32),
        log: { add: () => {} },
        logger: silent,
        now: Date.now,
        region: settings.region,
        publicUrl: settings.publicUrl ?? null,
      });
      try {
        return await connections.check();
      } finally {
        await connections.stop();
        await directory.close();
      }
    } finally {
      await store.close();
    }
  } catch (error) {
    if (error instanceof StoreError) return [failedHealth(name, error)];
    throw error;
  }
}

/** Enough for a connection of which nothing is stored: a check changes nothing. */
export function partsFor(name: string, region: string, directory: Parts['directory']): Parts {
  return {
    directory,
    decide: (call) => decide(call, directory(), { crm: name, region }),
    users: () => Promise.resolve(),
    tasks: {
      add: () => Promise.resolve(),
      ofCall: () => Promise.resolve([]),
      open: () => Promise.resolve([]),
      close: () => Promise.resolve(),
      reachedAfter: () => Promise.resolve(false),
    },
    orders: {
      place: () => Promise.reject(new OrderRefused('Patchcord does not run')),
      ofCall: () => Promise.resolve(null),
      byId: () => Promise.resolve(null),
    },
    media: { file: () => Promise.resolve(null), link: () => null },
    mark: () => Promise.resolve(null),
  };
}

function failedHealth(name: string, error: StoreError): Health {
  const { message, mend } = failed(name, `cannot be checked: ${error.message}`, error.mend);
  return { part: `crm ${name}`, level: 'error', message, mend };
}
