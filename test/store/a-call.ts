import type { Call, Leg } from '../../src/calls/call.ts';
import type { Fact, FactType } from '../../src/calls/facts.ts';
import type { Recorded, StoredCall } from '../../src/store/store.ts';

/** A finished, answered inbound call, changed as told. */
export function aCall(id: string, changes: Partial<Call> = {}): Call {
  return {
    id,
    pbx: 'main',
    linkedIds: [`${id}.linked`],
    direction: 'inbound',
    origin: null,
    client: { number: '89161234567', e164: '+79161234567', name: 'Anna' },
    line: { number: '74951112233', trunk: 'trunk-a' },
    startedAt: '2026-03-01T10:00:00.000Z',
    answeredAt: '2026-03-01T10:00:05.000Z',
    endedAt: '2026-03-01T10:01:05.000Z',
    answered: true,
    stage: null,
    lostStage: null,
    result: { code: 200, cause: 16, dialStatus: 'ANSWER' },
    responsible: { extension: '101', operatorId: null },
    legs: [aLeg('101')],
    transfers: [],
    talkMs: 60_000,
    waitMs: 5_000,
    hangupBy: 'client',
    recordings: [],
    ...changes,
  };
}

export function anOpenCall(id: string, changes: Partial<Call> = {}): Call {
  return aCall(id, {
    endedAt: null,
    answeredAt: null,
    answered: false,
    stage: 'ringing',
    responsible: null,
    ...changes,
  });
}

export function aLeg(extension: string, changes: Partial<Leg> = {}): Leg {
  return {
    extension,
    number: null,
    of: null,
    device: `PJSIP/${extension}`,
    role: 'called',
    outcome: 'answered',
    startedAt: '2026-03-01T10:00:01.000Z',
    answeredAt: '2026-03-01T10:00:05.000Z',
    endedAt: '2026-03-01T10:01:05.000Z',
    ringMs: 4_000,
    talkMs: 60_000,
    consultMs: 0,
    holdMs: 0,
    ...changes,
  };
}

export function aFact(type: FactType, callId: string, more: Partial<Fact> = {}): Fact {
  return { type, callId, atMs: Date.UTC(2026, 2, 1, 10), ...more };
}

export function aBatch(calls: (Call | StoredCall)[], facts: Fact[] = [], more: Partial<Recorded> = {}): Recorded {
  const stored = calls.map((call) => ('call' in call ? call : { call, state: null }));
  return { pbx: 'main', calls: stored, merged: [], facts, ...more };
}
