// A connection whose every word to the outside has passed the masker: what an adapter puts into an error came from a server, and may hold anything.
import { DeliveryError, type Outcome, type Work } from '../outbox/worker.ts';
import type { Authorization, Connection, Health, InboundAnswer, InboundRequest, Logger } from './contract.ts';
import type { Masker } from './masker.ts';

const checkMs = 30_000;

/** The same connection; `check` ends in time and never rejects. */
export function maskedConnection(inner: Connection, masker: Masker): Connection {
  const { name } = inner;
  const clean = (health: Health): Health => ({
    // The name comes first, so that parts of two portals are told apart.
    part: health.part.startsWith(`crm ${name}`) ? health.part : `crm ${name}: ${health.part}`,
    level: health.level,
    message: masker.mask(health.message),
    mend: health.mend === null ? null : masker.mask(health.mend),
  });
  const receive = inner.receive?.bind(inner);
  const authorize = inner.authorize?.bind(inner);
  return {
    name,
    get concurrency() {
      return inner.concurrency;
    },
    capabilities: inner.capabilities,
    start: () => inner.start(),
    stop: () => inner.stop(),
    status: () => inner.status().map(clean),
    check: async () => (await checked(inner)).map(clean),
    work: async (work: Work): Promise<Outcome> => {
      try {
        const outcome = await inner.work(work);
        return outcome.note === undefined ? outcome : { ...outcome, note: masker.mask(outcome.note) };
      } catch (error) {
        throw cleanError(error, masker);
      }
    },
    ...(authorize === undefined
      ? {}
      : {
          // The address holds a secret on purpose: it is made for whoever asked.
          authorize: async (): Promise<Authorization | null> => {
            try {
              return await authorize();
            } catch (error) {
              throw cleanError(error, masker);
            }
          },
        }),
    ...(receive === undefined
      ? {}
      : {
          receive: async (request: InboundRequest): Promise<InboundAnswer> => {
            try {
              return await receive(request);
            } catch (error) {
              throw cleanError(error, masker);
            }
          },
        }),
  };
}

/** The logger without secrets. */
export function maskedLogger(logger: Logger, masker: Masker, connection: string): Logger {
  const fields = (given: object): object => ({ crm: connection, ...(masker.maskData(given) as object) });
  return {
    debug: (given, message) => logger.debug(fields(given), masker.mask(message)),
    info: (given, message) => logger.info(fields(given), masker.mask(message)),
    warn: (given, message) => logger.warn(fields(given), masker.mask(message)),
    error: (given, message) => logger.error(fields(given), masker.mask(message)),
  };
}

async function checked(connection: Connection): Promise<Health[]> {
  const part = `crm ${connection.name}`;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Health[]>((resolve) => {
    const message = `the check did not end within ${checkMs / 1000} s`;
    timer = setTimeout(
      () => resolve([{ part, level: 'error', message, mend: 'see the log of its requests' }]),
      checkMs,
    );
  });
  try {
    return await Promise.race([connection.check(), late]);
  } catch (error) {
    const message = `could not be checked: ${error instanceof Error ? error.message : String(error)}`;
    const mend = typeof error === 'object' && error !== null ? (Reflect.get(error, 'mend') as unknown) : null;
    return [{ part, level: 'error', message, mend: typeof mend === 'string' ? mend : 'see the log of its requests' }];
  } finally {
    clearTimeout(timer);
  }
}

function cleanError(error: unknown, masker: Masker): unknown {
  if (error instanceof DeliveryError) {
    return new DeliveryError(error.kind, masker.mask(error.message), {
      ...(error.mend === null ? {} : { mend: masker.mask(error.mend) }),
      ...(error.retryAfterMs === null ? {} : { retryAfterMs: error.retryAfterMs }),
    });
  }
  if (!(error instanceof Error)) return new Error(masker.mask(String(error)));
  const clean = new Error(masker.mask(error.message));
  clean.name = error.name;
  clean.stack = masker.mask(error.stack ?? '');
  return clean;
}
