import { type ExpressionBuilder, type ExpressionWrapper, type RawBuilder, sql, type SqlBool } from 'kysely';
import { digitsOf } from '../call-rows.ts';
import type { CallFilter } from '../store.ts';
import type { Tables } from '../tables.ts';

type Builder = ExpressionBuilder<Tables, 'calls'>;

/** A place in the history: the last call of a page. */
export interface Cursor {
  startedAtMs: number;
  no: number;
}

/** The filter, exactly, as a condition on `calls`. `numberIds`: the numbers that it asks for, when they are known and few. */
export function conditions(
  filter: CallFilter,
  cursor: Cursor | null,
  numberIds: readonly number[] | null,
): (is: Builder) => ExpressionWrapper<Tables, 'calls', SqlBool> {
  return (is) => {
    const all: ExpressionWrapper<Tables, 'calls', SqlBool>[] = [];
    const same = (
      column: 'pbx' | 'direction' | 'lost_stage' | 'line' | 'trunk' | 'responsible' | 'queue',
      value: string | undefined,
    ): void => {
      if (value !== undefined) all.push(is(`calls.${column}`, '=', text(value)));
    };
    const bit = (column: 'answered' | 'open' | 'transferred' | 'recorded', value: boolean | undefined): void => {
      if (value !== undefined) all.push(is(`calls.${column}`, '=', Number(value)));
    };
    same('pbx', filter.pbx);
    same('direction', filter.direction);
    same('lost_stage', filter.lostStage);
    same('line', filter.line);
    same('trunk', filter.trunk);
    same('responsible', filter.responsible);
    same('queue', filter.queue);
    bit('answered', filter.answered);
    bit('open', filter.open);
    bit('transferred', filter.transferred);
    bit('recorded', filter.recorded);
    if (filter.missed !== undefined) {
      const missed = is.and([is('calls.direction', '=', 'inbound'), is('calls.answered', '=', 0)]);
      all.push(filter.missed ? missed : is.or([is('calls.direction', '<>', 'inbound'), is('calls.answered', '=', 1)]));
    }
    if (filter.resultCode !== undefined) all.push(is('calls.result_code', '=', filter.resultCode));
    if (filter.minTalkMs !== undefined) all.push(is('calls.talk_ms', '>=', Math.ceil(filter.minTalkMs)));
    if (filter.from !== undefined) all.push(is('calls.started_at', '>=', Date.parse(filter.from)));
    if (filter.to !== undefined) all.push(is('calls.started_at', '<', Date.parse(filter.to)));
    if (filter.extension !== undefined) all.push(hasExtension(is, text(filter.extension)));
    // not the bare column: who walks by time must not be led to the index on the number
    if (numberIds !== null) all.push(is(sql`calls.number_id + 0`, 'in', numberIds));
    else all.push(...numberConditions(is, filter));
    if (cursor !== null) all.push(...before(is, cursor));
    return is.and(all);
  };
}

function hasExtension(is: Builder, extension: string): ExpressionWrapper<Tables, 'calls', SqlBool> {
  return is.or([
    is('calls.responsible', '=', extension),
    is.exists(
      is
        .selectFrom('legs')
        .select(sql`1`.as('one'))
        .whereRef('legs.call_no', '=', 'calls.no')
        .where('legs.extension', '=', extension),
    ),
  ]);
}

/**
 * As values and not as EXISTS: PostgreSQL makes a join of an EXISTS and reads all numbers for it, where this is one row for each call that is
 * looked at.
 */
function numberConditions(is: Builder, filter: CallFilter): ExpressionWrapper<Tables, 'calls', SqlBool>[] {
  const all: ExpressionWrapper<Tables, 'calls', SqlBool>[] = [];
  if (filter.number !== undefined) {
    // digits only: nothing in it that LIKE would take for a pattern
    const part = `%${digitsOf(filter.number)}%`;
    all.push(ofNumber(is, sql<SqlBool>`numbers.digits like ${part} or numbers.e164 like ${part}`));
  }
  if (filter.e164 !== undefined) all.push(ofNumber(is, sql<SqlBool>`numbers.e164 = ${digitsOf(filter.e164)}`));
  return all;
}

function ofNumber(is: Builder, condition: RawBuilder<SqlBool>): ExpressionWrapper<Tables, 'calls', SqlBool> {
  return is.and([sql<SqlBool>`(select ${condition} from numbers where numbers.id = calls.number_id)`]);
}

/** Two conditions, because the first alone is what both dialects see as a range of the index on `started_at`. */
function before(is: Builder, cursor: Cursor): ExpressionWrapper<Tables, 'calls', SqlBool>[] {
  return [
    is('calls.started_at', '<=', cursor.startedAtMs),
    is.or([is('calls.started_at', '<', cursor.startedAtMs), is('calls.no', '<', cursor.no)]),
  ];
}

/** PostgreSQL refuses a NUL; no column holds one (rows.ts), so without it the comparison is what was meant. */
function text(value: string): string {
  return value.replaceAll('\0', '');
}
