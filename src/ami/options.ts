import type { ConnectionOptions } from 'node:tls';
import {
  ACTION_TIMEOUT_MS,
  BLOCK_MAX_BYTES,
  KEEP_ALIVE_MS,
  LIST_MAX_ITEMS,
  LOGIN_TIMEOUT_MS,
  PENDING_MAX,
  RECONNECT_MAX_MS,
  RECONNECT_MIN_MS,
  REFUSED_RETRY_MS,
} from './limits.ts';

/** What a client is told once. Times are milliseconds; what they are when left out and why stands in `limits.ts`. */
export interface AmiOptions {
  host: string;
  port: number;
  username: string;
  secret: string;
  /** `md5` (default) proves the secret without sending it; `plain` sends it, for use over TLS. */
  auth?: 'md5' | 'plain' | undefined;
  /** Connects with TLS (tlsenable in manager.conf). `{}` is enough when the certificate is one that Node trusts. */
  tls?: ConnectionOptions | undefined;
  /** EventMask: `on` (default), `off`, or classes such as `call,dialplan,agent,cdr,system`. */
  events?: string | undefined;
  /** Event filters, as `eventfilter` in manager.conf: `!Event: RTCPSent`. Need the `system` write right. */
  filters?: readonly string[] | undefined;
  keepAliveMs?: number | undefined;
  actionTimeoutMs?: number | undefined;
  loginTimeoutMs?: number | undefined;
  reconnect?: { minMs?: number; maxMs?: number; refusedMs?: number } | undefined;
  /** Actions that may wait for an answer at once. */
  maxPending?: number | undefined;
  /** Items that a list answer may have. */
  maxListItems?: number | undefined;
  maxBlockBytes?: number | undefined;
}

/** The options with everything filled in. */
export type AmiSettings = { [Name in keyof Omit<AmiOptions, 'tls' | 'reconnect'>]-?: NonNullable<AmiOptions[Name]> } & {
  tls: ConnectionOptions | undefined;
  reconnect: { minMs: number; maxMs: number; refusedMs: number };
};

export function withDefaults(options: AmiOptions): AmiSettings {
  const { reconnect = {} } = options;
  return {
    host: options.host,
    port: options.port,
    username: options.username,
    secret: options.secret,
    auth: options.auth ?? 'md5',
    tls: options.tls,
    events: options.events ?? 'on',
    filters: options.filters ?? [],
    keepAliveMs: options.keepAliveMs ?? KEEP_ALIVE_MS,
    actionTimeoutMs: options.actionTimeoutMs ?? ACTION_TIMEOUT_MS,
    loginTimeoutMs: options.loginTimeoutMs ?? LOGIN_TIMEOUT_MS,
    reconnect: {
      minMs: reconnect.minMs ?? RECONNECT_MIN_MS,
      maxMs: reconnect.maxMs ?? RECONNECT_MAX_MS,
      refusedMs: reconnect.refusedMs ?? REFUSED_RETRY_MS,
    },
    maxPending: options.maxPending ?? PENDING_MAX,
    maxListItems: options.maxListItems ?? LIST_MAX_ITEMS,
    maxBlockBytes: options.maxBlockBytes ?? BLOCK_MAX_BYTES,
  };
}
