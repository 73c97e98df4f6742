import { expect, it } from 'vitest';
import { keepTidy } from './keep-tidy.ts';

it('asks the store nothing more once it has ended, though it was stopped in the middle of a step', async () => {
  let steps = 0;
  let began: () => void = () => {};
  const begun = new Promise<void>((resolve) => (began = resolve));
  let finish: (more: boolean) => void = () => {};
  const tidy = (): Promise<boolean> => {
    steps += 1;
    began();
    return new Promise((resolve) => (finish = resolve));
  };
  const stop = keepTidy({ tidy }, { everyMs: 1, breathMs: 1 });
  await begun;
  const stopped = stop();
  let isOver = false;
  void stopped.then(() => (isOver = true));
  await new Promise(setImmediate);
  expect(isOver, 'while a step goes on').toBe(false);
  finish(true);
  await stopped;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(steps).toBe(1);
});

it('goes on after a step that failed, and at once while more is waiting', async () => {
  const answers = [
    (): Promise<boolean> => Promise.reject(new Error('the database is away')),
    async () => true,
    async () => false,
  ];
  let all: () => void = () => {};
  const done = new Promise<void>((resolve) => (all = resolve));
  const tidy = (): Promise<boolean> => {
    const answer = answers.shift();
    if (answers.length === 0) all();
    return answer?.() ?? Promise.resolve(false);
  };
  const stop = keepTidy({ tidy }, { everyMs: 1, breathMs: 1 });
  await done;
  await stop();
  expect(answers).toHaveLength(0);
});
