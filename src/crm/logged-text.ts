// Requests and answers as the log keeps them: secrets hidden, cut to a length, nothing in them that a database refuses.
import { type Masker } from './masker.ts';
import { bodyBytesMax } from './request-log.ts';

const urlBytesMax = 1000;

/** The text masked and cut to `bytesMax`. */
export function loggedText(text: string, masker: Masker, bytesMax = bodyBytesMax): string {
  // More is read than is kept, so that a secret across the cut is seen whole.
  const windowChars = bytesMax + masker.charsMax;
  const masked = masker.mask(text.slice(0, windowChars));
  // The end of the window may hold a part of a secret, which nothing could recognise; masking may have moved it before the cut.
  const whole = text.length > windowChars ? masked.slice(0, Math.max(0, masked.length - masker.charsMax)) : masked;
  return cutBytes(whole.replaceAll('\0', '\ufffd').toWellFormed(), bytesMax, text.length > windowChars);
}

export function loggedUrl(url: string, masker: Masker): string {
  return loggedText(url.replace(/^([a-z]+:\/\/)[^/?#]*@/i, '$1'), masker, urlBytesMax);
}

/** The request as one text: what the adapter calls it, headers, body. */
export function loggedRequest(
  label: string,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer | FormData | undefined,
  masker: Masker,
): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${masker.maskHeader(name, value)}`);
  const head = cutBytes(
    [masker.mask(label), ...lines].join('\n').toWellFormed().replaceAll('\0', '\ufffd'),
    bodyBytesMax,
    false,
  );
  return `${head}\n\n${loggedBody(body, headers, masker)}`;
}

function loggedBody(
  body: string | Buffer | FormData | undefined,
  headers: Readonly<Record<string, string>>,
  masker: Masker,
): string {
  if (body === undefined) return '';
  if (typeof body === 'string') return loggedText(body, masker);
  if (body instanceof FormData) {
    const parts = [...body].map(([name, value]) =>
      typeof value === 'string' ? `${name}=${value}` : `${name}=<${value.size} bytes, ${value.name}>`,
    );
    return loggedText(parts.join('&'), masker);
  }
  const type = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
  const isText = /^text\/|json|x-www-form-urlencoded|xml/i.test(type);
  if (!isText) return `<${body.length} bytes>`;
  return loggedText(body.subarray(0, 4 * (bodyBytesMax + masker.charsMax)).toString('utf8'), masker);
}

function cutBytes(text: string, bytesMax: number, wasLonger: boolean): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= bytesMax) return wasLonger ? `${text}…` : text;
  // A character cut in half at the end is left out.
  return `${new TextDecoder().decode(bytes.subarray(0, bytesMax), { stream: true })}…`;
}
