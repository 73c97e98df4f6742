import { resolve } from 'node:path';
import { StoreError } from './store-error.ts';

/** Where the setting `database` points to. */
export type DatabaseUrl =
  | { dialect: 'sqlite'; /** Absolute, or `:memory:`. */ file: string }
  | { dialect: 'postgres'; connection: string; /** The address without the password, for messages. */ shown: string };

const examples = 'sqlite:data/patchcord.db or postgres://user:password@host/database';

/**
 * Reads the setting `database`.
 * @throws StoreError with code `url`
 */
export function parseDatabaseUrl(text: string): DatabaseUrl {
  const mend = `Set \`database\` to an address such as ${examples}.`;
  if (text.startsWith('sqlite:')) {
    const file = text.slice('sqlite:'.length).replace(/^\/\/(?=\/|[^/]*$)/, '');
    if (file === '') throw new StoreError('url', 'The setting `database` names no file.', mend);
    return { dialect: 'sqlite', file: file === ':memory:' ? file : resolve(file) };
  }
  if (/^postgres(ql)?:\/\//.test(text)) {
    if (!URL.canParse(text)) {
      throw new StoreError(
        'url',
        'The setting `database` is not a valid PostgreSQL address.',
        `${mend} Special characters of a password are written as %XX.`,
      );
    }
    const url = new URL(text);
    return { dialect: 'postgres', connection: text, shown: `postgres://${url.host}${url.pathname}` };
  }
  // the text itself is not repeated: it may hold a password
  throw new StoreError('url', 'The setting `database` is neither a SQLite nor a PostgreSQL address.', mend);
}
