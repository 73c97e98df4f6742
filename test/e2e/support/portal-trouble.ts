// Everything that a portal can do to whoever talks to it, at moments chosen by a seed.
import { setTimeout as wait } from 'node:timers/promises';
import type { Random } from '../../../src/demo/random.ts';
import type { FakePortal } from '../../fakes/bitrix24/portal.ts';
import type { Unkindness } from '../../fakes/bitrix24/unkindness.ts';

const serverFault = { code: 'INTERNAL_SERVER_ERROR', description: 'Internal server error', status: 500 };

/**
 * Misfortunes of requests. None befalls the token endpoint after its effect: a pair of tokens that is lost on the way is lost at the real portal
 * too, and the administrator has to authorise anew.
 */
const misfortunes: Unkindness[] = [
  ...['telephony.*', 'crm.*', 'tasks.*', 'voximplant.*'].flatMap((method): Unkindness[] => [
    { kind: 'cut-after', method },
    { kind: 'cut-before', method },
    { kind: 'cut-inside', method },
    { kind: 'cut-middle', method },
    { kind: 'truncate', method },
    { kind: 'html', method },
    { kind: 'refuse', method, error: serverFault },
    { kind: 'limit', method },
    { kind: 'limit-empty', method },
    // Shorter than a restart of Patchcord: what is still at the portal when it is asked what became of it, nobody can know.
    { kind: 'slow', method, ms: 700 },
    { kind: 'slow-answer', method, ms: 700 },
  ]),
  { kind: 'cut-after', method: 'upload' },
  { kind: 'cut-before', method: 'upload' },
  { kind: 'truncate', method: 'upload' },
];

/** Lets what must not happen together take turns. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(act: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(act);
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}

export interface Trouble {
  readonly restarts: number;
  readonly tokensTaken: number;
  /** No more of it, and the portal is up. */
  stop(): Promise<void>;
}

/**
 * Begins. The portal dies for up to three seconds, its tokens expire or are taken away, and requests meet with misfortunes, one after the other.
 * @param turns while tokens are renewed nothing else may take a turn: who dies with a pair of tokens in hand has lost it
 */
export function troublePortal(portal: FakePortal, random: Random, turns: Turns): Trouble {
  const over = new AbortController();
  const pause = (ms: number): Promise<void> => wait(ms, undefined, { signal: over.signal }).catch(() => undefined);
  let [restarts, tokensTaken] = [0, 0];

  const die = async (): Promise<void> => {
    await portal.stopListening();
    await pause(random.int(200, 3000));
    await portal.listen();
    restarts += 1;
  };
  const takeTokens = (): Promise<void> =>
    turns.take(async () => {
      const renewed = (): number =>
        portal.requests.filter(({ method, status }) => method === 'oauth.token' && status === 200).length;
      const before = renewed();
      const end = random.chance(0.5)
        ? (portal.tokens.expireAll(), () => undefined)
        : portal.unkind.add({ kind: 'revoke', times: 1 });
      for (let n = 0; n < 100 && renewed() === before; n++) await wait(100);
      end();
      if (renewed() > before) tokensTaken += 1;
      // Until the new pair is stored.
      await wait(500);
    });
  const befall = (): void => {
    for (const rule of random.sample(misfortunes, 4)) {
      portal.unkind.add({ ...rule, times: random.int(1, 3), after: random.int(0, 3) });
    }
  };
  const going = (async () => {
    for (let n = 0; !over.signal.aborted; n++) {
      if (n % 5 === 1) await die();
      else if (n % 5 === 3) await takeTokens();
      else befall();
      await pause(random.int(500, 2000));
    }
  })();
  return {
    get restarts() {
      return restarts;
    },
    get tokensTaken() {
      return tokensTaken;
    },
    stop: async () => {
      over.abort();
      await going;
      portal.unkind.clear();
    },
  };
}
