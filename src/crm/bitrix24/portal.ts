// One Bitrix24 portal as the adapter sees it: methods with parameters, and what became of each. Requests, batches, limits, tokens and
// the portal's moods stay behind it.
import type { InboundAnswer, InboundRequest } from '../contract.ts';

/** A parameter. True and false become 1 and 0; null, undefined, empty lists and empty objects are left out, as PHP leaves them out. */
export type Value = string | number | boolean | null | undefined | readonly Value[] | { readonly [key: string]: Value };
export type Params = { readonly [key: string]: Value };

/**
 * Who goes first: `live` is what a person waits for now (cards, look-ups at ring) and goes at once, from tokens that are kept for it;
 * `usual` is the end of a call; `backlog` is what had to wait and records; `sync` is users, lines and checks.
 */
export type Lane = 'live' | 'usual' | 'backlog' | 'sync';
export const lanes: readonly Lane[] = ['live', 'usual', 'backlog', 'sync'];

export interface About {
  /** `usual` unless told. */
  lane?: Lane;
  /** Shown in the log of requests, where a request is for one delivery alone. */
  deliveryId?: number;
  /** A command that still waits is taken back: it rejects with `refused` (nothing was sent). One that was sent is waited for. */
  signal?: AbortSignal;
  /** It may take a second or more in the portal (register, finish, attachRecord and whatever starts automation know themselves). */
  heavy?: boolean;
}

export interface Answered {
  result: unknown;
  /** All rows that the filter matches; null where the method does not say. */
  total: number | null;
  /** Offset of the next page; null on the last. */
  next: number | null;
}

/** A file that is sent as one part of a form. */
export interface Upload {
  path: string;
  fileName: string;
  contentType: string;
  bytes: number;
}

export interface Portal {
  /**
   * Calls a method. Commands that wait at the same moment travel together in one `batch`; each has its own fate. Methods are lower-cased
   * by the portal. Text in parameters is taken as it is, also where it looks like a batch's reference (`$result[…]`).
   * @throws PortalError
   */
  call(method: string, params?: Params, about?: About): Promise<Answered>;
  /**
   * Rows of a method that lists, 50 a request: by `>ID` where that is known to work (crm.*.list, crm.item.list, tasks.task.list,
   * voximplant.statistic.get), else by offset. Filter and order by ID are set here. A filter that the portal ignores silently returns
   * everything: check the rows.
   * @throws PortalError
   */
  list(method: string, params?: Params, about?: About): AsyncIterable<Record<string, unknown>>;
  /**
   * Sends a file to where `attachRecord` said (`{uploadUrl, fieldName}`), as a request of its own, always to the portal's own address.
   * @throws PortalError
   */
  upload(uploadUrl: string, fieldName: string, file: Upload, about?: About): Promise<unknown>;

  /** The one address of the portal now, `https://portal/` with a slash at the end; another than in the settings after a renaming. */
  url(): string;
  status(): PortalStatus;
  /** Sends no more: what waits rejects with `refused`, what was sent is waited for. */
  close(): Promise<void>;

  /** Where an administrator of the portal has to go to authorise us; null with a webhook. Valid for 10 minutes. */
  authorizeUrl(): Promise<string | null>;
  /** Answers `/install` and `/oauth`; null for any other path. */
  receive(request: InboundRequest): Promise<InboundAnswer | null>;
  /** Reads an event (form-encoded) and says whether our portal sent it; null when it did not. */
  verifyEvent(body: Buffer): Promise<PortalEvent | null>;
}

/** An event whose sender is known to be our portal. Its texts are still a caller's. */
export interface PortalEvent {
  /** Upper case, such as ONEXTERNALCALLSTART. */
  event: string;
  /** Values are strings, lists and objects as PHP sends them. */
  data: Record<string, unknown>;
  /** Unix ms at which the portal made it; null when it does not say. */
  atMs: number | null;
  /** The user who caused it; null when it does not say. */
  userId: string | null;
}

export interface PortalStatus {
  /** `webhook`, or with an application whether it is authorised. */
  access: 'webhook' | 'authorised' | 'not authorised';
  /** Requests that could be made now without waiting. */
  tokens: number;
  /** Commands that wait. */
  waiting: Readonly<Record<Lane, number>>;
  /** Requests without an answer yet. */
  inFlight: number;
  /** Unix ms; null when not paused. */
  pausedUntilMs: number | null;
  /** Methods whose time in the portal is used up, and until when (unix ms). */
  blocked: readonly { method: string; untilMs: number }[];
  requests: number;
  commands: number;
  /** How often the portal said that there were too many requests. */
  limited: number;
  lastAnswerAtMs: number | null;
  /** The last thing that went wrong for the whole portal (not for one command); null when it has answered since. */
  lastError: { atMs: number; kind: PortalErrorKind; code: string; description: string; mend: string | null } | null;
}

/**
 * What an error means for the command. Only `uncertain` may have happened.
 *
 * - `refused`: nothing was sent. May be repeated at any time.
 * - `uncertain`: sent, and no whole answer came. Look before repeating.
 * - `limit`: the portal did nothing because a limit is used up; see `retryAfterMs`. With code OPERATION_TIME_LIMIT only this method.
 * - `auth`: the portal does not know us (any more). Only a person can mend it; concerns every command.
 * - `scope`: a right, a scope, a module or the plan is missing for this method.
 * - `down`: the portal cannot work now, or has just failed and is left alone for a moment. Nothing happened.
 * - `domain`: the portal looked at the command and said no. `code` is often ""; the text is all there is.
 * - `bug`: the command is wrong: a fault of ours.
 */
export type PortalErrorKind = 'refused' | 'uncertain' | 'limit' | 'auth' | 'scope' | 'down' | 'domain' | 'bug';

export class PortalError extends Error {
  readonly kind: PortalErrorKind;
  /** The portal's code, often ""; or ours, in capitals. */
  readonly code: string;
  /** The portal's text, without marks of HTML, at most 500 characters; never a secret. */
  readonly description: string;
  /** What the administrator does about it; null when waiting is all, or nobody can. */
  readonly mend: string | null;
  /** Not before this long; null when the portal did not say. */
  readonly retryAfterMs: number | null;

  constructor(
    kind: PortalErrorKind,
    code: string,
    description: string,
    about: { mend?: string | null; retryAfterMs?: number | null; cause?: unknown } = {},
  ) {
    super(code === '' ? description : `${code}: ${description}`, { cause: about.cause });
    this.name = 'PortalError';
    this.kind = kind;
    this.code = code;
    this.description = description;
    this.mend = about.mend ?? null;
    this.retryAfterMs = about.retryAfterMs ?? null;
  }
}
