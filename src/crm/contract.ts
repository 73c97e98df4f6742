// What a CRM's adapter is. It declares itself, and turns deliveries into requests; everything else is given to it.
import type { z } from 'zod';
import type { Call } from '../calls/call.ts';
import type { Worker } from '../outbox/worker.ts';
import type { Directory } from '../people/directory.ts';
import type { Decision } from '../rules/decision.ts';
import type { DeliveryKind } from '../store/delivery.ts';
import type { Dialect } from '../store/dialect.ts';
import type { Http } from './http.ts';
import type { SecretStore } from './secrets.ts';

export interface Capabilities {
  /** Which deliveries it takes; others are not made for it. */
  readonly takes: readonly DeliveryKind[];
  readonly clickToCall: boolean;
  /** It has users, which become operators. */
  readonly users: boolean;
  /** It has lines of its own, kept in step with ours. */
  readonly lines: boolean;
}

export interface Adapter<Schema extends z.ZodObject = z.ZodObject> {
  /** The setting `crm[].type`. */
  readonly type: string;
  /** For people. */
  readonly title: string;
  /** The settings of one connection besides `name` and `type`; secrets are marked (settings/marks.ts, `Marks`). */
  readonly settings: Schema;
  readonly capabilities: Capabilities;
  /** URLs of servers that it asks besides those which its settings name, such as one that renews tokens; `https://*.example.com`: all below it. */
  servers?(settings: z.output<Schema>): readonly string[];
  open(given: Opening<z.output<Schema>>): Connection;
}

/** A configured CRM that runs. */
export interface Connection extends Worker {
  readonly capabilities: Capabilities;
  /**
   * Begins what it does by itself (users, lines, polling for clicks). Only in the one process that owns the connection. Never rejects:
   * what goes wrong is in `status` and is tried again.
   */
  start(): void;
  stop(): Promise<void>;
  /** What is known now, without asking the CRM. */
  status(): Health[];
  /** Asks the CRM whether everything that is needed is there: rights, scopes, users, lines. For `doctor` and the API. */
  check(): Promise<Health[]>;
  /** Where an administrator of the CRM lets us in, for a kind of CRM that is connected so; null when this connection needs no such consent. */
  authorize?(): Promise<Authorization | null>;
  /** A request from the CRM to `/crm/<name>/…`; without it there are none. It verifies the sender by itself. */
  receive?(request: InboundRequest): Promise<InboundAnswer>;
}

export interface Authorization {
  /** The page of the CRM to open in a browser. It works once, and not for long. */
  url: string;
  /** Where the CRM sends the browser back to: it has to know this address. Null without a public URL. */
  returnUrl: string | null;
}

export interface Health {
  part: string;
  level: 'ok' | 'warning' | 'error';
  message: string;
  /** Null when nothing needs doing. */
  mend: string | null;
}

export interface InboundRequest {
  /** After `/crm/<name>`, such as `/event`. */
  path: string;
  method: string;
  query: URLSearchParams;
  headers: Readonly<Record<string, string>>;
  /** At most 1 MiB. */
  body: Buffer;
}

export interface InboundAnswer {
  status: number;
  /** An empty one takes away the header that every answer of ours has, such as `x-frame-options` for a page that the CRM shows in a frame. */
  headers?: Record<string, string>;
  body?: string;
}

/** Everything that a connection may use of the world. */
export interface Opening<Settings> {
  readonly name: string;
  readonly settings: Settings;
  /** Outgoing requests: deadlines, size caps, address rules, the masked log. */
  readonly http: Http;
  /** Tokens that outlive the program, encrypted. */
  readonly secrets: SecretStore;
  readonly directory: () => Directory;
  /** What holds for this call and this connection (rules/). */
  readonly decide: (call: Call) => Decision;
  /** Tells the directory which users the CRM has; operators are made or completed from them (people/). */
  readonly users: (users: readonly CrmUser[]) => Promise<void>;
  readonly tasks: TaskBook;
  readonly orders: Orders;
  readonly media: Media;
  /** The client's mark of a call, 1 to 5; null when he has given none so far. Rejects with StoreError. */
  readonly mark: (callId: string) => Promise<number | null>;
  readonly logger: Logger;
  /** Unix ms. */
  readonly now: () => number;
  /** Ours, for the adapter that keeps its data with us. */
  readonly database: Dialect;
  /** Country whose numbers come without a country code (ISO 3166). */
  readonly region: string;
  /** Where the CRM reaches us, `https://…` without a slash at the end; null when it cannot. */
  readonly publicUrl: string | null;
}

export interface CrmUser {
  id: string;
  name: string;
  /** Inner number; null when none. */
  extension: string | null;
  mobiles: string[];
  active: boolean;
}

/** Tasks made for missed calls of a connection. */
export interface TaskBook {
  add(task: { taskId: string; callId: string; number: string }): Promise<void>;
  ofCall(callId: string): Promise<{ taskId: string }[]>;
  open(number: string): Promise<{ taskId: string; callId: string }[]>;
  close(taskId: string, byCallId: string): Promise<void>;
  /**
   * Whether `reached` was worked for a later call of the same client. What is tried again, or waits until more is known of a call, may come
   * behind it; nothing would close a task that is made then.
   */
  reachedAfter(call: Call): Promise<boolean>;
}

/** Calls that the CRM orders. */
export interface Orders {
  /** Takes the order and answers at once; what becomes of it is told by deliveries. Refusals reject with OrderRefused. */
  place(order: {
    /** The call's id in the CRM; null when it has none yet. */
    crmCallId: string | null;
    kind: 'click_to_call' | 'callback';
    extension: string;
    number: string;
    line: string | null;
    requestedBy: string;
  }): Promise<{ orderId: string }>;
  /** The order that this call came from. */
  ofCall(call: Call): Promise<PlacedOrder | null>;
  byId(orderId: string): Promise<PlacedOrder | null>;
}

export interface PlacedOrder {
  id: string;
  crm: string | null;
  crmCallId: string | null;
  kind: 'click_to_call' | 'callback';
  extension: string;
  number: string;
  line: string | null;
  state: 'placed' | 'answered' | 'failed' | 'expired';
  /** Why it failed: no-answer, busy, rejected, unavailable, not-allowed, pbx-down. */
  reason: string | null;
  placedAtMs: number;
}

/** Why a call was not begun: a sentence for the person who clicked, with the mend for the administrator. */
export class OrderRefused extends Error {
  readonly mend: string | null;
  constructor(message: string, mend: string | null = null) {
    super(message);
    this.name = 'OrderRefused';
    this.mend = mend;
  }
}

export interface Media {
  /** The recording of a call (one, over all its parts), ready to be sent; null when there is none. */
  file(callId: string): Promise<ReadyRecording | null>;
  /** A link that plays without signing in, for so long; null without a public URL. */
  link(callId: string, lifeSec: number): string | null;
}

export interface ReadyRecording {
  path: string;
  bytes: number;
  durationMs: number;
  contentType: string;
  /** By the template of the settings, unique, ends in .mp3 or .wav. */
  fileName: string;
}

export interface Logger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}
