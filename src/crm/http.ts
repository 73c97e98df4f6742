// Every request that leaves for a CRM goes through here.

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: string;
  headers?: Record<string, string>;
  body?: string | Buffer | FormData;
  /** What the log calls it, such as `telephony.externalcall.finish`. */
  label: string;
  /** Which delivery it is for. */
  deliveryId?: number;
  /** 30 s unless told. */
  deadlineMs?: number;
  signal?: AbortSignal;
}

export interface HttpAnswer {
  status: number;
  headers: Headers;
  /** At most 16 MiB. */
  text: string;
  tookMs: number;
}

export interface Http {
  /** @throws HttpError; any status is an answer, not an error. Redirects are not followed: they are answers too. */
  send(request: HttpRequest): Promise<HttpAnswer>;
}

/**
 * - `refused`: nothing was sent: no connection, unknown host, an address that is not allowed.
 * - `uncertain`: it was sent (or may have been) and no whole answer came: time-out, cut connection.
 */
export class HttpError extends Error {
  readonly kind: 'refused' | 'uncertain';
  readonly mend: string | null;
  constructor(kind: 'refused' | 'uncertain', message: string, about: { mend?: string; cause?: unknown } = {}) {
    super(message, { cause: about.cause });
    this.name = 'HttpError';
    this.kind = kind;
    this.mend = about.mend ?? null;
  }
}
