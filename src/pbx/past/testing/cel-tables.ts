// CEL tables as the modules of Asterisk make them, in real databases.
import Database from 'better-sqlite3';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import { celColumns } from '../../../settings/cel-columns.ts';
import type { CelCells } from './cel-rows.ts';

export interface TableShape {
  table?: string;
  /** Columns that the table does not have. */
  without?: readonly string[];
  /** SQL type of eventtime; varchar(40) unless told. */
  timeType?: string;
  /** SQL type of eventtype; numbers are not translated here. */
  typeType?: string;
  hasId?: boolean;
  /** Other names of columns. */
  names?: Partial<Record<string, string>>;
}

/** A database that CEL rows can be written into, as Asterisk would. */
export interface CelWriter {
  url: string;
  create(shape: TableShape): Promise<void>;
  add(rows: readonly CelCells[]): Promise<void>;
  run(sql: string): Promise<void>;
  close(): Promise<void>;
}

interface Executor {
  run: (sql: string, values: readonly string[]) => Promise<void>;
  close: () => Promise<void>;
}

const idColumn = {
  sqlite: 'id integer primary key autoincrement',
  postgres: 'id bigserial primary key',
  mysql: 'id int not null auto_increment primary key',
};

export async function celWriter(url: string): Promise<CelWriter> {
  const dialect = url.startsWith('sqlite:') ? 'sqlite' : url.startsWith('mysql:') ? 'mysql' : 'postgres';
  const { run, close } = await executor(url);
  let shape: TableShape = {};
  const columns = () => celColumns.filter((name) => !shape.without?.includes(name));
  return {
    url,
    async create(given) {
      shape = given;
      const types: Record<string, string | undefined> = { eventtime: shape.timeType, eventtype: shape.typeType };
      const own = columns().map((name) => `${shape.names?.[name] ?? name} ${types[name] ?? 'varchar(1024)'}`);
      const all = [...(shape.hasId === false ? [] : [idColumn[dialect]]), ...own];
      // In MySQL so many varchar(1024) columns are too long for a row; the type is text there.
      const list = all.join(', ');
      await run(
        `create table ${shape.table ?? 'cel'} (${dialect === 'mysql' ? list.replaceAll('varchar(1024)', 'text') : list})`,
        [],
      );
    },
    async add(rows) {
      const names = columns();
      const own = names.map((name) => shape.names?.[name] ?? name).join(', ');
      // Asterisk writes row by row; it matters where rows have no number.
      const step = shape.hasId === false ? 1 : 40;
      for (let from = 0; from < rows.length; from += step) {
        const some = rows.slice(from, from + step);
        const values = some.flatMap((row) => names.map((name) => row[name]));
        const marks = some.map(
          (_, row) => `(${names.map((_name, at) => mark(dialect, row * names.length + at + 1)).join()})`,
        );
        await run(`insert into ${shape.table ?? 'cel'} (${own}) values ${marks.join()}`, values);
      }
    },
    run: (sql) => run(sql, []),
    close,
  };
}

function mark(dialect: string, n: number): string {
  return dialect === 'postgres' ? `$${n}` : '?';
}

async function executor(url: string): Promise<Executor> {
  if (url.startsWith('sqlite:')) {
    const database = new Database(url.slice(7));
    database.pragma('synchronous = off');
    return {
      run: (sql, values) => Promise.resolve(void database.prepare(sql).run(...values)),
      close: () => Promise.resolve(void database.close()),
    };
  }
  if (url.startsWith('mysql:')) {
    const connection = await createConnection(url);
    return {
      run: async (sql, values) => void (await connection.query(sql, [...values])),
      close: () => connection.end(),
    };
  }
  const client = new Client(url);
  await client.connect();
  return { run: async (sql, values) => void (await client.query(sql, [...values])), close: () => client.end() };
}
