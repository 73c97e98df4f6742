import { expect, it } from 'vitest';
import { giveBackMemory } from './give-back.ts';

it('collects what nobody needs any more', async () => {
  const collected = new Promise((resolve) => {
    const registry = new FinalizationRegistry(resolve);
    registry.register({ large: Array.from({ length: 1000 }, (_, n) => `one ${n}`) }, 'collected');
    // As long as it is waited for, the registry is.
    setTimeout(() => void registry, 20_000).unref();
  });
  giveBackMemory(1);
  expect(await collected).toBe('collected');
  expect(Reflect.get(globalThis, 'gc'), 'nobody else can call it').toBeUndefined();
}, 10_000);
