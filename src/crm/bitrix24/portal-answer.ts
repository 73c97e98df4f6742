// What an answer of the portal says about the whole request. Everything that is no proper envelope is a matter of judging whether anything
// can have happened.
import type { HttpAnswer } from '../http.ts';
import { errorOf, type Access, type Told } from './errors.ts';
import { PortalError } from './portal.ts';

export type Read =
  /** A proper envelope. */
  | { is: 'answered'; body: Record<string, unknown> }
  /** A proper envelope with an error: the portal understood, and did nothing (or says what it did). */
  | { is: 'told'; error: PortalError }
  /** Nothing that a portal's REST says: the error concerns everything that is sent there. */
  | { is: 'garbled'; error: PortalError }
  /** Nothing happened: the portal is elsewhere. */
  | { is: 'moved'; location: string };

/** Reads the answer to a request that was about `method` (`batch` for many). */
export function readAnswer(
  answer: Pick<HttpAnswer, 'status' | 'headers' | 'text'>,
  method: string,
  access: Access,
): Read {
  const { status } = answer;
  if (status >= 300 && status < 400) {
    const location = answer.headers.get('location');
    if (location !== null) return { is: 'moved', location };
  }
  const body = asObject(parse(answer.text));
  // A limit of the web server, in this one request's way only.
  if (body === null && status === 413) return { is: 'told', error: tooLarge(method) };
  if (body === null) return { is: 'garbled', error: garbled(answer) };
  // The code may be "": what counts is that it is there.
  if ('error' in body) {
    const told = toldOf(body, status);
    return { is: 'told', error: errorOf(told, method, access) };
  }
  if (!('result' in body) || status >= 400) return { is: 'garbled', error: garbled(answer) };
  return { is: 'answered', body };
}

/** The error in an envelope, or of one command in a batch. */
export function toldOf(body: Record<string, unknown>, status: number | null): Told {
  const { error, error_description: description } = body;
  const text = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');
  return { code: text(error), description: text(description), status };
}

function tooLarge(method: string): PortalError {
  return new PortalError('domain', 'HTTP_413', `The portal’s web server takes no request as large as this ${method}`, {
    mend: 'Raise client_max_body_size, post_max_size and upload_max_filesize on the portal’s server, then send it again',
  });
}

function garbled({ status, text }: Pick<HttpAnswer, 'status' | 'text'>): PortalError {
  const isEmpty = text.trim() === '';
  // A limit in front of the portal answers without a body; nothing behind it saw the request.
  if ((status === 503 && isEmpty) || status === 429) {
    return new PortalError('limit', 'QUERY_LIMIT_EXCEEDED', `The portal answered ${status}: too many requests`);
  }
  // Refused by a server in front of the portal, or no portal at all. 408 and 499 tell of a request that was given up in the middle.
  if (status >= 400 && status < 500 && status !== 408 && status !== 499) {
    return new PortalError(
      'auth',
      `HTTP_${status}`,
      `What answers at the portal’s address says ${status}, and not as a portal does`,
      {
        mend: 'Check the address (webhook or portal) in a browser: no proxy or sign-in page may stand before /rest/',
      },
    );
  }
  const what = isEmpty ? 'nothing' : /<html|<!doctype/i.test(text) ? 'a web page' : 'a broken answer';
  return new PortalError('uncertain', `HTTP_${status}`, `The portal answered ${status} with ${what} instead of JSON`, {
    mend: status >= 500 ? null : 'Check that the address (webhook or portal) is that of the portal itself',
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Cut off, or a web page: no answer of the portal's.
    return null;
  }
}

/** The value as an object; null when it is none. PHP writes an empty object as `[]`. */
export function asObject(value: unknown): Record<string, unknown> | null {
  if (typeof value !== 'object' || value === null) return null;
  if (Array.isArray(value)) return value.length === 0 ? {} : null;
  return value as Record<string, unknown>;
}
