// The tokens' file: hashes and scopes, readable by the owner only. `patchcord token` writes it while the server runs.
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { findToken, newToken, tokenEntriesSchema } from './tokens.ts';
import type { Scope, TokenEntry, Tokens } from './tokens.ts';

/** Tokens kept in a JSON file. A change made by another process counts from the next request on. */
export class TokenFile implements Tokens {
  readonly path: string;
  #entries: TokenEntry[] = [];
  #forThisRun: TokenEntry[] = [];
  #readVersion = '';

  /** @throws Error naming the file when it is there and cannot be read. */
  constructor(path: string) {
    this.path = path;
    this.#read();
  }

  find(token: string): TokenEntry | null {
    return findToken(this.list(), token);
  }

  stands(entry: TokenEntry): boolean {
    return this.list().some((each) => each.sha256 === entry.sha256);
  }

  /** Every token that is taken now. */
  list(): TokenEntry[] {
    this.#read();
    return [...this.#entries, ...this.#forThisRun];
  }

  /** Makes a token, keeps its hash in the file, and gives the token: the only time that it can be shown. */
  add(name: string, scopes: Scope[]): string {
    this.#read();
    if (this.#entries.some((each) => each.name === name)) {
      throw new Error(`a token named "${name}" is in ${this.path} already; choose another name or remove that one`);
    }
    const { token, entry } = newToken(name, scopes, Date.now());
    this.#write([...this.#entries, entry]);
    return token;
  }

  /** A token that is taken until this process ends and is kept nowhere: for the demo and for the command line's own use. */
  addForThisRun(name: string, scopes: Scope[]): string {
    const { token, entry } = newToken(name, scopes, Date.now());
    this.#forThisRun.push(entry);
    return token;
  }

  /** @returns false when there is no token of this name. */
  remove(name: string): boolean {
    this.#read();
    const left = this.#entries.filter((each) => each.name !== name);
    if (left.length === this.#entries.length) return false;
    this.#write(left);
    return true;
  }

  #read(): void {
    const version = versionOf(this.path);
    if (version === this.#readVersion) return;
    this.#entries = version === 'absent' ? [] : parse(this.path, readFileSync(this.path, 'utf8'));
    this.#readVersion = version;
  }

  /** Through a second file, so that a reader never sees half of it and a full disk leaves the old one. */
  #write(entries: TokenEntry[]): void {
    mkdirSync(dirname(this.path), { recursive: true });
    const draft = `${this.path}.${process.pid}.new`;
    writeFileSync(draft, `${JSON.stringify({ tokens: entries }, null, 2)}\n`, { mode: 0o600 });
    renameSync(draft, this.path);
    this.#read();
  }
}

/** Inode, time and size: a rename within one clock tick still changes the inode. */
function versionOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? `${stat.ino}:${stat.mtimeMs}:${stat.size}` : 'absent';
}

function parse(path: string, text: string): TokenEntry[] {
  try {
    return tokenEntriesSchema.parse(JSON.parse(text)).tokens;
  } catch (cause) {
    throw new Error(`${path} is not a file of tokens; restore it from a backup, or move it away and make new tokens`, {
      cause,
    });
  }
}
