import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Call, type LostStage, lostStages } from '../../src/calls/call.ts';
import type { CallFilter, Store } from '../../src/store/store.ts';
import { aBatch, aCall, aLeg } from './a-call.ts';
import { onEachDatabase } from './each-database.ts';

const dayMs = 86_400_000;
/** Three days of one month and five of the next, so that a whole month is packed too. */
const firstDayMs = Date.UTC(2026, 0, 29);
const days = 8;
/** More than the search is content to look up by number alone. */
const calls = 4_500;

const numbers = [
  '89161234567',
  '+7 (495) 123-45-67',
  '79',
  '101',
  '1212121212',
  '84951234567',
  '810442071234567',
  '000',
];
const lines = ['74950000001', '74950000002', "line'%_"];
const trunks = ['trunk-a', 'trunk-b'];
const extensions = ['101', '102', '103', '1001'];

/** The `n`-th call, the same on every run; values fall together in all ways. */
function callAt(n: number): Call {
  const dice = (salt: number, sides: number): number => (Math.imul(n * 31 + salt, 0x9e3779b1) >>> 8) % sides;
  const inbound = dice(1, 3) > 0;
  const answered = dice(2, 4) > 0;
  const number = dice(3, 10) > 2 ? '89161234567' : (numbers[dice(4, numbers.length)] ?? null);
  const lost = inbound && !answered ? (lostStages[dice(5, lostStages.length)] ?? null) : null;
  const talkMs = answered ? dice(6, 200_000) : 0;
  return aCall(`main-${n}`, {
    pbx: dice(7, 5) === 0 ? 'other' : 'main',
    direction: inbound ? 'inbound' : dice(8, 2) === 0 ? 'outbound' : 'internal',
    client:
      dice(9, 12) === 0
        ? null
        : {
            number: dice(10, 20) === 0 ? null : number,
            e164: number === '89161234567' ? '+79161234567' : null,
            name: null,
          },
    line: dice(11, 15) === 0 ? null : { number: lines[dice(12, 3)] ?? null, trunk: trunks[dice(13, 3)] ?? null },
    // several at the same millisecond
    startedAt: new Date(firstDayMs + Math.floor((n * days) / calls) * dayMs + dice(14, 500) * 1_000).toISOString(),
    endedAt: dice(15, 100) === 0 ? null : '2026-03-01T00:00:00.000Z',
    answered,
    lostStage: lost,
    result: { code: [200, 304, 486, null][dice(16, 4)] ?? null, cause: null, dialStatus: null },
    responsible: answered ? { extension: extensions[dice(17, 4)] ?? '101', operatorId: null } : null,
    legs: extensions.filter((_, at) => dice(18 + at, 3) === 0).map((extension) => aLeg(extension)),
    transfers:
      dice(30, 9) === 0
        ? [{ type: 'blind', by: '101', to: '102', completed: true, blonde: false, at: '2026-03-01T00:00:00.000Z' }]
        : [],
    recordings: dice(31, 2) === 0 ? [{ file: 'a.wav', startedAt: '2026-03-01T00:00:00.000Z', endedAt: null }] : [],
    talkMs,
    ...(dice(32, 4) === 0 ? { queue: { name: ['sales', 'support'][dice(33, 2)] ?? '', waitMs: 1 } } : {}),
  });
}

const digits = (text: string | null | undefined): string => (text ?? '').replace(/\D/g, '');

/** What the filter means, one call at a time. */
function matches(call: Call, filter: CallFilter): boolean {
  const same = (asked: unknown, is: unknown): boolean => asked === undefined || asked === is;
  const own = [digits(call.client?.number), digits(call.client?.e164)];
  return (
    same(filter.pbx, call.pbx) &&
    same(filter.direction, call.direction) &&
    same(filter.answered, call.answered) &&
    same(filter.missed, call.direction === 'inbound' && !call.answered) &&
    same(filter.open, call.endedAt === null) &&
    same(filter.lostStage, call.lostStage) &&
    same(filter.line, call.line?.number) &&
    same(filter.trunk, call.line?.trunk) &&
    same(filter.responsible, call.responsible?.extension) &&
    same(filter.resultCode, call.result.code) &&
    same(filter.queue, call.queue?.name) &&
    same(filter.transferred, call.transfers.length > 0) &&
    same(filter.recorded, call.recordings.length > 0) &&
    (filter.minTalkMs === undefined || call.talkMs >= filter.minTalkMs) &&
    (filter.from === undefined || call.startedAt >= filter.from) &&
    (filter.to === undefined || call.startedAt < filter.to) &&
    (filter.extension === undefined ||
      call.responsible?.extension === filter.extension ||
      call.legs.some((leg) => leg.extension === filter.extension)) &&
    (filter.number === undefined ||
      (digits(filter.number) !== '' && own.some((number) => number.includes(digits(filter.number))))) &&
    (filter.e164 === undefined || (digits(filter.e164) !== '' && own[1] === digits(filter.e164)))
  );
}

const someTime = fc
  .integer({ min: 0, max: days * 24 })
  .map((hours) => new Date(firstDayMs + hours * 3_600_000 + (hours % 5) * 1_000).toISOString());
const partOfNumber = fc
  .record({
    number: fc.constantFrom(...numbers, '79161234567'),
    from: fc.nat(10),
    length: fc.integer({ min: 1, max: 12 }),
  })
  .map(({ number, from, length }) => number.slice(from, from + length));
const lostStage: fc.Arbitrary<LostStage> = fc.constantFrom(...lostStages);

