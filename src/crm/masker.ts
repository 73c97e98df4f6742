// Takes secrets out of whatever is shown of the traffic with a CRM: its known values wherever they stand, and what stands under a telling name.
import { mapTexts } from './texts.ts';

/** What stands where a secret was. */
export const hidden = '***';

/** Shorter ones would be found in innocent text. */
const secretCharsMin = 4;
/** Tokens are renewed every hour; those that are long out of use are forgotten. */
const learntMax = 200;

const keys =
  'auth|auth_id|refresh_id|access_token|refresh_token|id_token|application_token|client_secret|api_?key|token|secret|password|passwd|sessid|hash|signature';
// "access_token": "…", also inside a JSON text that is itself a JSON text; the closing quote may have been cut off.
const jsonPair = new RegExp(
  String.raw`(\\{0,8}"(?:${keys})\\{0,8}"\s{0,8}:\s{0,8}\\{0,8}")(?:[^"\\]|\\{1,8}[^"\\])+`,
  'gi',
);
// auth=…, auth[access_token]=…, in an address or a form, encoded or not.
const formPair = new RegExp(String.raw`(?<=^|[?&;\s"'[]|%5B)((?:${keys})(?:\]|%5D)?=)[^&\s"'<>\\]+`, 'gi');
// The same of an address that is itself a value in an address or a form, as a link to a recording is: …%3Fexpires%3D1%26signature%3D…
const nestedPair = new RegExp(
  String.raw`(%(?:25){0,3}(?:26|3F)(?:${keys})%(?:25){0,3}3D)(?:(?!%(?:25){0,3}26)[^&\s"'<>\\])+`,
  'gi',
);
const secretHeader = new RegExp(
  String.raw`^(?:(?:proxy-)?authorization|cookie|set-cookie|x-.*(?:key|token|secret).*|${keys})$`,
  'i',
);

/** The secrets of one connection. */
export class Masker {
  readonly #fixed: readonly string[];
  #learnt: string[] = [];
  #forms: string[] = [];
  #charsMax = 0;

  /** @param secrets values that the settings mark as secret, or that follow from them */
  constructor(secrets: readonly string[]) {
    this.#fixed = secrets.filter((secret) => secret.length >= secretCharsMin);
    this.#rebuild();
  }

  /** Length of the longest form of a secret, in characters. */
  get charsMax(): number {
    return this.#charsMax;
  }

  /** From now on this value is hidden too: a token that came at run time. */
  learn(secret: string): void {
    if (secret.length < secretCharsMin || this.#fixed.includes(secret) || this.#learnt.includes(secret)) return;
    this.#learnt = [...this.#learnt, secret].slice(-learntMax);
    this.#rebuild();
  }

  /** The text without secrets. */
  mask(text: string): string {
    let masked = text;
    for (const form of this.#forms) if (masked.includes(form)) masked = masked.replaceAll(form, hidden);
    for (const pair of [jsonPair, formPair, nestedPair]) masked = masked.replace(pair, `$1${hidden}`);
    return masked;
  }

  /** The value of a header for the log. */
  maskHeader(name: string, value: string): string {
    return secretHeader.test(name) ? hidden : this.mask(value);
  }

  /** Plain data with every text in it masked. */
  maskData(value: unknown): unknown {
    return mapTexts(value, (text, key) => (secretHeader.test(key) ? hidden : this.mask(text)));
  }

  #rebuild(): void {
    const forms = new Set([...this.#fixed, ...this.#learnt].flatMap(formsOf));
    // The longest first: a secret may be a part of another.
    this.#forms = [...forms].sort((a, b) => b.length - a.length);
    this.#charsMax = this.#forms[0]?.length ?? 0;
  }
}

/** The forms in which a secret can stand in a request or an answer. */
function formsOf(secret: string): string[] {
  const inForm = new URLSearchParams([['', secret]]).toString().slice(1);
  const inJson = JSON.stringify(secret).slice(1, -1);
  const inHtml = secret
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '');
  // PHP escapes slashes in JSON.
  return [secret, encode(secret), inForm, inJson, inJson.replaceAll('/', String.raw`\/`), inHtml, base64];
}

function encode(secret: string): string {
  // Half of a character, which encodeURIComponent refuses, becomes the mark that the wire would carry.
  return encodeURIComponent(secret.toWellFormed());
}
