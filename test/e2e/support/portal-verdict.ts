// The end of a day of faults: the wait until all is delivered, the table for people, and what must hold.
import type { FakePortal } from '../../fakes/bitrix24/portal.ts';
import type { Patchcord } from '../faults-support.ts';
import type { Day } from './busy-day.ts';
import { auditPortal } from './portal-audit.ts';
import { allDelivered, deliveries } from './portal-faults.ts';
import type { Trouble } from './portal-trouble.ts';

type Row = readonly [name: string, value: unknown];

/** What may be wrong after a day. */
export interface Verdict {
  /** Calls that the phones did not bring about as they should have: they say nothing of Patchcord. */
  spoilt: string[];
  /** How many calls the phones made, and how many are in the history. */
  played: number;
  stored: number;
  lost: string[];
  doubled: string[];
  wrong: string[];
  leftLive: string[];
  rejected: unknown[];
}

/** The verdict on a day after which all is as it should be. */
export function allRight(count: number): Verdict {
  return { spoilt: [], played: count, stored: count, lost: [], doubled: [], wrong: [], leftLive: [], rejected: [] };
}

/**
 * Waits for the day's end, lets the portal be kind again, waits until all is delivered, and prints what came of it.
 * @param given.one answers for all: the one that is left
 * @param given.rows what besides is to be in the table
 */
export async function judgeDay(given: {
  title: string;
  day: Day;
  portal: FakePortal;
  trouble: Trouble;
  one: Patchcord;
  count: number;
  rows: readonly Row[];
}): Promise<Verdict> {
  const { day, portal, trouble, one, count } = given;
  const beganAtMs = Date.now();
  await day.over;
  await trouble.stop();
  const calls = await one.ended(count - day.spoilt.length, 120_000);
  await allDelivered(one, 300_000);
  const audit = auditPortal(portal, day.played);
  const rejected = await deliveries(one, 'rejected');
  const counters = portal.counters();
  const kinds = Object.entries(Object.groupBy(day.played, ({ kind }) => kind));
  console.log(
    `${given.title}\n${table([
      ['calls', `${day.played.length}, up to ${day.most} at once`],
      ...kinds.map(([kind, of]): Row => [`  ${kind}`, of.length]),
      ...given.rows,
      ['portal restarted', trouble.restarts],
      ['tokens expired or taken away', trouble.tokensTaken],
      ...[...portal.unkind.struck].map(([kind, times]): Row => [`  ${kind}`, times]),
      ['requests', counters['requests']],
      ['  answered with 503', counters['limited']],
      ['finished in the portal', counters['finished']],
      ['records', audit.records],
      ['tasks', audit.tasks],
      ['leads', audit.leads],
      ['delivered after the last call in', `${Math.round((Date.now() - beganAtMs) / 1000)} s`],
      ['registered and never finished', audit.leftLive.length],
      ['rejected', rejected.length],
      ['doubled', audit.doubled.length],
      ['lost', audit.lost.length],
      ['wrong', audit.wrong.length],
    ])}`,
  );
  for (const fault of [...audit.wrong, ...audit.lost, ...audit.doubled, ...audit.leftLive].slice(0, 10)) {
    const client = /\d{11}/.exec(fault)?.[0];
    const call = calls.find((known) => known.client?.number === client);
    const own = call && (await one.get(`/deliveries?call=${encodeURIComponent(call.id)}`));
    console.log(`${fault}\n${JSON.stringify(call)}\n${JSON.stringify(own)}`);
  }
  const { spoilt, played } = day;
  const { lost, doubled, wrong, leftLive } = audit;
  return { spoilt, played: played.length, stored: calls.length, lost, doubled, wrong, leftLive, rejected };
}

/** Rows of two columns, for people. */
function table(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${String(value)}`).join('\n');
}
