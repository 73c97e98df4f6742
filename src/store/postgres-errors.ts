import { StoreError } from './store-error.ts';

const waiting = 'Patchcord goes on by itself when it answers; the setting is `database`.';

/** SQLSTATE codes: https://www.postgresql.org/docs/current/errcodes-appendix.html. `shown`: the address without its password. */
export function explainPostgres(error: unknown, shown: string): StoreError {
  if (error instanceof StoreError) return error;
  const code = codeOf(error);
  const said = error instanceof Error ? error.message || code : String(error);
  const where = `the database ${shown}`;
  // lock_not_available, deadlock_detected, serialization_failure, query_canceled by a timeout
  if (['55P03', '40P01', '40001', '57014'].includes(code)) {
    return new StoreError(
      'busy',
      `Another process holds ${where} (${said}).`,
      `Stop whatever keeps it locked. ${waiting}`,
      error,
    );
  }
  if (code === '53100') {
    return new StoreError(
      'full',
      `The disk of ${where} is full (${said}).`,
      `Make room on the database server. ${waiting}`,
      error,
    );
  }
  if (code === '25006') {
    return new StoreError(
      'readonly',
      `May not write ${where} (${said}).`,
      'Name the primary server, not a replica, in the setting `database`.',
      error,
    );
  }
  // invalid_authorization, invalid_password, invalid_catalog_name, insufficient_privilege
  if (code.startsWith('28') || code === '3D000' || code === '42501') {
    return new StoreError(
      'open',
      `The server refused ${where} (${said}).`,
      'Check user, password, database name and rights in the setting `database`.',
      error,
    );
  }
  // connection exceptions, admin shutdown and "starting up", too many connections; Node's own codes; a client that was cut
  if (
    /^(08|57P|53300)/.test(code) ||
    /^(E[A-Z]+)$/.test(code) ||
    /terminat|timeout|not queryable|connection/i.test(said)
  ) {
    return new StoreError(
      'lost',
      `No connection to ${where} (${said}).`,
      `Check that the server runs and can be reached from here. ${waiting}`,
      error,
    );
  }
  return new StoreError(
    'failed',
    `A statement failed in ${where} (${said}).`,
    'This should not happen: please report it.',
    error,
  );
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}
