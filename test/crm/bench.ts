// One connection on a bench: everything around it is real but the CRM, which is a fake, and the parts that a test gives by itself.
import { onTestFinished } from 'vitest';
import type { Call } from '../../src/calls/call.ts';
import { openConnections, type Parts } from '../../src/crm/connections.ts';
import type { Adapter, Connection } from '../../src/crm/contract.ts';
import { RequestLog } from '../../src/crm/request-log.ts';
import { DeliveryError, type Outcome } from '../../src/outbox/worker.ts';
import { emptyDirectory } from '../../src/people/empty.ts';
import { partsFor } from '../../src/cli/checks/crm.ts';
import type { Delivery, DeliveryKind } from '../../src/store/delivery.ts';
import { openStore } from '../../src/store/open-store.ts';

export const connectionName = 'bench';
/** Adapters wait for 15 s and more; on the bench an answer that has not come by then never comes. */
const deadlineMs = 400;

export interface Sample {
  kind: DeliveryKind;
  payload?: Record<string, unknown>;
  /** Null: a call that the history does not know. */
  call: Call | null;
}

export interface Bench {
  connection: Connection;
  /** Begins this delivery for the `attempts`-th time. */
  work(id: number, sample: Sample, attempts?: number, signal?: AbortSignal): Promise<Outcome>;
  /** The error of a delivery that fails. */
  fails(id: number, sample: Sample, attempts?: number, signal?: AbortSignal): Promise<DeliveryError>;
  /** All that was said to the outside so far: log lines, notes, errors, status, the log of requests. */
  said(): Promise<string>;
}

/** @param settings without name and type, as a person would write them */
export async function openBench(
  adapter: Adapter,
  settings: Record<string, unknown>,
  parts: (defaults: Parts) => Parts = (defaults) => defaults,
): Promise<Bench> {
  const store = await openStore('sqlite::memory:');
  const lines: string[] = [];
  const say = (fields: object, message: string): void => void lines.push(`${message} ${tellAll(fields)}`);
  const logger = { debug: say, info: say, warn: say, error: say };
  const log = new RequestLog(store.database, logger);
  const parsed = adapter.settings.parse(settings);
  const connections = openConnections({
    connections: [{ ...parsed, name: connectionName, type: adapter.type }],
    adapters: [impatient(adapter)],
    parts: () => parts(defaultParts()),
    database: store.database,
    key: Buffer.alloc(32, 7),
    log,
    logger,
    now: Date.now,
    region: 'RU',
    publicUrl: 'https://calls.example.com',
  });
  onTestFinished(async () => {
    await connections.stop();
    await log.flush();
    await store.close();
  });
  const connection = connections.get(connectionName);
  if (!connection) throw new Error('the connection is not there');

  const states = new Map<string, unknown>();
  const work = async (id: number, sample: Sample, attempts = 1, signal = new AbortController().signal) => {
    const delivery = deliveryOf(id, sample, attempts);
    try {
      const outcome = await connection.work({
        delivery,
        call: sample.call,
        state: states.get(delivery.callId) ?? null,
        // As the database keeps it: plain JSON.
        save: async (state) => void states.set(delivery.callId, JSON.parse(JSON.stringify(state))),
        signal,
      });
      lines.push(JSON.stringify(outcome));
      return outcome;
    } catch (error) {
      lines.push(tellAll({ error }));
      throw error;
    }
  };
  return {
    connection,
    work,
    async fails(...given) {
      const outcome: unknown = await work(...given).catch((error: unknown) => error);
      if (outcome instanceof DeliveryError) return outcome;
      throw new Error(`expected a DeliveryError, got ${tellAll({ outcome })}`);
    },
    async said() {
      const requests = await log.requests(connectionName, { limit: 200 });
      return [...lines, JSON.stringify(connection.status()), JSON.stringify(requests)].join('\n');
    },
  };
}

function deliveryOf(id: number, { kind, payload, call }: Sample, attempts: number): Delivery {
  return {
    id,
    crm: connectionName,
    kind,
    callId: call?.id ?? 'call-unknown',
    number: call?.client?.e164 ?? null,
    live: kind === 'card' || kind === 'answered' || kind === 'merged',
    payload: payload ?? {},
    staleAtMs: null,
    state: 'working',
    attempts,
    createdAtMs: 1_780_000_000_000,
    dueAtMs: 1_780_000_000_000,
    endedAtMs: null,
    note: null,
    mend: null,
  };
}

function impatient(adapter: Adapter): Adapter {
  return {
    ...adapter,
    open: (given) =>
      adapter.open({
        ...given,
        http: {
          send: (request) =>
            given.http.send({ ...request, deadlineMs: Math.min(request.deadlineMs ?? deadlineMs, deadlineMs) }),
        },
      }),
  };
}

function defaultParts(): Parts {
  const directory = emptyDirectory();
  return partsFor(connectionName, 'RU', () => directory);
}

/** With what JSON leaves out of errors: a secret may hide in a stack or a cause. */
function tellAll(value: object): string {
  return JSON.stringify(value, (_key, one: unknown) =>
    one instanceof Error ? [one.name, one.message, one.stack, one.cause, ...Object.entries(one)] : one,
  );
}
