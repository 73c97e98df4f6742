import { expect, it } from 'vitest';
import type { Connection } from './contract.ts';
import { renewedConnection } from './renewed-connection.ts';

/** Like one to a portal: once it is stopped it says no to everything. */
function stubborn(name: string, seen: string[], number: number): Connection {
  let isStopped = false;
  const say = (what: string): void => void seen.push(`${number} ${what}${isStopped ? ' after its end' : ''}`);
  return {
    name,
    concurrency: 1,
    capabilities: { takes: ['ended'], clickToCall: false, users: false, lines: false },
    start: () => say('start'),
    async stop() {
      say('stop');
      isStopped = true;
    },
    status: () => [],
    check: async () => [],
    async work() {
      say('work');
      return { outcome: 'done' };
    },
    async receive() {
      say('receive');
      return { status: 200 };
    },
  };
}

it('works again after another process had it for a while', async () => {
  const seen: string[] = [];
  let opened = 0;
  const connection = renewedConnection(() => stubborn('portal', seen, (opened += 1)));
  const work = { delivery: {} as never, call: null, state: null, save: async () => {}, signal: AbortSignal.abort() };
  connection.start();
  await connection.work(work);
  await connection.stop();
  expect(await connection.receive?.({} as never), 'while another process has it').toEqual({ status: 200 });
  connection.start();
  await connection.work(work);
  expect(seen).toEqual(['1 start', '1 work', '1 stop', '2 receive', '2 start', '2 work']);
});

it('has no more ways than the connection itself', () => {
  const connection = renewedConnection(() => {
    const deaf = stubborn('portal', [], 1);
    Reflect.deleteProperty(deaf, 'receive');
    return deaf;
  });
  expect('receive' in connection).toBe(false);
  expect('authorize' in connection).toBe(false);
});

it('has ended when the end of every one that was stopped is there', async () => {
  const ends: (() => void)[] = [];
  const connection = renewedConnection(() => ({
    ...stubborn('portal', [], 1),
    stop: () => new Promise((resolve) => ends.push(resolve)),
  }));
  const order: string[] = [];
  const first = connection.stop().then(() => order.push('first'));
  const second = connection.stop().then(() => order.push('second'));
  ends[1]?.();
  ends[0]?.();
  await Promise.all([first, second]);
  expect(order).toEqual(['first', 'second']);
});
