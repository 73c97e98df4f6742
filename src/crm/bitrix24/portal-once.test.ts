import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { PortalError } from './portal.ts';
import { applicationOf, authorised, fakePortal, opened } from './testing/open-portal.ts';

/** Whether a command with this fate was done so many times. */
const mayBe: Readonly<Record<string, (times: number) => boolean>> = {
  done: (times) => times === 1,
  uncertain: (times) => times <= 1,
  // Anything else: nothing happened.
  other: (times) => times === 0,
};

it.each([1, 2, 3])(
  'says of each command rightly whether it was done, in whatever weather (%i)',
  async (seed) => {
    const fake = await fakePortal({ seed, rate: { threshold: 150, drainPerSecond: 90 } });
    // A limit that we do not know of, tokens that are revoked, and connections that are cut on either side of the effect.
    fake.unkind.add({ kind: 'cut-before', probability: 0.06 });
    fake.unkind.add({ kind: 'cut-after', probability: 0.06 });
    fake.unkind.add({ kind: 'html', probability: 0.04 });
    fake.unkind.add({ kind: 'truncate', probability: 0.04 });
    fake.unkind.add({ kind: 'limit', probability: 0.04 });
    fake.unkind.add({ kind: 'revoke', probability: 0.05 });
    const { portal } = opened({ ...applicationOf(fake), requestsPerSec: 100 }, { secrets: authorised(fake) });
    const fates = new Map<string, string>();
    const call = async (title: string, lane: 'live' | 'usual' | 'backlog') => {
      try {
        await portal.call('crm.lead.add', { fields: { TITLE: title } }, { lane });
        fates.set(title, 'done');
      } catch (error) {
        fates.set(title, (error as PortalError).kind);
      }
    };
    const calls: Promise<void>[] = [];
    for (let wave = 0; wave < 60; wave += 1) {
      for (let index = 0; index < 8; index += 1) {
        calls.push(call(`${wave}-${index}`, (['live', 'usual', 'backlog'] as const)[index % 3] ?? 'usual'));
      }
      // Waves, so that there are many requests, and not one.
      await sleep(25);
    }
    await Promise.all(calls);
    const titles = [...fake.state.entities.LEAD.all()].map(({ fields }) => fields['TITLE']);
    const wrong = [...fates].filter(([title, fate]) => {
      const times = titles.filter((each) => each === title).length;
      return !(mayBe[fate] ?? mayBe['other'])?.(times);
    });
    const sums = Object.groupBy(fates.values(), (fate) => fate);
    console.info(
      Object.entries(sums)
        .map(([fate, all]) => `${fate} ${all?.length}`)
        .join(', '),
    );
    expect(wrong).toEqual([]);
    expect(fates.size).toBe(480);
    expect(sums['done']?.length).toBeGreaterThan(20);
    expect(sums['uncertain']?.length).toBeGreaterThan(0);
  },
  60_000,
);
