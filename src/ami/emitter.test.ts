import { expect, it } from 'vitest';
import { Emitter } from './emitter.ts';

interface Events {
  tick: number;
}

function setUp(): { emitter: Emitter<Events>; seen: string[] } {
  const seen: string[] = [];
  const emitter = new Emitter<Events>((event, cause) => seen.push(`${event} failed: ${String(cause)}`));
  return { emitter, seen };
}

it('calls listeners in order, and says whether there was one', () => {
  const { emitter, seen } = setUp();
  expect(emitter.emit('tick', 0)).toBe(false);
  emitter.on('tick', (value) => seen.push(`a${value}`));
  emitter.on('tick', (value) => seen.push(`b${value}`));
  expect(emitter.emit('tick', 1)).toBe(true);
  expect(seen).toEqual(['a1', 'b1']);
});

it('takes listeners away, also while they are being called', () => {
  const { emitter, seen } = setUp();
  emitter.once('tick', () => seen.push('once'));
  const stop = emitter.on('tick', () => seen.push('on'));
  emitter.emit('tick', 1);
  stop();
  stop();
  emitter.emit('tick', 2);
  expect(seen).toEqual(['once', 'on']);
});

it('goes on after a listener that throws or rejects', async () => {
  const { emitter, seen } = setUp();
  emitter.on('tick', () => {
    throw new Error('one');
  });
  emitter.on('tick', () => Promise.reject(new Error('two')));
  emitter.on('tick', () => seen.push('three'));
  emitter.emit('tick', 1);
  await Promise.resolve();
  expect(seen).toEqual(['tick failed: Error: one', 'three', 'tick failed: Error: two']);
});
