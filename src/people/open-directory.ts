// The directory over its table: a snapshot in memory that every process keeps up with.
import { lastNumber, nextNumbers } from '../store/counters.ts';
import type { Db } from '../store/dialect.ts';
import type { Store } from '../store/store.ts';
import { StoreError } from '../store/store-error.ts';
import { changed, type ChangeAbout, type Changed, type Wanted } from './change.ts';
import type { AnyRecord } from './check.ts';
import { directorySchemas, type Directory, type DirectoryKind } from './directory.ts';
import { directoryKinds, emptyDirectory, isDirectoryKind } from './empty.ts';
import { exported, importWanted, type DirectoryContent } from './exchange.ts';
import { mergeUsers, type CrmUser } from './sync.ts';

/** Commits come many at once; the directory is looked at once for all of them. */
const lookMs = 200;

export interface DirectoryStore {
  /** The newest snapshot that this process knows. Another object after every change, never changed itself. */
  current(): Directory;
  /**
   * The one way in which anything changes: `make` gets the directory as it is in the database now. All of it is done or nothing.
   * @throws DirectoryError, StoreError
   */
  change(make: (current: Directory) => readonly Wanted[], about?: { byPerson?: boolean }): Promise<Changed[]>;
  /** Makes a record or replaces it whole. @throws DirectoryError, StoreError */
  put<Kind extends DirectoryKind>(
    kind: Kind,
    record: AnyRecord,
  ): Promise<{ previous: RecordOf<Kind> | null; record: RecordOf<Kind> }>;
  /** @returns what was there, for taking it back. @throws DirectoryError (`in-use`, `not-found`), StoreError */
  remove<Kind extends DirectoryKind>(kind: Kind, id: string): Promise<RecordOf<Kind>>;
  exportAll(): DirectoryContent;
  /** See `importWanted`. With `dryRun` nothing is written. @throws DirectoryError, StoreError */
  importAll(content: unknown, options?: { dryRun?: boolean; prune?: boolean }): Promise<Changed[]>;
  /** Makes, completes and retires operators by the users that a connection has; see `mergeUsers`. @throws DirectoryError, StoreError */
  takeUsers(crm: string, users: readonly CrmUser[]): Promise<Changed[]>;
  /** Called after every change, by whichever process, with the new snapshot. Returns the unsubscribing. */
  onChange(listener: (directory: Directory) => void): () => void;
  close(): Promise<void>;
}

export type RecordOf<Kind extends DirectoryKind> = Directory[Kind][number];

export interface DirectoryOptions {
  /** Names of the connections in the settings, against which records are checked; without them they are not. */
  connections?: readonly string[];
  /** Told about rows that cannot be read; they are left out. */
  warn?: (message: string) => void;
}

/** @throws StoreError when the table cannot be read */
export async function openDirectory(
  store: Pick<Store, 'database'>,
  options: DirectoryOptions = {},
): Promise<DirectoryStore> {
  const directory = new OpenDirectory(store.database, options);
  await directory.look();
  directory.listen();
  return directory;
}

class OpenDirectory implements DirectoryStore {
  readonly #database: Store['database'];
  readonly #options: DirectoryOptions;
  readonly #listeners = new Set<(directory: Directory) => void>();
  #current = emptyDirectory();
  #version = -1;
  #unlisten: (() => void) | null = null;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> = Promise.resolve();

  constructor(database: Store['database'], options: DirectoryOptions) {
    this.#database = database;
    this.#options = options;
  }

