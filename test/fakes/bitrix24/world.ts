import type { Limits } from './limits.ts';
import type { OAuthStore } from './oauth-store.ts';
import type { PhpMap } from './php.ts';
import type { PortalSettings } from './settings.ts';
import type { PortalState } from './state.ts';
import type { Switchboard } from './unkindness.ts';

/** Who an event is about and who may hear of it. */
export interface EventCause {
  /** 0 when no user caused it. */
  userId: number;
  /** The application whose own request caused it: it does not find it in its offline queue. */
  byApp?: string | null;
  byConnector?: string;
  /** The only application that hears of it. */
  onlyApp?: string | null;
}

/** What every method works with. */
export interface World {
  readonly state: PortalState;
  readonly settings: PortalSettings;
  readonly limits: Limits;
  readonly tokens: OAuthStore;
  readonly unkind: Switchboard;
  /** The portal's own clock in ms, skew included. */
  now(): number;
  /** The same without the skew: time that really passes, for the rates. */
  tick(): number;
  /** Grows whenever the portal is stopped. */
  readonly life: number;
  /** `http://host:port`, as requests reach the portal. */
  baseUrl(): string;
  emit(event: string, data: PhpMap, cause: EventCause): void;
}

/** As whom a request runs. */
export interface Auth {
  kind: 'oauth' | 'webhook';
  userId: number;
  appId: string | null;
  scopes: string[];
  /** Identifies the bucket of operating time. */
  id: string;
  /** The upload address without its link token. */
  uploadUrl: string;
}

export interface Ctx {
  world: World;
  auth: Auth;
  params: PhpMap;
}

export interface Method {
  /** Any of these admits; none means that the method is global. */
  scopes: string[];
  /** Only an application may call it. */
  appOnly?: boolean;
  /** An application, or a webhook while `webhookTelephonyAllowed`. */
  telephonyAuth?: boolean;
  run(ctx: Ctx): unknown;
}

export type Methods = Record<string, Method>;
