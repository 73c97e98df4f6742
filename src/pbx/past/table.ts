// A table as a source of rows: by its row numbers, or by time where rows are not numbered.
import { createHash } from 'node:crypto';
import { countsRows, type Columns, type TableColumn } from './columns.ts';
import type { PastDatabase } from './database.ts';
import type { Cell, Chunk, Position, Source, Standing } from './source.ts';
import type { WallClock } from './wall-clock.ts';

/** A table whose columns are known. */
export interface Table {
  database: PastDatabase;
  /** As in the settings. */
  name: string;
  there: readonly TableColumn[];
  columns: Columns;
  /** Usual name of the column with the row's time. */
  time: 'eventtime' | 'calldate';
  clock: WallClock;
  /** Every column of the table, not only those with a usual name. */
  whole: boolean;
}

/** The best source that this table allows. */
export function tableSource(table: Table): Source {
  const { database, there, columns } = table;
  const own = columns.get('id');
  if (own !== undefined && countsRows(there.find(({ name }) => name === own))) {
    return new NumberedTable(table, database.quote(own));
  }
  const place = database.rowPlace;
  return place?.isId ? new NumberedTable(table, place.expression) : new TimedTable(table, place?.expression ?? null);
}

/** What is selected: the usual names and the SQL of each. */
function selected({ database, there, columns, whole }: Table): { names: string[]; own: string[]; sql: string } {
  const usual = new Map([...columns].filter(([name]) => name !== 'id').map(([name, own]) => [own, name]));
  const own = whole ? there.map(({ name }) => name) : [...usual.keys()];
  const names = own.map((name) => usual.get(name) ?? name);
  return { names, own, sql: own.map((name) => database.quote(name)).join(', ') };
}

function markOf(row: readonly Cell[] | undefined): string | null {
  return row === undefined
    ? null
    : createHash('sha256')
        .update(JSON.stringify(row.map(String)))
        .digest('base64url')
        .slice(0, 16);
}

class NumberedTable implements Source {
  readonly isOrdered = true;
  readonly columns: readonly string[];
  readonly ownNames: readonly string[];
  readonly #table: Table;
  readonly #id: string;
  readonly #select: string;
  readonly #from: string;

  constructor(table: Table, id: string) {
    const { names, own, sql } = selected(table);
    this.columns = names;
    this.ownNames = own;
    this.#table = table;
    this.#id = id;
    this.#select = `select ${id}, ${sql}`;
    this.#from = `from ${table.database.quote(table.name)}`;
  }