const conditions = {
  pbx: fc.constantFrom('main', 'other', 'none'),
  direction: fc.constantFrom('inbound' as const, 'outbound' as const, 'internal' as const),
  answered: fc.boolean(),
  missed: fc.boolean(),
  open: fc.boolean(),
  lostStage,
  line: fc.constantFrom(...lines, 'none'),
  trunk: fc.constantFrom(...trunks),
  extension: fc.constantFrom(...extensions, '10'),
  responsible: fc.constantFrom(...extensions),
  number: fc.oneof(partOfNumber, fc.constantFrom('', 'abc', '1111', '%', '9'.repeat(60))),
  e164: fc.constantFrom('+79161234567', '79161234567', '+7916123456', ''),
  from: someTime,
  to: someTime,
  resultCode: fc.constantFrom(200, 304, 486, 404, 1e12),
  queue: fc.constantFrom('sales', 'support'),
  minTalkMs: fc.constantFrom(0, 1, 5_000, 31_000, 150_000.5, 400_000),
  transferred: fc.boolean(),
  recorded: fc.boolean(),
};

/** One to three conditions: with more hardly a call is left. */
const someFilter: fc.Arbitrary<CallFilter> = fc
  .record({
    all: fc.record(conditions),
    names: fc.uniqueArray(fc.constantFrom(...keysOf(conditions)), { minLength: 0, maxLength: 3 }),
  })
  .map(({ all, names }) => Object.fromEntries(names.map((name) => [name, all[name]])) as CallFilter);

function keysOf<Key extends string>(record: Record<Key, unknown>): Key[] {
  return Object.keys(record) as Key[];
}

async function allPages(store: Store, filter: CallFilter, limit: number): Promise<string[]> {
  const ids: string[] = [];
  let before: string | undefined;
  do {
    const page = await store.calls(filter, { limit, ...(before === undefined ? {} : { before }) });
    expect(page.calls.length).toBeLessThanOrEqual(limit);
    ids.push(...page.calls.map((call) => call.id));
    before = page.next ?? undefined;
  } while (before !== undefined);
  return ids;
}

/** Noon of the last day. */
const todayMs = firstDayMs + (days - 0.5) * dayMs;

/** Asks `runs` filters and compares with going through all calls one by one. */
async function expectMeant(
  store: Store,
  byId: ReadonlyMap<string, { call: Call; no: number }>,
  runs: number,
): Promise<void> {
  const newestFirst = [...byId.values()]
    .sort((a, b) =>
      a.call.startedAt === b.call.startedAt ? b.no - a.no : a.call.startedAt < b.call.startedAt ? 1 : -1,
    )
    .map(({ call }) => call);
  const filters = fc.asyncProperty(someFilter, fc.constantFrom(61, 400, 1_000), async (filter, limit) => {
    const meant = newestFirst.filter((call) => matches(call, filter)).map((call) => call.id);
    expect(await allPages(store, filter, limit)).toEqual(meant);
  });
  await fc.assert(filters, { numRuns: runs });
}

onEachDatabase('searching', ({ open }) => {
  it('finds exactly what the filter means, newest first, on every page, in packed and unpacked days', async () => {
    const store = await open();
    const byId = new Map(Array.from({ length: calls }, (_, n) => [`main-${n}`, { call: callAt(n), no: n }]));
    const record = async (call: Call): Promise<void> => {
      byId.set(call.id, { call, no: byId.get(call.id)?.no ?? byId.size });
      await store.record(aBatch([call]));
    };
    const onDay = (day: number): string => new Date(firstDayMs + day * dayMs + 1).toISOString();
    await store.record(aBatch([...byId.values()].map(({ call }) => call)));
    await expectMeant(store, byId, 10);

    // all but the last day are packed, and the first month
    while (await store.tidy(todayMs));
    await expectMeant(store, byId, 50);

    // packed days change: one is packed again, one is not
    await record(aCall('late-1', { startedAt: onDay(4) }));
    await store.tidy(todayMs);
    await record({ ...callAt(1_900), answered: false, lostStage: 'voicemail', legs: [aLeg('1001')] });
    await store.record({ ...aBatch([]), merged: [{ id: 'main-1950', into: 'main-1900' }] });
    byId.delete('main-1950');
    await expectMeant(store, byId, 40);

    // the packed month changes: its day is packed again, then the month is
    await record(aCall('late-2', { startedAt: onDay(1), legs: [aLeg('1001')] }));
    await expectMeant(store, byId, 10);
    while (await store.tidy(todayMs));
    await expectMeant(store, byId, 20);
    expect(await store.tidy(todayMs)).toBe(false);
  }, 120_000);

  it('gives whole pages of few calls, and no next after the last', async () => {
    const store = await open();
    await store.record(aBatch([aCall('a'), aCall('b'), aCall('c')]));
    const first = await store.calls({}, { limit: 2 });
    expect(first.calls.map((call) => call.id)).toEqual(['c', 'b']);
    const second = await store.calls({}, { limit: 2, before: first.next! });
    expect(second).toMatchObject({ calls: [{ id: 'a' }], next: null });
    expect((await store.calls({}, { limit: 3 })).next).toBeNull();
  });

  it.each(['', 'x', '1.2.3', '-1.5', '9'.repeat(40)])('refuses the cursor %j', async (before) => {
    const store = await open();
    await expect(store.calls({}, { limit: 2, before })).rejects.toMatchObject({ name: 'StoreError' });
  });
});
