import { describe, expect, it } from 'vitest';
import type { Delivery } from '../store/delivery.ts';
import { droppedByMerge, endingAfter, endingOf } from './ending-of.ts';
import { aCard, aDelivery } from './testing/workers.ts';
import { DeliveryError } from './worker.ts';

const stored = { id: 1, state: 'working', attempts: 1, createdAtMs: 0, dueAtMs: 0, endedAtMs: null } as const;
const record: Delivery = { ...aDelivery('a'), ...stored, note: null, mend: null };
const card: Delivery = { ...aCard('a'), ...stored, note: null, mend: null };
const about = { nowMs: 1_000, retries: 0, random: 0.5 };

describe('what becomes of a delivery', () => {
  it('that its worker is through with', () => {
    expect(endingOf({ outcome: 'done' })).toEqual({ to: 'done', note: null, follows: [] });
    expect(endingOf({ outcome: 'dropped', note: 'why' })).toEqual({ to: 'dropped', note: 'why' });
  });

  it('that failed: waits longer each time, or for a person, or is dropped when it is live', () => {
    const retry = new DeliveryError('retry', 'busy');
    expect(endingAfter(retry, record, about)).toEqual({ to: 'retry', note: 'busy', mend: null, dueAtMs: 2_500 });
    expect(endingAfter(retry, record, { ...about, retries: 2 })).toMatchObject({ dueAtMs: 5_500 });
    const rejected = new DeliveryError('rejected', 'no such user', { mend: 'map it' });
    expect(endingAfter(rejected, record, about)).toEqual({ to: 'rejected', note: 'no such user', mend: 'map it' });
    for (const error of [retry, rejected, new Error('bug')]) expect(endingAfter(error, card, about).to).toBe('dropped');
  });

  it('while the connection is down: nothing, a card included', () => {
    const down = new DeliveryError('down', 'away', { mend: 'start it' });
    const again = { to: 'again', note: 'away', mend: 'start it', dueAtMs: 1_000 };
    expect(endingAfter(down, record, about)).toEqual(again);
    expect(endingAfter(down, card, about)).toEqual(again);
  });

  it('that met a fault of ours: tried again, without the words of the fault', () => {
    const ending = endingAfter(new TypeError('token=secret'), record, about);
    expect(ending).toMatchObject({ to: 'retry', dueAtMs: 2_500 });
    expect(JSON.stringify(ending)).not.toContain('secret');
  });

  it('whose call became a part of another one', () => {
    expect(droppedByMerge(record, null)).toBeNull();
    expect(droppedByMerge({ ...record, kind: 'merged' }, 'b')).toBeNull();
    expect(droppedByMerge({ ...record, kind: 'event' }, 'b')).toBeNull();
    expect(droppedByMerge(record, 'b')).toMatchObject({ to: 'dropped', note: expect.stringContaining('b') as string });
  });
});
