import type { AmiMessage } from './message.ts';

/**
 * Why something failed, for code to decide by.
 *
 * - `unsafe-field`: a field of an action was refused before anything was sent; `field` names it.
 * - `not-connected`: an action was asked for while there is no logged-in connection.
 * - `busy`: too many actions are waiting, or Asterisk does not read what is sent to it.
 * - `timeout`: no answer to the action within its time. Whether Asterisk carried it out is unknown.
 * - `disconnected`: the connection ended while the action waited. Whether it was carried out is unknown.
 * - `refused`: Asterisk answered `Response: Error`; `response` holds the answer.
 * - `too-many-items`: a list answer was longer than the limit.
 * - `unreachable`: no connection could be made.
 * - `not-ami`: something answered, but it is not an Asterisk manager.
 * - `login-refused`: wrong user or secret, or the address is not permitted.
 * - `login-timeout`: connected, but not logged in within the time.
 * - `filter-refused`: an event filter was not accepted; the connection works on without it.
 * - `half-open`: the connection looks open but Asterisk has stopped answering.
 * - `oversized-block`: a block of the stream was larger than the limit.
 * - `listener`: a listener threw, or the promise that it returned was rejected; `cause` holds what.
 * - `stopped`: the client was stopped.
 */
export type AmiErrorCode =
  | 'unsafe-field'
  | 'not-connected'
  | 'busy'
  | 'timeout'
  | 'disconnected'
  | 'refused'
  | 'too-many-items'
  | 'unreachable'
  | 'not-ami'
  | 'login-refused'
  | 'login-timeout'
  | 'filter-refused'
  | 'half-open'
  | 'oversized-block'
  | 'listener'
  | 'stopped';

/** The one type of error of this client. The message never contains the secret or the value of a field. */
export class AmiError extends Error {
  readonly code: AmiErrorCode;
  /** Name of the field of the action, for `unsafe-field`. */
  readonly field: string | undefined;
  /** What Asterisk answered, for `refused`, `login-refused` and `filter-refused`. */
  readonly response: AmiMessage | undefined;

  constructor(
    code: AmiErrorCode,
    message: string,
    details: { field?: string; response?: AmiMessage; cause?: unknown } = {},
  ) {
    super(message, 'cause' in details ? { cause: details.cause } : {});
    this.name = 'AmiError';
    this.code = code;
    this.field = details.field;
    this.response = details.response;
  }
}
