import { beforeEach, describe, expect, it } from 'vitest';
import { Queue, type Command } from './portal-queue.ts';
import { Weights } from './portal-weights.ts';
import type { Lane } from './portal.ts';

let weights: Weights;
let queue: Queue;
beforeEach(() => {
  weights = new Weights();
  queue = new Queue(weights);
});

function command(name: string, given: Partial<Command> = {}): Command {
  const rest = { resolve: () => {}, reject: () => {}, limited: 0, isRenewed: false, deliveryId: null };
  return { method: 'user.get', query: name, lane: 'usual', isHeavy: false, isAlone: false, ...rest, ...given };
}

/** Adds so many, and gives them. */
function add(count: number, given: Partial<Command> = {}): Command[] {
  const commands = Array.from({ length: count }, (_, index) => command(`${given.lane ?? 'usual'}${index}`, given));
  for (const each of commands) queue.add(each);
  return commands;
}

const others: Lane[] = ['usual', 'backlog', 'sync'];
const names = (commands: readonly Command[]) => commands.map(({ query }) => query);

describe('the queue', () => {
  it('gives at most 50, in the order of coming', () => {
    add(60);
    expect(names(queue.take(others))).toEqual(Array.from({ length: 50 }, (_, index) => `usual${index}`));
    expect(queue.take(others)).toHaveLength(10);
    expect(queue.isEmpty).toBe(true);
  });

  it('gives one of each lane before it fills up with the first', () => {
    add(3, { lane: 'sync' });
    add(3, { lane: 'backlog' });
    add(60);
    const taken = queue.take(others);
    expect(taken.filter(({ lane }) => lane === 'usual')).toHaveLength(48);
    expect(names(taken.slice(-2))).toEqual(['backlog0', 'sync0']);
  });

  it('gives what was put back before all else of its lane', () => {
    const first = add(2);
    queue.take(others);
    add(1, { lane: 'usual', method: 'profile' });
    queue.putBack(first);
    expect(queue.take(others).map(({ method }) => method)).toEqual(['user.get', 'user.get', 'profile']);
  });

  it('lets what must go alone go alone, and soon', () => {
    add(2);
    const alone = command('alone', { isAlone: true, lane: 'backlog' });
    queue.add(alone);
    expect(names(queue.take(others))).toEqual(['usual0', 'usual1']);
    add(60);
    expect(names(queue.take(others))).toEqual(['alone']);
    expect(queue.take(others)).toHaveLength(50);
  });

  it('fills a live request up only as far as it stays short', () => {
    add(1, { lane: 'live' });
    add(40, { lane: 'backlog' });
    expect(queue.take(['live'])).toHaveLength(1);
    add(1, { lane: 'live' });
    const taken = queue.take(['live'], others, 600);
    expect(taken[0]?.lane).toBe('live');
    // 60 ms are expected of each that is not known yet.
    expect(taken).toHaveLength(10);
  });

  it('forgets what was removed', () => {
    const [first, second] = add(2);
    expect(first && queue.remove(first)).toBe(true);
    expect(first && queue.remove(first)).toBe(false);
    expect(queue.clear()).toEqual([second]);
  });
});

describe('what a batch carries', () => {
  const heavy = { method: 'telephony.externalcall.finish' };

  it('is 20 of a heavy method as long as its weight is not known', () => {
    add(50, heavy);
    expect(queue.take(others)).toHaveLength(20);
    expect(queue.take(['usual'])).toHaveLength(20);
    add(50, { isHeavy: true });
    queue.clear();
    add(50, { isHeavy: true });
    expect(queue.take(others)).toHaveLength(20);
  });

  it('is 50 of it when it proves to be quick, and few when it proves to be slow', () => {
    for (let time = 0; time < 10; time += 1) weights.measured(heavy.method, 100);
    add(50, heavy);
    expect(queue.take(others)).toHaveLength(50);
    for (let time = 0; time < 50; time += 1) weights.measured(heavy.method, 4_000);
    add(50, heavy);
    expect(queue.take(others)).toHaveLength(5);
  });

  it('is lighter things besides the heavy ones that fit', () => {
    add(30, heavy);
    add(40, { lane: 'backlog' });
    const taken = queue.take(others);
    expect(taken.filter(({ method }) => method === heavy.method)).toHaveLength(20);
    expect(taken.filter(({ lane }) => lane === 'backlog').length).toBeGreaterThan(20);
  });

  it('is one at least, however slow', () => {
    for (let time = 0; time < 10; time += 1) weights.measured(heavy.method, 90_000);
    add(2, heavy);
    expect(queue.take(others)).toHaveLength(1);
  });

  it('is less after a batch that did not come back, and grows again', () => {
    for (let time = 0; time < 10; time += 1) weights.measured(heavy.method, 400);
    weights.lost();
    weights.lost();
    add(50, heavy);
    expect(queue.take(others)).toHaveLength(12);
    for (let time = 0; time < 20; time += 1) weights.finished();
    add(50, heavy);
    expect(queue.take(others)).toHaveLength(50);
  });
});
