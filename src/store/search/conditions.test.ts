import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { expect, it } from 'vitest';
import type { CallFilter } from '../store.ts';
import type { Tables } from '../tables.ts';
import { conditions } from './conditions.ts';

const dialects = {
  sqlite: new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  }),
  postgres: new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  }),
};

const filters: Record<string, CallFilter> = {
  nothing: {},
  columns: {
    pbx: 'main',
    direction: 'inbound',
    answered: true,
    open: false,
    lostStage: 'ivr',
    line: "'; drop table calls; --",
    trunk: 't',
    responsible: '101',
    queue: 'q',
    resultCode: 200,
    minTalkMs: 0.5,
    transferred: true,
    recorded: false,
  },
  missed: { missed: true },
  'not missed': { missed: false },
  extension: { extension: '101' },
  number: { number: "+7 (916)%_'" },
  e164: { e164: '+79161234567' },
  time: { from: '2026-03-01T00:00:00.000Z', to: '2026-03-02T00:00:00.000Z' },
};

it.each(['sqlite', 'postgres'] as const)('the conditions of a search, for %s', async (name) => {
  const said = Object.entries(filters).map(([title, filter]) => {
    const cursor = title === 'nothing' ? { startedAtMs: 1, no: 2 } : null;
    const query = dialects[name]
      .selectFrom('calls')
      .select('calls.no')
      .where(conditions(filter, cursor, null))
      .compile();
    return `-- ${title}\n${query.sql.replaceAll(' and ', '\n  and ')}\n-- ${JSON.stringify(query.parameters)}\n`;
  });
  await expect(said.join('\n')).toMatchFileSnapshot(`conditions.${name}.snap.sql`);
});
