// What the portal's error codes mean. One goes by the code, not by the HTTP status, which differs between the vendor's documents and its
// servers; and the code may be empty.
import { HttpError } from '../http.ts';
import { PortalError, type PortalErrorKind } from './portal.ts';

/** An error as the portal tells it: for a whole request, or for one command of a batch. */
export interface Told {
  code: string;
  description: string;
  /** Of the whole answer; null for a command of a batch. */
  status: number | null;
}

/** How we come to the portal: what an administrator has to look at differs. */
export type Access = 'webhook' | 'application';

/** Whether an error for one command means the same for every other one. */
export function concernsAll(error: PortalError): boolean {
  return error.kind === 'auth' || error.kind === 'down';
}

/** Codes after which a new access token may help, once. */
export function asksForRenewal(code: string): boolean {
  return code === 'expired_token' || code === 'invalid_token' || code === 'NO_AUTH_FOUND';
}

/** What the error means, and what the administrator does about it. */
export function errorOf(told: Told, method: string, access: Access): PortalError {
  const description = plain(told.description) || 'The portal gave no reason';
  const known = meanings[told.code.toUpperCase()];
  const kind = known?.kind ?? kindByStatus(told);
  const mend = known?.mend?.(method, access) ?? null;
  return new PortalError(kind, told.code.slice(0, 100), description, {
    mend,
    retryAfterMs: known?.retryAfterMs ?? null,
  });
}

/** A server fault may have struck in the middle of the work. */
function kindByStatus({ status }: Told): PortalErrorKind {
  return status !== null && status >= 500 ? 'uncertain' : 'domain';
}

interface Meaning {
  kind: PortalErrorKind;
  mend?: (method: string, access: Access) => string;
  retryAfterMs?: number;
}

const checkWebhook = 'Make a new incoming webhook in the portal and put its address into the setting webhook';
const reinstall = 'Install the application again in the portal (Developer resources, Integrations, Reinstall)';
const checkApplication = 'Check clientId and clientSecret against the application in the portal';

const meanings: Readonly<Record<string, Meaning>> = {
  QUERY_LIMIT_EXCEEDED: { kind: 'limit' },
  OPERATION_TIME_LIMIT: { kind: 'limit' },
  OVERLOAD_LIMIT: {
    kind: 'down',
    retryAfterMs: 60_000,
    mend: () => 'The portal has blocked this connection for overload: ask the support of Bitrix24',
  },
  EXPIRED_TOKEN: { kind: 'auth', mend: () => reinstall },
  INVALID_TOKEN: { kind: 'auth', mend: (_, access) => (access === 'webhook' ? checkWebhook : reinstall) },
  NO_AUTH_FOUND: { kind: 'auth', mend: (_, access) => (access === 'webhook' ? checkWebhook : reinstall) },
  INVALID_CREDENTIALS: {
    kind: 'auth',
    mend: (_, access) => (access === 'webhook' ? checkWebhook : checkApplication),
  },
  AUTHORIZATION_ERROR: {
    kind: 'auth',
    mend: (_, access) =>
      access === 'webhook'
        ? 'The owner of the webhook may not work in the portal any more: make the webhook as another employee, and put its address into the setting webhook'
        : `The employee who installed the application may not work in the portal any more. ${reinstall} as another one`,
  },
  USER_ACCESS_ERROR: {
    kind: 'auth',
    mend: () => 'Let the employee who installed the application use it: its access rights are in the portal',
  },
  APPLICATION_NOT_FOUND: {
    kind: 'auth',
    mend: () =>
      'The portal has no such application (any more): make it again, and put its clientId and clientSecret here',
  },
  INVALID_CLIENT: { kind: 'auth', mend: () => checkApplication },
  WRONG_CLIENT: { kind: 'auth', mend: () => checkApplication },
  INVALID_GRANT: { kind: 'auth', mend: () => reinstall },
  PAYMENT_REQUIRED: {
    kind: 'auth',
    mend: () => 'The portal’s plan does not include applications (any more): renew it',
  },
  INVALID_REQUEST: { kind: 'auth', mend: () => 'Begin the address (webhook or portal) with https://' },
  CONNECTION_ERROR: {
    kind: 'down',
    retryAfterMs: 15_000,
    mend: () =>
      'The portal cannot reach its authorisation server, so applications do not work on it: open that way, or use an incoming webhook',
  },
  PORTAL_DELETED: {
    kind: 'down',
    retryAfterMs: 60_000,
    mend: () => 'The portal is closed or deleted: check its address',
  },
  INSUFFICIENT_SCOPE: { kind: 'scope', mend: needsScope },
  INVALID_SCOPE: { kind: 'scope', mend: needsScope },
  ACCESS_DENIED: {
    kind: 'scope',
    mend: (method, access) =>
      `Give the ${access === 'webhook' ? 'webhook’s owner' : 'employee who installed the application'} the right to do ${method}, or look whether the plan includes the REST API`,
  },
  WRONG_AUTH_TYPE: {
    kind: 'scope',
    mend: (method, access) =>
      access === 'webhook'
        ? `This portal does not take ${method} from a webhook: use a local application (clientId, clientSecret)`
        : `This portal does not take ${method} from this kind of application: make a local application`,
  },
  WRONG_LICENSE: { kind: 'scope', mend: (method) => `The portal’s plan does not include ${method}` },
  ERROR_METHOD_NOT_FOUND: {
    kind: 'scope',
    mend: (method) =>
      /^(telephony|voximplant)\./i.test(method)
        ? `The portal has no ${method}: switch its telephony module on, or update the portal`
        : `The portal has no ${method}: switch the module on that it belongs to, or update the portal`,
  },
  METHOD_CONFIRM_WAITING: { kind: 'scope', mend: (method) => `An administrator of the portal has to allow ${method}` },
  METHOD_CONFIRM_DENIED: { kind: 'scope', mend: (method) => `An administrator of the portal has forbidden ${method}` },
  ERROR_ARGUMENT: { kind: 'bug' },
  INVALID_ARGUMENT: { kind: 'bug' },
  '100': { kind: 'bug' },
  ERROR_BATCH_LENGTH_EXCEEDED: { kind: 'bug' },
  ERROR_BATCH_METHOD_NOT_ALLOWED: { kind: 'bug' },
  INTERNAL_SERVER_ERROR: { kind: 'uncertain' },
  ERROR_UNEXPECTED_ANSWER: { kind: 'uncertain' },
};