  async end(): Promise<Position> {
    return { kind: 'id', id: (await this.#edge('max')) ?? 0 };
  }

  /** Rows are written as time goes on, so halving the numbers finds a time without an index on it. */
  async placeAt(atMs: number): Promise<Position> {
    let low = ((await this.#edge('min')) ?? 1) - 1;
    let high = (await this.#edge('max')) ?? 0;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = await this.#firstAfter(middle);
      if (row === null || row.atMs >= atMs) high = middle;
      else low = row.id;
    }
    return { kind: 'id', id: low };
  }

  async read(from: Position, limit: number): Promise<Chunk> {
    const after = idOf(from);
    const { database } = this.#table;
    const found = await database.rows(
      `${this.#select} ${this.#from} where ${this.#id} > ${database.value(1)} order by ${this.#id} limit ${limit}`,
      [after],
    );
    const ids = found.map((row) => Number(row.shift()));
    return {
      rows: found,
      startOf: (index) => ({ kind: 'id', id: index === 0 ? after : (ids[index - 1] ?? after) }),
      next: { kind: 'id', id: ids.at(-1) ?? after },
      isLast: found.length < limit,
    };
  }

  async tail(limit: number): Promise<Cell[][]> {
    const found = await this.#table.database.rows(
      `${this.#select} ${this.#from} order by ${this.#id} desc limit ${limit}`,
      [],
    );
    return found.map((row) => row.slice(1)).reverse();
  }

  async markAt(at: Position): Promise<string | null> {
    const { database, columns, time } = this.#table;
    const own = [columns.get('uniqueid') ?? '', columns.get(time) ?? ''].map((name) => database.quote(name));
    const found = await database.rows(
      `select ${own.join(', ')} ${this.#from} where ${this.#id} = ${database.value(1)}`,
      [idOf(at)],
    );
    return markOf(found[0]);
  }

  async verify(at: Position, mark: string | null): Promise<Standing> {
    const id = idOf(at);
    if (id === 0) return { state: 'same' };
    const last = (await this.#edge('max')) ?? 0;
    if (last < id)
      return { state: 'gone', message: `rows up to number ${id} were read, but the last one is ${last} now` };
    const now = await this.markAt(at);
    // A row that is not there any more was cleaned up; the numbers went on.
    if (mark === null || now === null || now === mark) return { state: 'same' };
    return { state: 'gone', message: `row ${id} is not the one that was read before` };
  }

  close(): Promise<void> {
    return this.#table.database.close();
  }

  async #edge(which: 'min' | 'max'): Promise<number | null> {
    const found = await this.#table.database.rows(`select ${which}(${this.#id}) ${this.#from}`, []);
    const value = found[0]?.[0] ?? null;
    return value === null ? null : Number(value);
  }

  async #firstAfter(id: number): Promise<{ id: number; atMs: number } | null> {
    const { database, columns, time, clock } = this.#table;
    const own = database.quote(columns.get(time) ?? '');
    const found = await database.rows(
      `select ${this.#id}, ${own} ${this.#from} where ${this.#id} > ${database.value(1)} order by ${this.#id} limit 1`,
      [id],
    );
    const row = found[0];
    if (!row) return null;
    return { id: Number(row[0]), atMs: clock.read(String(row[1]), () => 0) ?? 0 };
  }
}

/** Rows of one moment that may be too many for a chunk: it is made larger then. */
const momentFactor = 4;

class TimedTable implements Source {
  readonly columns: readonly string[];
  readonly ownNames: readonly string[];
  readonly #table: Table;
  readonly isOrdered: boolean;
  readonly #select: string;
  readonly #from: string;
  readonly #time: string;
  readonly #place: string | null;
  readonly #order: string;

  /** @param place SQL of what rows of one moment are sorted by; null when the database has nothing */
  constructor(table: Table, place: string | null) {
    const { names, own, sql } = selected(table);
    this.columns = names;
    this.ownNames = own;
    this.#table = table;
    this.#time = table.database.quote(table.columns.get(table.time) ?? '');
    this.#place = place;
    this.isOrdered = place !== null;
    this.#select = `select ${this.#time}, ${place ?? 'null'}, ${sql}`;
    this.#from = `from ${table.database.quote(table.name)}`;
    this.#order = `order by ${this.#time}, ${place ?? orderInMoment(table)}`;
  }

  async end(): Promise<Position> {
    const found = await this.#table.database.rows(`select max(${this.#time}) ${this.#from}`, []);
    const at = textOf(found[0]?.[0] ?? null);
    if (at === '') return { kind: 'time', at, seen: 0 };
    const sql = `select count(*) ${this.#from} where ${this.#time} >= ${this.#table.database.value(1)}`;
    const counted = await this.#table.database.rows(sql, [at]);
    return { kind: 'time', at, seen: Number(counted[0]?.[0] ?? 0) };
  }

  async placeAt(atMs: number): Promise<Position> {
    const { database, there, columns, time, clock } = this.#table;
    const type = there.find(({ name }) => name === columns.get(time))?.type ?? '';
    const sample = await database.rows(
      `select ${this.#time} ${this.#from} where ${this.#time} is not null limit 1`,
      [],
    );
    const isEpoch = /^\d{9,11}(\.\d+)?$/.test(textOf(sample[0]?.[0] ?? null));
    const zoned = type === 'timestamptz' ? new Date(atMs).toISOString() : clock.show(atMs);
    return { kind: 'time', at: isEpoch ? String(Math.floor(atMs / 1000)) : zoned, seen: 0 };
  }

  async read(from: Position, limit: number): Promise<Chunk> {
    const { at, seen } = timeOf(from);
    const { database } = this.#table;
    const condition = at === '' ? '' : `where ${this.#time} >= ${database.value(1)}`;
    for (let most = limit + seen; ; most *= momentFactor) {
      const found = await database.rows(
        `${this.#select} ${this.#from} ${condition} ${this.#order} limit ${most}`,
        at === '' ? [] : [at],
      );
      const times = found.map((row) => textOf(row[0] ?? null));
      const last = times.at(-1) ?? at;
      const isLast = found.length < most;
      // The last moment may go on after the chunk: it is left to the next one whole.
      const firstOfLast = times.indexOf(last);
      const kept = isLast ? found.length : firstOfLast;
      if (kept <= seen && !isLast) continue;
      const rows = found.slice(seen, kept);
      // Rows of several channels are not written quite in the order of their times; the order of writing is the right one.
      if (this.#place !== null) rows.sort((a, b) => Number(a[1]) - Number(b[1]));
      const earliest = earliestFrom(rows.map((row) => textOf(row[0] ?? null)));
      return {
        rows: rows.map((row) => row.slice(2)),
        startOf: (index) => ({ kind: 'time', at: earliest[index] ?? at, seen: 0 }),
        next: { kind: 'time', at: last, seen: isLast ? found.length - Math.max(0, firstOfLast) : 0 },
        isLast,
      };
    }
  }

  async tail(limit: number): Promise<Cell[][]> {
    const sql = `${this.#select} ${this.#from} order by ${this.#time} desc limit ${limit}`;
    return (await this.#table.database.rows(sql, [])).map((row) => row.slice(2)).reverse();
  }

  markAt(): Promise<string | null> {
    return Promise.resolve(null);
  }

  async verify(at: Position): Promise<Standing> {
    const { clock } = this.#table;
    const reached = timeOf(at).at;
    const end = timeOf(await this.end()).at;
    const reachedMs = clock.read(reached, () => 0);
    const endMs = clock.read(end, () => Infinity);
    if (reachedMs === null || (endMs !== null && endMs >= reachedMs)) return { state: 'same' };
    return {
      state: 'gone',
      message: `rows up to ${reached} were read, but the last one is of ${end || 'no time'} now`,
    };
  }

  close(): Promise<void> {
    return this.#table.database.close();
  }
}

/** Rows of one moment in an order that life allows, for a database that has none of its own. */
function orderInMoment({ database, columns }: Table): string {
  const [type, uniqueid] = [columns.get('eventtype'), columns.get('uniqueid') ?? ''];
  if (type === undefined) return database.quote(columns.get('sequence') ?? uniqueid);
  const ranks = ['CHAN_START', 'APP_START', 'ANSWER', 'BRIDGE_ENTER'].map(
    (name, rank) => `when '${name}' then ${rank}`,
  );
  const ends = ['BRIDGE_EXIT', 'APP_END', 'HANGUP', 'CHAN_END', 'LINKEDID_END'];
  const endRanks = ends.map((name, rank) => `when '${name}' then ${rank + 10}`);
  return `case ${database.quote(type)} ${[...ranks, ...endRanks].join(' ')} else 5 end, ${database.quote(uniqueid)}`;
}

/** For each row the earliest time of it and of those after it. */
function earliestFrom(times: readonly string[]): string[] {
  const earliest = [...times];
  for (let at = earliest.length - 2; at >= 0; at -= 1) {
    const [own = '', next = ''] = [earliest[at], earliest[at + 1]];
    if (next < own) earliest[at] = next;
  }
  return earliest;
}

function idOf(position: Position): number {
  if (position.kind !== 'id') throw new TypeError(`a place by ${position.kind} in a table with numbered rows`);
  return position.id;
}

function timeOf(position: Position): { at: string; seen: number } {
  if (position.kind !== 'time') throw new TypeError(`a place by ${position.kind} in a table that is read by time`);
  return position;
}

function textOf(cell: Cell): string {
  return cell === null ? '' : String(cell);
}