  listen(): void {
    this.#unlisten = this.#database.listen('directory', () => {
      this.#timer ??= setTimeout(() => {
        this.#timer = null;
        // A database that does not answer is told by its status; the next commit looks again.
        this.#looking = this.look().catch(() => undefined);
      }, lookMs);
    });
  }

  /** Reads the directory anew when it has changed. */
  async look(): Promise<void> {
    const found = await this.#database.read(async (db) => {
      const version = await lastNumber(db, 'directory');
      return version === this.#version ? null : { version, directory: await this.#read(db) };
    });
    if (found) this.#take(found.version, found.directory);
  }

  current(): Directory {
    return this.#current;
  }

  async change(
    make: (current: Directory) => readonly Wanted[],
    { byPerson = true }: { byPerson?: boolean } = {},
  ): Promise<Changed[]> {
    const about = this.#about(byPerson);
    const done = await unwrapped(
      this.#database.write(async (db) => {
        // The counter first: it keeps those who change the directory in one line, in every process.
        const version = await nextNumbers(db, 'directory', 1);
        const before = await this.#read(db);
        const result = changed(before, make(before), about);
        if (result.changed.length === 0) throw new Unchanged();
        const atMs = Date.now();
        for (const one of result.changed) await write(db, one, atMs);
        await this.#database.announce(db, 'directory');
        return { version, ...result };
      }),
    );
    if (!done) return [];
    this.#take(done.version, done.directory);
    return done.changed;
  }

  async put<Kind extends DirectoryKind>(
    kind: Kind,
    record: AnyRecord,
  ): Promise<{ previous: RecordOf<Kind> | null; record: RecordOf<Kind> }> {
    const { id } = record;
    const [one] = await this.change(() => [{ kind, id, record }]);
    const now = one?.record ?? this.#current[kind].find((each) => each.id === id);
    const previous = one ? one.previous : now;
    return { previous: (previous ?? null) as RecordOf<Kind> | null, record: now as RecordOf<Kind> };
  }

  async remove<Kind extends DirectoryKind>(kind: Kind, id: string): Promise<RecordOf<Kind>> {
    const [one] = await this.change(() => [{ kind, id, record: null }]);
    return one?.previous as unknown as RecordOf<Kind>;
  }

  exportAll(): DirectoryContent {
    return exported(this.#current);
  }

  async importAll(
    content: unknown,
    { dryRun = false, prune = false }: { dryRun?: boolean; prune?: boolean } = {},
  ): Promise<Changed[]> {
    const make = (current: Directory): Wanted[] => importWanted(current, content, { prune });
    if (!dryRun) return this.change(make);
    await this.look();
    return changed(this.#current, make(this.#current), this.#about(true)).changed;
  }

  takeUsers(crm: string, users: readonly CrmUser[]): Promise<Changed[]> {
    return this.change(
      ({ operators }) =>
        mergeUsers(operators, crm, users).map((record) => ({ kind: 'operators', id: record.id, record })),
      { byPerson: false },
    );
  }

  onChange(listener: (directory: Directory) => void): () => void {
    // A listener given twice is two.
    const own = (directory: Directory): void => listener(directory);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  async close(): Promise<void> {
    this.#unlisten?.();
    if (this.#timer) clearTimeout(this.#timer);
    this.#listeners.clear();
    await this.#looking;
  }

  #about(byPerson: boolean): ChangeAbout {
    const { connections } = this.#options;
    return { byPerson, ...(connections && byPerson ? { connections } : {}) };
  }

  #take(version: number, directory: Directory): void {
    // An older state that was read before a newer one was written.
    if (version <= this.#version) return;
    this.#version = version;
    this.#current = directory;
    for (const listener of this.#listeners) listener(directory);
  }

  async #read(db: Db): Promise<Directory> {
    const rows = await db.selectFrom('directory').select(['kind', 'id', 'body']).orderBy('id').execute();
    const lists = Object.fromEntries(directoryKinds.map((kind) => [kind, [] as AnyRecord[]]));
    for (const { kind, id, body } of rows) {
      const record = isDirectoryKind(kind) ? readRecord(kind, body) : null;
      if (record) lists[kind]?.push(record);
      else this.#options.warn?.(`the row ${kind} ${id} of the table directory cannot be read and is left out`);
    }
    for (const list of Object.values(lists)) list.sort((a, b) => (a.id < b.id ? -1 : 1));
    return lists as unknown as Directory;
  }
}

/** Rolls back the number that was taken for a change that there is not. */
class Unchanged extends Error {}

/** The dialect wraps what is thrown within a transaction. */
async function unwrapped<Result>(writing: Promise<Result>): Promise<Result | null> {
  try {
    return await writing;
  } catch (error) {
    const cause: unknown = error instanceof StoreError ? (error.cause ?? error) : error;
    if (cause instanceof Unchanged) return null;
    if (cause instanceof Error && cause.name === 'DirectoryError') throw cause;
    throw error;
  }
}

async function write(db: Db, { kind, id, record }: Changed, atMs: number): Promise<void> {
  if (!record) {
    await db.deleteFrom('directory').where('kind', '=', kind).where('id', '=', id).execute();
    return;
  }
  const body = JSON.stringify(record);
  await db
    .insertInto('directory')
    .values({ kind, id, body, changed_at: atMs })
    .onConflict((conflict) => conflict.columns(['kind', 'id']).doUpdateSet({ body, changed_at: atMs }))
    .execute();
}

function readRecord(kind: DirectoryKind, body: string): AnyRecord | null {
  try {
    return directorySchemas[kind].parse(JSON.parse(body));
  } catch {
    // No JSON, or of another form: told by the caller, who knows which row it is.
    return null;
  }
}
