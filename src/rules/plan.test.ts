import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aCall, aFact, aLeg, anOpenCall } from '../../test/store/a-call.ts';
import { directions, type Call } from '../calls/call.ts';
import { factTypes, type Fact } from '../calls/facts.ts';
import { changed, type Wanted } from '../people/change.ts';
import type { AnyRecord } from '../people/check.ts';
import type { Directory } from '../people/directory.ts';
import { emptyDirectory } from '../people/empty.ts';
import { deliveryKinds, type NewDelivery } from '../store/delivery.ts';
import { plan, type Batch, type PlannedFor } from './plan.ts';

const put = (kind: Wanted['kind'], record: AnyRecord): Wanted => ({ kind, id: record.id, record });
const directory: Directory = changed(
  emptyDirectory(),
  [
    put('operators', { id: 'anna', name: 'Anna', extensions: ['101'], mobiles: ['+79160000001'] }),
    put('taskTemplates', { id: 't', title: 'Call back' }),
    put('policies', { id: '*', taskTemplate: 't' }),
    put('policies', { id: 'mute', records: false, taskTemplate: 't' }),
    put('lines', { id: 'amo', name: 'amo', numbers: ['74950000001'], crms: ['amo'] }),
  ],
  { byPerson: false },
).directory;

const calls = deliveryKinds.filter((kind) => kind !== 'event');
const b24: PlannedFor = { name: 'b24', takes: calls };
const amo: PlannedFor = { name: 'amo', takes: ['ended', 'missed', 'record'] };
const hook: PlannedFor = { name: 'hook', takes: ['event'] };
const about = { region: 'RU', searched: new Set<string>(), completed: new Set<string>(), nowMs: 0 };

function planned(
  batch: Partial<Batch>,
  connections: PlannedFor[] = [b24],
  more: Partial<typeof about & { before: (id: string) => Call | null }> = {},
): NewDelivery[] {
  return plan({ calls: [], merged: [], facts: [], ...batch }, directory, connections, { ...about, ...more });
}

const of = (...all: Call[]): Batch['calls'] => all.map((call) => ({ call }));
const kinds = (all: readonly NewDelivery[]): string[] => all.map(({ crm, kind }) => `${crm} ${kind}`);
const rings = { outcome: null, answeredAt: null, endedAt: null, talkMs: 0 };
const missedCall = (about: Partial<Call> = {}): Call =>
  aCall('m', {
    answered: false,
    answeredAt: null,
    responsible: null,
    legs: [aLeg('101', { outcome: 'no-answer', answeredAt: null })],
    ...about,
  });

