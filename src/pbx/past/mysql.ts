import { createConnection, type Connection } from 'mysql2/promise';
import { answerMs, connectMs, explain, type PastDatabase } from './database.ts';
import type { Cell } from './source.ts';

/** @throws PastError */
export async function openMysqlTable(url: string, setting: string): Promise<PastDatabase> {
  const told = (error: unknown) => explain(error, url, setting);
  let connection: Connection;
  try {
    connection = await createConnection({
      uri: url,
      connectTimeout: connectMs,
      charset: 'utf8mb4',
      // Times as the session's clock shows them: what Asterisk wrote there was its own wall clock.
      dateStrings: true,
      supportBigNumbers: true,
    });
  } catch (error) {
    throw told(error);
  }
  // A connection lost between two questions is told by the next one.
  connection.on('error', () => {});

  const rows: PastDatabase['rows'] = async (sql, values) => {
    try {
      const [found] = await connection.query({ sql, values: [...values], rowsAsArray: true, timeout: answerMs });
      return Array.isArray(found) ? (found as unknown[][]).map((row) => row.map(cellOf)) : [];
    } catch (error) {
      throw told(error);
    }
  };
  const opened: PastDatabase = {
    rows,
    async columnsOf(table) {
      const [name = '', schema] = table.split('.').reverse();
      const found = await rows(
        `select column_name, data_type from information_schema.columns
         where table_name = ? and table_schema = ${schema === undefined ? 'database()' : '?'} order by ordinal_position`,
        schema === undefined ? [name] : [name, schema],
      );
      return found.map(([column, type]) => ({ name: String(column), type: String(type).toLowerCase() }));
    },
    quote: (name) =>
      name
        .split('.')
        .map((part) => `\`${part.replaceAll('`', '``')}\``)
        .join('.'),
    value: () => '?',
    rowPlace: null,
    async close() {
      await connection.end().catch(() => connection.destroy());
    },
  };
  try {
    await rows('set session transaction read only', []);
  } catch (error) {
    await opened.close();
    throw error;
  }
  return opened;
}

function cellOf(value: unknown): Cell {
  if (typeof value === 'string' || typeof value === 'number' || value === null) return value;
  if (Buffer.isBuffer(value)) return value.toString('utf8');
  // A JSON column comes as what it holds.
  return JSON.stringify(value) ?? null;
}
