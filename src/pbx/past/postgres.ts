import { Client } from 'pg';
import { answerMs, connectMs, explain, type PastDatabase } from './database.ts';
import type { Cell } from './source.ts';

/** The types whose text is a number that JavaScript can hold: int2, int4, int8, float4, float8. */
const numeric = new Set([20, 21, 23, 700, 701]);

/** @throws PastError */
export async function openPostgresTable(url: string, setting: string): Promise<PastDatabase> {
  const told = (error: unknown) => explain(error, url, setting);
  let client: Client;
  try {
    client = new Client({
      connectionString: url,
      connectionTimeoutMillis: connectMs,
      query_timeout: answerMs,
      options: '-c default_transaction_read_only=on',
      // Times as texts: the driver would read them by this machine's clock.
      types: { getTypeParser: (oid: number) => (numeric.has(oid) ? Number : String) as (text: string) => unknown },
    });
    // A connection lost between two questions is told by the next one.
    client.on('error', () => {});
    await client.connect();
  } catch (error) {
    throw told(error);
  }
  const rows: PastDatabase['rows'] = async (sql, values) => {
    try {
      return (await client.query<Cell[]>({ text: sql, values: [...values], rowMode: 'array' })).rows;
    } catch (error) {
      throw told(error);
    }
  };
  return {
    rows,
    async columnsOf(table) {
      const [name = '', schema] = table.split('.').reverse();
      const found = await rows(
        `select a.attname, t.typname from pg_attribute a join pg_type t on t.oid = a.atttypid
         where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped order by a.attnum`,
        [[schema, name].flatMap((part) => (part === undefined ? [] : [quote(part)])).join('.')],
      );
      return found.map(([column, type]) => ({ name: String(column), type: String(type).toLowerCase() }));
    },
    quote: (name) => name.split('.').map(quote).join('.'),
    value: (n) => `$${n}`,
    // Asterisk writes each row in a transaction of its own, and those are numbered. (Places, ctid, may fill earlier pages.)
    rowPlace: { expression: '2147483647 - age(xmin)', isId: false },
    async close() {
      await client.end().catch(() => {});
    },
  };
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