describe('what follows from facts', () => {
  it('a card, once for all phones that begin to ring in one batch', () => {
    const call = anOpenCall('c', { legs: [aLeg('101', rings), aLeg('102', rings)] });
    const facts = [
      aFact('call.started', 'c'),
      aFact('leg.started', 'c', { leg: 0 }),
      aFact('leg.started', 'c', { leg: 1 }),
    ];
    expect(planned({ calls: of(call), facts })).toEqual([
      {
        crm: 'b24',
        kind: 'card',
        callId: 'c',
        number: '+79161234567',
        live: true,
        payload: {},
        staleAtMs: Date.UTC(2026, 2, 1, 10, 0, 30),
      },
    ]);
  });

  it('a card also for an operator’s mobile, and none for an outside number, an outbound call or a phone that is off', () => {
    const card = (leg: object, more: Partial<Call> = {}): string[] =>
      kinds(
        planned({
          calls: of(anOpenCall('c', { legs: [aLeg('101', { ...rings, ...leg })], ...more })),
          facts: [aFact('leg.started', 'c', { leg: 0 })],
        }),
      );
    expect(card({ extension: null, number: '89160000001' })).toEqual(['b24 card']);
    expect(card({ extension: null, number: '84951112233', of: '109' })).toEqual(['b24 card']);
    expect(card({ extension: null, number: '84951112233' })).toEqual([]);
    expect(card({ role: 'caller' })).toEqual([]);
    expect(card({}, { direction: 'outbound' })).toEqual([]);
    expect(card({ outcome: 'unavailable', ringMs: 0, endedAt: '2026-03-01T10:00:01.000Z' })).toEqual([]);
  });

  it('one answered for the leg, the call and the transfer', () => {
    const facts = [aFact('leg.answered', 'c', { leg: 0 }), aFact('call.answered', 'c'), aFact('call.transferred', 'c')];
    const call = aCall('c', { endedAt: null });
    expect(kinds(planned({ calls: of(call), facts }))).toEqual(['b24 answered']);
    expect(planned({ calls: of({ ...call, direction: 'outbound' }), facts })).toEqual([]);
  });

  it('nothing live for a call that is over', () => {
    const facts = [
      aFact('leg.started', 'c', { leg: 0 }),
      aFact('leg.answered', 'c', { leg: 0 }),
      aFact('call.ended', 'c'),
    ];
    expect(kinds(planned({ calls: of(aCall('c')), facts }))).toEqual(['b24 ended', 'b24 reached']);
  });

  it('the end of a call that was clicked, also when a list blocks it: whoever ordered it waits for it', () => {
    const facts = [aFact('call.ended', 'c')];
    const internal = aCall('c', { direction: 'internal', client: null, line: null, recordings: [] });
    expect(kinds(planned({ calls: of(internal), facts }, [b24, amo]))).toEqual([]);
    const clicked = { ...internal, origin: 'click_to_call' as const };
    expect(kinds(planned({ calls: of(clicked), facts }, [b24, amo]))).toEqual(['b24 ended']);
  });

  it('no task for a call that ended more than a day ago: a period of the past was processed', () => {
    const facts = [aFact('call.ended', 'm')];
    const nowMs = Date.parse(missedCall().endedAt ?? '') + 86_400_001;
    expect(kinds(planned({ calls: of(missedCall()), facts }, [b24], { nowMs }))).toEqual(['b24 ended']);
  });

  it('the end held back until CEL has told what nobody saw, and then what has to be done besides', () => {
    const seen = { completed: new Set(['main']), nowMs: 5_000 };
    const call = missedCall({ gap: true });
    const facts = [aFact('call.changed', 'm'), aFact('call.ended', 'm')];
    const due = (all: readonly NewDelivery[]) => all.map(({ kind, dueAtMs }) => [kind, dueAtMs]);
    expect(due(planned({ calls: of(call), facts }, [b24], seen))).toEqual([
      ['ended', 125_000],
      ['missed', 125_000],
    ]);
    // Seen whole, or nobody could tell more.
    expect(due(planned({ calls: of(missedCall()), facts }, [b24], seen))[0]).toEqual(['ended', undefined]);
    expect(due(planned({ calls: of(call), facts }))[0]).toEqual(['ended', undefined]);

    const told = aCall('m', { recordings: [{ file: '/a.wav', startedAt: call.startedAt, endedAt: null }] });
    const news = [aFact('recording.started', 'm'), aFact('call.answered', 'm'), aFact('call.changed', 'm')];
    expect(due(planned({ calls: of(told), facts: news }, [b24], seen))).toEqual([
      ['encode', undefined],
      ['reached', undefined],
    ]);
    expect(planned({ calls: of(told), facts: [aFact('call.changed', 'm')] }, [b24], seen)).toEqual([]);
  });

  it('a search for the recording of a talk of which Asterisk told none, where the settings say how it is called', () => {
    const facts = [aFact('call.ended', 'c')];
    const call = aCall('c', { recordings: [] });
    expect(kinds(planned({ calls: of(call), facts }))).not.toContain('recordings encode');
    expect(kinds(planned({ calls: of(call), facts }, [b24], { searched: new Set([call.pbx]) }))).toContain(
      'recordings encode',
    );
  });

  it('the end, a task when it was missed, the end of tasks when somebody was reached, for whoever takes each', () => {
    const ended = [aFact('call.ended', 'm')];
    expect(kinds(planned({ calls: of(missedCall()), facts: ended }, [b24, amo, hook]))).toEqual([
      'hook event',
      'b24 ended',
      'b24 missed',
      'amo ended',
      'amo missed',
    ]);
    const outbound = missedCall({ direction: 'outbound' });
    expect(kinds(planned({ calls: of(outbound), facts: ended }))).toEqual(['b24 ended']);
    expect(kinds(planned({ calls: of({ ...outbound, answered: true }), facts: ended }))).toEqual([
      'b24 ended',
      'b24 reached',
    ]);
    const withheld = aCall('m', { client: { number: null, e164: null, name: null } });
    expect(planned({ calls: of(withheld), facts: ended })).toMatchObject([{ kind: 'ended', number: null }]);
  });

  it('only where the call belongs', () => {
    const call = aCall('c', { line: { number: '84950000001', trunk: null } });
    const facts = [aFact('call.ended', 'c')];
    expect(kinds(planned({ calls: of(call), facts }, [b24, amo, hook]))).toEqual(['amo ended']);
    expect(planned({ calls: of(aCall('c')), facts }, [{ ...b24, pbxs: ['branch'] }])).toEqual([]);
    const internal = aCall('c', { direction: 'internal', client: null, line: null });
    expect(planned({ calls: of(internal), facts }, [b24, amo, hook])).toEqual([]);
  });

  it('a recording is made ready once, for those who want it', () => {
    const call = aCall('c', { recordings: [{ file: 'c.wav', startedAt: '2026-03-01T10:00:05.000Z', endedAt: null }] });
    const facts = [aFact('call.ended', 'c')];
    const mute: PlannedFor = { name: 'mute', takes: calls };
    const all = planned({ calls: of(call), facts }, [b24, amo, mute, hook]);
    expect(all.filter(({ kind }) => kind === 'encode')).toEqual([
      {
        crm: 'recordings',
        kind: 'encode',
        callId: 'c',
        number: null,
        live: false,
        payload: { crms: ['b24', 'amo'] },
        staleAtMs: null,
      },
    ]);
    // Also when no CRM wants it: it is played here.
    expect(kinds(planned({ calls: of(call), facts }, []))).toEqual(['recordings encode']);
  });

  describe('a merge', () => {
    const into = anOpenCall('into', { answered: true, legs: [aLeg('101', { endedAt: null }), aLeg('102', rings)] });
    const batch = {
      calls: of(into),
      merged: [{ id: 'was', into: 'into' }],
      facts: [aFact('call.merged', 'was', { into: 'into' })],
    };

    it('is told to those who may have shown the call, and the one that is left shows itself anew', () => {
      expect(planned(batch)).toMatchObject([
        { kind: 'merged', callId: 'was', payload: { into: 'into' }, live: true, number: '+79161234567' },
        { kind: 'card', callId: 'into' },
        { kind: 'answered', callId: 'into' },
      ]);
      const internal = (): Call => anOpenCall('was', { direction: 'internal' });
      expect(kinds(planned(batch, [b24], { before: internal }))).toEqual(['b24 card', 'b24 answered']);
      expect(kinds(planned(batch, [b24], { before: () => anOpenCall('was') }))).toEqual([
        'b24 merged',
        'b24 card',
        'b24 answered',
      ]);
    });

    it('of a chain names the call that is left', () => {
      const facts = [aFact('call.merged', 'a', { into: 'b' }), aFact('call.merged', 'b', { into: 'into' })];
      const merged = [
        { id: 'a', into: 'into' },
        { id: 'b', into: 'into' },
      ];
      const all = planned({ calls: of(into), merged, facts });
      expect(all.filter(({ kind }) => kind === 'merged').map(({ payload }) => payload)).toEqual([
        { into: 'into' },
        { into: 'into' },
      ]);
    });
  });

  it('every fact, for those who take them as they are', () => {
    const call = aCall('c');
    const facts = [aFact('call.started', 'c'), aFact('leg.started', 'c', { leg: 0 }), aFact('call.ended', 'c')];
    const all = planned({ calls: of(call), facts }, [hook]);
    expect(all).toHaveLength(3);
    expect(all[1]).toEqual({
      crm: 'hook',
      kind: 'event',
      callId: 'c',
      number: null,
      live: false,
      payload: { type: 'leg.started', at: '2026-03-01T10:00:00.000Z', leg: 0, into: null, call },
      staleAtMs: null,
    });
  });
});

