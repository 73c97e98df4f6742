import { expect, it } from 'vitest';
import type { CdrRow } from '../../src/store/store.ts';
import { migrations } from '../../src/store/migrations.ts';
import { aBatch, aCall, aFact, aLeg, anOpenCall } from './a-call.ts';
import { onEachDatabase } from './each-database.ts';

const dayMs = 86_400_000;

onEachDatabase('the store', ({ open }) => {
  it('gives a call back as it was recorded, whatever text a caller put in it', async () => {
    const store = await open();
    const name = `'; drop table calls; -- \u0000 \u202e <b> 😀 ${'x'.repeat(5_000)}`;
    const call = aCall('main-1', {
      client: { number: '+7 (916) 123-45-67\u0000', e164: null, name },
      line: { number: "74951112233' or 1=1\u0000", trunk: null },
      legs: [aLeg('101'), aLeg('102', { device: 'PJSIP/\u0000', outcome: 'elsewhere', answeredAt: null })],
      transfers: [
        { type: 'attended', by: '101', to: '102', completed: true, blonde: false, at: '2026-03-01T10:00:30.000Z' },
      ],
      recordings: [{ file: '/a/\u0000.wav', startedAt: '2026-03-01T10:00:05.000Z', endedAt: null }],
      queue: { name: 'sales', waitMs: 10 },
      spiedBy: ['105'],
      gap: true,
    });
    await store.record(aBatch([call]));
    expect(await store.call('main-1')).toEqual(call);
    expect((await store.calls({ number: '9161234567' }, { limit: 5 })).calls).toEqual([call]);
    expect((await store.calls({ line: "74951112233' or 1=1\u0000" }, { limit: 5 })).calls).toEqual([call]);
    expect(await store.call('main-2')).toBeNull();
    expect(await store.call('\u0000')).toBeNull();
  });

  it('replaces a call whole', async () => {
    const store = await open();
    const legs = [aLeg('101'), aLeg('102'), aLeg('103')];
    await store.record(aBatch([anOpenCall('main-1', { legs })]));
    const after = aCall('main-1', { legs: [aLeg('104')], startedAt: '2026-02-27T23:59:59.999Z' });
    await store.record(aBatch([after]));
    expect(await store.call('main-1')).toEqual(after);
    expect((await store.calls({ extension: '103' }, { limit: 5 })).calls).toEqual([]);
    expect((await store.calls({ extension: '104' }, { limit: 5 })).calls).toEqual([after]);
    expect((await store.calls({}, { limit: 5 })).calls).toEqual([after]);
  });

  it('keeps the state of open calls, and forgets it when they end', async () => {
    const store = await open();
    const first = anOpenCall('main-1', { startedAt: '2026-03-01T10:00:01.000Z' });
    const second = anOpenCall('main-2', { startedAt: '2026-03-01T10:00:00.000Z' });
    const elsewhere = anOpenCall('other-1', { pbx: 'other' });
    await store.record(
      aBatch([
        { call: first, state: { channels: ['a'] } },
        { call: second, state: null },
      ]),
    );
    await store.record(aBatch([elsewhere], [], { pbx: 'other' }));
    expect(await store.openCalls('main')).toEqual([
      { call: second, state: null },
      { call: first, state: { channels: ['a'] } },
    ]);
    await store.record(aBatch([aCall('main-1'), { call: second, state: [1] }]));
    expect(await store.openCalls('main')).toEqual([{ call: second, state: [1] }]);
    const again = await open();
    expect(await again.openCalls('main')).toEqual([{ call: second, state: [1] }]);
  });

  it('lets the id of a merged call lead to the one that survived, over several merges', async () => {
    const store = await open();
    await store.record(aBatch([aCall('a'), anOpenCall('b'), anOpenCall('c', { recordings: [] })]));
    await store.record({
      ...aBatch([aCall('b', { linkedIds: ['b.linked', 'a.linked'] })]),
      merged: [{ id: 'a', into: 'b' }],
    });
    const survivor = aCall('c', { linkedIds: ['c.linked', 'b.linked', 'a.linked'] });
    const merged = aFact('call.merged', 'b', { into: 'c' });
    await store.record({ ...aBatch([survivor], [merged]), merged: [{ id: 'b', into: 'c' }] });
    for (const id of ['a', 'b', 'c']) expect(await store.call(id)).toEqual(survivor);
    expect((await store.calls({}, { limit: 5 })).calls).toEqual([survivor]);
    expect(await store.callsByLinkedIds('main', ['a.linked'])).toEqual([survivor]);
    expect(await store.openCalls('main')).toEqual([]);
    expect(await store.events(0, 10)).toMatchObject([
      { type: 'call.merged', callId: 'b', into: 'c', call: { id: 'b' } },
    ]);
    // a merge into a call that was merged itself
    await store.record({ ...aBatch([aCall('d')]), merged: [{ id: 'd', into: 'a' }] });
    expect(await store.call('d')).toEqual(survivor);
  });

  it('refuses to merge into a call that it does not have, and stores nothing of the batch', async () => {
    const store = await open();
    await store.record(aBatch([aCall('a')]));
    const batch = { ...aBatch([aCall('b')], [aFact('call.ended', 'b')]), merged: [{ id: 'a', into: 'nowhere' }] };
    await expect(store.record(batch)).rejects.toMatchObject({ name: 'StoreError', code: 'failed' });
    expect(await store.call('a')).toEqual(aCall('a'));
    expect(await store.call('b')).toBeNull();
    expect(await store.lastSeq()).toBe(0);
  });

  it('finds calls by their linkedids, each once, in order of start', async () => {
    const store = await open();
    const late = aCall('late', { linkedIds: ['1', '2'], startedAt: '2026-03-01T12:00:00.000Z' });
    const early = aCall('early', { linkedIds: ['3'] });
    await store.record(aBatch([late, early, aCall('other', { pbx: 'other', linkedIds: ['1'] })]));
    expect(await store.callsByLinkedIds('main', ['2', '1', '3', '4'])).toEqual([early, late]);
    expect(await store.callsByLinkedIds('main', [])).toEqual([]);
  });

  it('logs facts in order, each with the call as it was', async () => {
    const store = await open();
    const ringing = anOpenCall('main-1');
    expect(await store.lastSeq()).toBe(0);
    expect(await store.firstSeq()).toBe(1);
    const started = [aFact('call.started', 'main-1'), aFact('leg.started', 'main-1', { leg: 0 })];
    expect(await store.record(aBatch([ringing], started))).toEqual({ lastSeq: 2 });
    const ended = aCall('main-1');
    const facts = [aFact('call.ended', 'main-1', { atMs: 1_700_000_000_123.4 }), aFact('call.changed', 'unknown')];
    expect(await store.record(aBatch([ended], facts))).toEqual({ lastSeq: 4 });
    const common = { pbx: 'main', into: null };
    expect(await store.events(0, 10)).toEqual([
      {
        seq: 1,
        type: 'call.started',
        at: '2026-03-01T10:00:00.000Z',
        callId: 'main-1',
        leg: null,
        call: ringing,
        ...common,
      },
      {
        seq: 2,
        type: 'leg.started',
        at: '2026-03-01T10:00:00.000Z',
        callId: 'main-1',
        leg: 0,
        call: ringing,
        ...common,
      },
      {
        seq: 3,
        type: 'call.ended',
        at: '2023-11-14T22:13:20.123Z',
        callId: 'main-1',
        leg: null,
        call: ended,
        ...common,
      },
      {
        seq: 4,
        type: 'call.changed',
        at: '2026-03-01T10:00:00.000Z',
        callId: 'unknown',
        leg: null,
        call: null,
        ...common,
      },
    ]);
    expect((await store.events(1, 2)).map((event) => event.seq)).toEqual([2, 3]);
    // a fact of a call that this batch does not bring
    await store.record(aBatch([], [aFact('call.changed', 'main-1')]));
    expect(await store.events(4, 1)).toMatchObject([{ seq: 5, call: { id: 'main-1', answered: true } }]);
  });

  it('stores a batch once, however often it is retried under its id', async () => {
    const store = await open();
    const batch = aBatch([aCall('main-1')], [aFact('call.ended', 'main-1')], {
      batchId: 'one',
      positions: { cel: '5' },
    });
    expect(await store.record(batch)).toEqual({ lastSeq: 1 });
    await store.record(aBatch([], [aFact('call.changed', 'main-1')], { batchId: 'two', positions: { cel: '6' } }));
    expect(await store.record(batch)).toEqual({ lastSeq: 1 });
    expect(await store.lastSeq()).toBe(2);
    expect(await store.events(0, 10)).toHaveLength(2);
    expect(await store.position('cel')).toBe('6');
  });

  it('takes a batch of any size', async () => {
    const store = await open();
    const many = Array.from({ length: 5_000 }, (_, n) => anOpenCall(`main-${n}`, { linkedIds: [`l-${n}`] }));
    const facts = many.map((call) => aFact('call.started', call.id));
    await store.record(aBatch(many, facts));
    const ended = many.map((call) => aCall(call.id, { linkedIds: call.linkedIds }));
    expect(await store.record(aBatch(ended, facts))).toEqual({ lastSeq: 10_000 });
    expect(await store.openCalls('main')).toEqual([]);
    expect(
      await store.callsByLinkedIds(
        'main',
        ended.flatMap((call) => call.linkedIds),
      ),
    ).toEqual(ended);
    expect(await store.events(9_999, 10)).toMatchObject([{ callId: 'main-4999', call: { answered: true } }]);
    expect(await store.events(0, 10_000)).toHaveLength(10_000);
  });

  it('remembers positions, alone and with a batch', async () => {
    const store = await open();
    expect(await store.position('cel:main')).toBeNull();
    await store.setPosition('cel:main', '10');
    await store.record(aBatch([], [], { positions: { 'cel:main': '11', 'cdr:main': '3' } }));
    expect([await store.position('cel:main'), await store.position('cdr:main')]).toEqual(['11', '3']);
  });

  it('tells listeners of commits, its own and those of another process', async () => {
    const [store, other] = [await open(), await open()];
    const heard = waiter();
    const stop = store.onEvents(heard.tell);
    await store.record(aBatch([], [aFact('call.started', 'x')]));
    await heard.until(1);
    await other.record(aBatch([], [aFact('call.ended', 'x')]));
    await heard.until(2);
    stop();
    await other.record(aBatch([], [aFact('call.ended', 'x')]));
    const again = waiter();
    store.onEvents(again.tell);
    await store.record(aBatch([], [aFact('call.ended', 'x')]));
    await again.until(4);
    expect(heard.last()).toBe(2);
  });

  it('copies CDR rows once, exactly, with the call that they belong to', async () => {
    const store = await open();
    const row = aCdrRow('1.1', { linkedId: 'main-1.linked' });
    const other = aCdrRow('1.1', { linkedId: 'main-1.linked', dstChannel: 'PJSIP/102-2' });
    expect(await store.addCdr([row, other, row])).toBe(2);
    expect(await store.addCdr([other, aCdrRow('1.2')])).toBe(1);
    const [first] = await store.cdr(0, 1);
    expect(first).toEqual({ id: 1, callId: null, ...row });
    await store.record(aBatch([aCall('main-1')]));
    expect((await store.cdr(0, 10)).map(({ id, callId }) => [id, callId])).toEqual([
      [1, 'main-1'],
      [2, 'main-1'],
      [3, null],
    ]);
    await store.addCdr([{ ...row, columns: { ...row.columns, recordingfile: 'a.wav' } }]);
    expect((await store.cdr(0, 10)).map((copy) => [copy.id, copy.columns['recordingfile']])).toEqual([
      [1, 'a.wav'],
      [2, ''],
      [3, ''],
    ]);
    expect((await store.cdr(2, 10)).map((copy) => copy.id)).toEqual([3]);
  });

  it('forgets events after their time, and batches, but no call', async () => {
    const store = await open({ eventDays: 10 });
    for (let batch = 0; batch < 3; batch++) {
      const facts = [aFact('call.started', 'a'), aFact('call.started', 'b'), aFact('call.ended', 'a')];
      await store.record(aBatch([aCall('a'), aCall('b')], facts, { batchId: String(batch) }));
    }
    await store.tidy(Date.now() + 9 * dayMs);
    expect(await store.firstSeq()).toBe(1);
    while (await store.tidy(Date.now() + 11 * dayMs));
    expect(await store.firstSeq()).toBe(10);
    expect(await store.lastSeq()).toBe(9);
    expect(await store.events(0, 10)).toEqual([]);
    expect(await store.call('a')).toEqual(aCall('a'));
    await store.record(aBatch([aCall('a')], [aFact('call.changed', 'a')]));
    expect(await store.events(0, 10)).toMatchObject([{ seq: 10, call: { id: 'a' } }]);
  });

  it('says what it is and how big', async () => {
    const store = await open();
    const status = await store.status();
    expect(status).toMatchObject({ ok: true, mend: null, schemaVersion: migrations.at(-1)?.version });
    expect(status.sizeBytes).toBeGreaterThan(10_000);
  });
});

function aCdrRow(uniqueId: string, changes: Partial<CdrRow> = {}): CdrRow {
  return {
    pbx: 'main',
    uniqueId,
    linkedId: null,
    sequence: '7',
    startedAt: '2026-03-01 13:00:00',
    src: '89161234567',
    dst: '101',
    channel: 'PJSIP/trunk-1',
    dstChannel: 'PJSIP/101-2',
    lastApp: 'Dial',
    columns: {
      calldate: '2026-03-01 13:00:00',
      billsec: 60,
      userfield: null,
      recordingfile: '',
      clid: '"Ан\\"на" <1>',
    },
    ...changes,
  };
}

/** Collects what a listener is told, and lets a test wait for it. */
function waiter(): { tell: (seq: number) => void; until: (seq: number) => Promise<void>; last: () => number } {
  const told: number[] = [];
  const last = (): number => told.at(-1) ?? 0;
  let wake = (): void => undefined;
  return {
    tell(seq) {
      told.push(seq);
      wake();
    },
    async until(seq) {
      while (last() < seq) await new Promise<void>((resolve) => (wake = resolve));
    },
    last,
  };
}