/** The scope that a method belongs to; null for those that need none or are not known here. */
export function scopeOf(method: string): string | null {
  const [first = ''] = method.toLowerCase().split('.');
  return scopes[first] ?? null;
}

const scopes: Readonly<Record<string, string>> = {
  telephony: 'telephony',
  voximplant: 'telephony',
  crm: 'crm',
  user: 'user_basic',
  task: 'task',
  tasks: 'task',
  im: 'im',
  timeman: 'timeman',
  placement: 'placement',
};

function needsScope(method: string, access: Access): string {
  const scope = scopeOf(method);
  const right = scope === null ? `the right that ${method} needs` : `the right “${scope}” (for ${method})`;
  return access === 'webhook'
    ? `Tick ${right} in the incoming webhook`
    : `Tick ${right} in the local application, save it and install it again`;
}

/** Tasks and others put HTML into their texts. */
function plain(text: string): string {
  return text
    .replaceAll(/<[^>]{0,200}>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 500);
}

/** Why there was no answer, in the words of a portal's error. */
export function fromHttp(error: unknown): PortalError {
  if (error instanceof PortalError) return error;
  // What is no HttpError is a fault of ours; whether it struck before or after sending is not known.
  if (!(error instanceof HttpError)) return new PortalError('uncertain', 'FAULT', String(error), { cause: error });
  const code = error.kind === 'refused' ? 'NO_CONNECTION' : 'NO_ANSWER';
  return new PortalError(error.kind, code, error.message, { mend: error.mend, cause: error });
}

/** The database is away, or its secrets were sealed with another key: then the error says what to do. */
export function unreadable(what: string, cause: unknown): PortalError {
  const { message, mend } = (cause instanceof Error ? cause : {}) as { message?: string; mend?: unknown };
  const text = `${what} cannot be read from the database now`;
  const isMendable = typeof mend === 'string';
  return new PortalError('down', 'NO_STORE', isMendable ? `${text}: ${message}` : text, {
    mend: isMendable ? mend : null,
    cause,
  });
}