describe('for any batch', () => {
  const ids = ['a', 'b', 'c'];
  const anyCall = (id: string): fc.Arbitrary<Call> =>
    fc
      .record({
        direction: fc.constantFrom(...directions),
        answered: fc.boolean(),
        open: fc.boolean(),
        legs: fc.array(fc.constantFrom(aLeg('101'), aLeg('101', rings), aLeg('555', rings)), { maxLength: 3 }),
        number: fc.constantFrom('84950000001', '84951112233', null),
        recorded: fc.boolean(),
      })
      .map(({ open, number, recorded, ...call }) =>
        aCall(id, {
          ...call,
          endedAt: open ? null : '2026-03-01T10:01:05.000Z',
          line: { number, trunk: 't' },
          recordings: recorded ? [{ file: 'x', startedAt: '2026-03-01T10:01:05.000Z', endedAt: null }] : [],
        }),
      );
  const anyFact: fc.Arbitrary<Fact> = fc
    .record({
      type: fc.constantFrom(...factTypes),
      callId: fc.constantFrom(...ids),
      leg: fc.nat(3),
      into: fc.constantFrom(...ids),
    })
    .map(({ type, callId, leg, into }) => aFact(type, callId, type === 'call.merged' ? { into } : { leg }));
  const anyBatch = fc
    .tuple(fc.tuple(...ids.map(anyCall)), fc.array(anyFact, { maxLength: 12 }))
    .map(([all, facts]): Batch => {
      const merged = facts.flatMap(({ callId, into }) =>
        into === undefined || into === callId ? [] : [{ id: callId, into }],
      );
      return { calls: of(...all.filter(({ id }) => !merged.some((one) => one.id === id))), merged, facts };
    });

  it('no work is made twice, none is for a connection that does not take it, and what is live has its end', () => {
    fc.assert(
      fc.property(anyBatch, (batch) => {
        const connections = [b24, amo, hook];
        const all = planned(batch, connections);
        const keys = all
          .filter(({ kind }) => kind !== 'event')
          .map(({ crm, kind, callId }) => `${crm} ${kind} ${callId}`);
        expect(new Set(keys).size).toBe(keys.length);
        const takes = (crm: string): readonly string[] =>
          crm === 'recordings' ? ['encode'] : (connections.find(({ name }) => name === crm)?.takes ?? []);
        expect(all.filter(({ crm, kind }) => !takes(crm).includes(kind))).toEqual([]);
        expect(all.filter(({ live, staleAtMs }) => live !== (staleAtMs !== null))).toEqual([]);
        const absorbed = new Set(batch.merged.map(({ id }) => id));
        const about = all.filter(({ kind }) => kind !== 'merged' && kind !== 'event');
        expect(about.filter(({ callId }) => absorbed.has(callId))).toEqual([]);
        const callsOf = (...some: string[]): (Call | undefined)[] =>
          about
            .filter(({ kind }) => some.includes(kind))
            .map(({ callId }) => batch.calls.find(({ call }) => call.id === callId)?.call);
        expect(callsOf('card', 'answered').filter((call) => call?.endedAt !== null)).toEqual([]);
        expect(callsOf('missed').filter((call) => call?.answered !== false || call.direction !== 'inbound')).toEqual(
          [],
        );
        expect(callsOf('reached').filter((call) => !call?.answered)).toEqual([]);
        expect(planned(batch, connections)).toEqual(all);
      }),
      { numRuns: 500 },
    );
  });

  it('however the facts fall into batches, the end is told once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), (first, second) => {
        const facts = [
          aFact('call.started', 'c'),
          aFact('leg.started', 'c', { leg: 0 }),
          aFact('leg.answered', 'c', { leg: 0 }),
          aFact('call.answered', 'c'),
          aFact('leg.ended', 'c', { leg: 0 }),
          aFact('call.ended', 'c'),
        ];
        const parts = [facts.slice(0, first), facts.slice(first, first + second), facts.slice(first + second)];
        const all = parts.flatMap((part) => {
          const isOver = part.some(({ type }) => type === 'call.ended');
          return planned({ calls: of(aCall('c', isOver ? {} : { endedAt: null })), facts: part });
        });
        expect(all.filter(({ kind }) => kind === 'ended')).toHaveLength(1);
        expect(all.filter(({ kind }) => kind === 'reached')).toHaveLength(1);
      }),
    );
  });
});
