// Every error that the API can answer with. docs/generated/errors.md is made from this table and a test compares the two.

interface ErrorKind {
  readonly status: number;
  /** When it is answered, for the documentation. */
  readonly when: string;
  /** What the caller (or the administrator) does about it. */
  readonly mend: string;
}

export const errorKinds = {
  invalid_request: {
    status: 400,
    when: 'A parameter, the path or the body is not what the route takes. The message names each one at fault.',
    mend: 'Send the parameters as /api/v1/openapi.json describes them.',
  },
  token_missing: {
    status: 401,
    when: 'The request has no `Authorization: Bearer …` header.',
    mend: 'Send a token in the Authorization header. A token in the address is never read.',
  },
  token_unknown: {
    status: 401,
    when: 'The token (or the one-time ticket) is not known, was used up or was taken away.',
    mend: 'Make a token with `patchcord token add` and send that one.',
  },
  link_invalid: {
    status: 403,
    when: 'A link to a recording has no signature, or another one than ours.',
    mend: 'Use the link as the CRM has it, whole. After the key of the installation was changed (secretKey), older links do not play any more.',
  },
  scope_missing: {
    status: 403,
    when: 'The token is known and its scopes do not cover the route.',
    mend: 'Use a token with the scope that the message names.',
  },
  call_not_found: {
    status: 404,
    when: 'No call has this id, nor was one with this id joined to another.',
    mend: 'Take ids from /api/v1/calls or /api/v1/events.',
  },
  not_found: {
    status: 404,
    when: 'Nothing has this id: a client, a task, an operator, a delivery or the like.',
    mend: 'Take ids from the list of the same kind.',
  },
  recording_not_found: {
    status: 404,
    when: 'The call has no recording, or it is not ready yet, or its file is gone. The message says which.',
    mend: 'Try again when the call has been over for a minute; see the deliveries of the connection recordings.',
  },
  order_not_found: {
    status: 404,
    when: 'No order has this id.',
    mend: 'Take the id from the answer to POST /api/v1/calls.',
  },
  route_not_found: {
    status: 404,
    when: 'The API has no such route.',
    mend: 'See /api/v1/openapi.json for the routes.',
  },
  conflict: {
    status: 409,
    when: 'What the request is about is in a state that does not allow it. The message names the state.',
    mend: 'Ask for it again and look at its state.',
  },
  cursor_ahead: {
    status: 409,
    when: '`after` is beyond the last stored event or row: the cursor comes from another database, or the database was restored from a backup.',
    mend: 'Find out which of the two it is; then start again from the cursor that the message names.',
  },
  call_over: {
    status: 409,
    when: 'The call has ended already.',
    mend: 'Nothing: it is over.',
  },
  calls_off: {
    status: 409,
    when: 'The settings let Patchcord make no calls on this PBX.',
    mend: 'Set pbx[].dial in the settings; `dial: {}` will do for most.',
  },
  in_use: {
    status: 409,
    when: 'Other records of the directory name the one that was to be removed. The message names them.',
    mend: 'Take it out of those records first; they stay as they are until then.',
  },
  cursor_expired: {
    status: 410,
    when: '`after` is older than the events that are still kept, so that some after it are gone.',
    mend: 'Read what was missed from /api/v1/calls; then go on from the cursor that the message names, or from 0 (the oldest kept event).',
  },
  link_expired: {
    status: 410,
    when: 'The time of a link to a recording is over.',
    mend: 'Take a new link from the CRM’s entry or the API.',
  },
  body_too_large: {
    status: 413,
    when: 'The body is over the limit: 64 KiB, for what a CRM sends to /crm/… 1 MiB.',
    mend: 'Send less.',
  },
  media_type_unknown: {
    status: 415,
    when: 'The body is not JSON.',
    mend: 'Send `Content-Type: application/json`.',
  },
  range_not_satisfiable: {
    status: 416,
    when: 'The header Range begins behind the end of the recording.',
    mend: 'Ask within the size that the header Content-Range tells.',
  },
  destination_refused: {
    status: 422,
    when: 'The number may not be dialled: it is none, or short, foreign, premium or denied. The message says which, the mend names the setting.',
    mend: 'See pbx[].dial.countries, allow and deny in the settings.',
  },
  upgrade_required: {
    status: 426,
    when: 'A plain HTTP request came to the WebSocket address.',
    mend: 'Connect with a WebSocket client, or use /api/v1/events.',
  },
  too_many_orders: {
    status: 429,
    when: 'One operator has had more calls made within a minute than pbx[].dial.perMinute allows.',
    mend: 'Wait a minute, or raise pbx[].dial.perMinute.',
  },
  too_many_failures: {
    status: 429,
    when: 'Too many wrong tokens from one address within a minute. A right token is still taken.',
    mend: 'Correct the token and wait as long as the Retry-After header says.',
  },
  internal: {
    status: 500,
    when: 'A fault of Patchcord’s own.',
    mend: 'Look in the log for the request id that the message names.',
  },
  too_many_requests: {
    status: 429,
    when: 'One address has sent more to /crm/… within a minute than Patchcord takes.',
    mend: 'Send less; wait as long as the Retry-After header says.',
  },
  connection_busy: {
    status: 503,
    when: 'The connection did not deal in time with what its CRM sent to /crm/….',
    mend: 'Send it again; see the connection’s part in /api/v1/status.',
  },
  too_many_clients: {
    status: 503,
    when: 'As many clients wait for events or hold the live feed as Patchcord allows.',
    mend: 'Let clients share one feed, or try again after the Retry-After header.',
  },
  pbx_unreachable: {
    status: 503,
    when: 'Asterisk could not be asked, or refused.',
    mend: 'See the PBX’s parts in /api/v1/status. The manager user needs the write rights originate and call.',
  },
  store_failed: {
    status: 503,
    when: 'The database did not answer.',
    mend: 'See the database’s part in /api/v1/status.',
  },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorKinds;

/** What the WebSocket feed closes with; 4000-4999 are an application's own (RFC 6455, 7.4.2). */
export const closeCodes = {
  token_unknown: {
    code: 4401,
    when: 'The first message held no known token or ticket, or the token was taken away meanwhile.',
  },
  scope_missing: { code: 4403, when: 'The token may not read.' },
  hello_expected: {
    code: 4400,
    when: 'The first message was not `{"token": …}` or `{"ticket": …}`, or more than that was sent.',
  },
  hello_late: { code: 4408, when: 'No first message within 5 seconds.' },
  too_many_failures: { code: 4429, when: 'Too many wrong tokens from this address within a minute.' },
  too_slow: {
    code: 4413,
    when: 'The client reads more slowly than events come: over 1 MiB waited for it. Connect again; the snapshot brings it up to date.',
  },
  feed_failed: { code: 1011, when: 'The snapshot could not be read. Connect again.' },
  stopping: { code: 1001, when: 'Patchcord is stopping. Connect again.' },
} as const;

export type CloseReason = keyof typeof closeCodes;

/** An expected refusal; becomes `{error: {code, message, mend}}` with the status of its kind. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly retryAfterSec: number | undefined;
  readonly #mend: string;

  /** @param mend in place of the one that its kind has */
  constructor(code: ErrorCode, message: string, retryAfterSec?: number, mend: string = errorKinds[code].mend) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.retryAfterSec = retryAfterSec;
    this.#mend = mend;
  }

  get status(): number {
    return errorKinds[this.code].status;
  }

  body(): { error: { code: ErrorCode; message: string; mend: string } } {
    return { error: { code: this.code, message: this.message, mend: this.#mend } };
  }
}

/** The page docs/generated/errors.md. */
export function errorsPage(): string {
  const rows = Object.entries(errorKinds).map(
    ([code, kind]) => `| \`${code}\` | ${kind.status} | ${kind.when} | ${kind.mend} |`,
  );
  const closes = Object.entries(closeCodes).map(
    ([reason, close]) => `| ${close.code} | \`${reason}\` | ${close.when} |`,
  );
  return [
    '# Errors of the API',
    '',
    'Generated from `src/http/errors.ts`. Every error answer is `{"error": {"code", "message", "mend"}}`: `code` is from this',
    'table and stays the same between releases, `message` says what was wrong this time, `mend` what to do.',
    '',
    '| code | HTTP | when | mend |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    '## How the WebSocket feed closes',
    '',
    '| close code | reason | when |',
    '| --- | --- | --- |',
    ...closes,
    '',
  ].join('\n');
}
