// Looks for secrets in whatever was said, in every form in which they could have got there.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';

/** A half of a long secret tells too much as well. */
const halvedFromChars = 24;

/** The secret as it stands, in addresses, in JSON, in HTML, in base64 at any offset, in hex, and halves of it. */
export function formsOf(secret: string): string[] {
  const half = secret.length >> 1;
  const parts = secret.length < halvedFromChars ? [secret] : [secret, secret.slice(0, half), secret.slice(half)];
  return [...new Set(parts.flatMap(writings))].filter((form) => form.length >= 8);
}

function writings(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1);
  return [
    text,
    encodeURIComponent(text),
    encodeURIComponent(encodeURIComponent(text)),
    new URLSearchParams([['', text]]).toString().slice(1),
    json,
    json.replaceAll('/', String.raw`\/`),
    JSON.stringify(json).slice(1, -1),
    text.replaceAll('&', '&amp;').replaceAll('"', '&quot;'),
    Buffer.from(text).toString('hex'),
    ...[0, 1, 2].flatMap((offset) => inBase64(text, offset)),
  ];
}

/** What of a longer text in base64 depends on the secret alone, when it begins after so many characters. */
function inBase64(text: string, offset: number): string[] {
  const before = Buffer.alloc(offset, 'x');
  return (['base64', 'base64url'] as const).map((alphabet) => {
    const all = Buffer.concat([before, Buffer.from(text)])
      .toString(alphabet)
      .replaceAll('=', '');
    const end = all.length - ((offset + Buffer.byteLength(text)) % 3 === 0 ? 0 : 1);
    return all.slice(offset === 0 ? 0 : offset + 1, end);
  });
}

export interface Said {
  where: string;
  text: string;
}

/** Which secret was found where, each once. The secret itself is not named: the report is read by people. */
export function leaks(secrets: ReadonlyMap<string, string>, said: readonly Said[]): string[] {
  const found = new Set<string>();
  for (const [name, secret] of secrets) {
    const forms = formsOf(secret);
    for (const { where, text } of said) {
      const form = forms.find((one) => text.includes(one));
      if (form === undefined) continue;
      const at = text.indexOf(form);
      const around = `${text.slice(Math.max(0, at - 60), at)}<here>${text.slice(at + form.length, at + form.length + 20)}`;
      found.add(`${name} in ${where}: …${around}…`);
    }
  }
  return [...found];
}

/** Every file below a folder, with its mode. */
export function filesIn(folder: string): { path: string; mode: number }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, mode: statSync(path).mode & 0o777 }));
}

/** The bytes of the files, each byte a character. */
export const textsOf = (paths: readonly string[]): Said[] =>
  paths.map((path) => ({ where: path, text: readFileSync(path, 'latin1') }));

/** Every table of a SQLite database, as one text each; bytes as they are. */
export function tablesOf(file: string): Said[] {
  const database = new Database(file, { readonly: true });
  try {
    const tables = database.prepare("select name from sqlite_master where type = 'table'").pluck().all() as string[];
    return tables.map((table) => {
      const rows = database.prepare(`select * from "${table}"`).raw().all() as unknown[][];
      const text = rows.map((row) =>
        row.map((value) => (Buffer.isBuffer(value) ? value.toString('latin1') : String(value))).join('\n'),
      );
      return { where: `table ${table}`, text: text.join('\n') };
    });
  } finally {
    database.close();
  }
}
