// What every adapter must hold, tried against its own fake CRM on a real socket.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Parts } from '../../src/crm/connections.ts';
import type { Adapter } from '../../src/crm/contract.ts';
import { secretValues } from '../../src/crm/settings-marks.ts';
import { deliveryKinds } from '../../src/store/delivery.ts';
import { openBench, type Bench, type Sample } from './bench.ts';
import type { FakeCrm, Mood } from './fake.ts';

/** A name that somebody calls himself to break whatever shows it. */
export const hostileText = String.raw`"><script>alert(1)</script> $result[0] {{7*7}} ' or 1=1 -- %0d%0a ${'${jndi:x}'} \u0041 🦄 Я&b=1`;

export interface AdapterCase {
  adapter: Adapter;
  startFake(): Promise<FakeCrm>;
  /** A delivery that has an effect in the CRM, such as the end of an answered call. */
  sample: Sample;
  /** The same with `hostileText` wherever a caller may write: its name, the number that it shows. */
  hostile: Sample;
  /** What the mend must name when the credentials are wrong. */
  namesCredentials: RegExp;
  /** Moods that mean nothing to this CRM, each with the reason: a webhook does not read the answer. */
  unmoved?: Partial<Record<Mood, string>>;
  /** Replaces what is on the bench. */
  parts?: (defaults: Parts) => Parts;
}

/** What failed with these may succeed later. */
const passing: readonly string[] = ['retry', 'down'];

export function describeAdapter(about: AdapterCase): void {
  const { adapter, sample } = about;
  describe(`the adapter ${adapter.type}`, () => {
    let fake: FakeCrm;
    beforeEach(async () => {
      fake = await about.startFake();
    });
    afterEach(() => fake.stop());

    const open = (settings = fake.settings): Promise<Bench> => openBench(adapter, settings, about.parts);
    const moods = (...all: Mood[]): Mood[] => all.filter((mood) => about.unmoved?.[mood] === undefined);

    it('declares itself', () => {
      expect(adapter.type).toMatch(/^[a-z][a-z0-9-]*$/);
      expect(adapter.title).not.toBe('');
      expect(new Set(adapter.capabilities.takes).size).toBe(adapter.capabilities.takes.length);
      expect(adapter.capabilities.takes).toContain(sample.kind);
      expect(adapter.settings.safeParse(fake.settings).error).toBeUndefined();
      expect(secretValues(adapter.settings, fake.settings)).not.toEqual([]);
    });

    it('delivers, once', async () => {
      const bench = await open();
      const before = await fake.effects();
      expect(await bench.work(1, sample)).toMatchObject({ outcome: 'done' });
      expect(await fake.effects()).toHaveLength(before.length + 1);
      expect(bench.connection.status().filter(({ level }) => level === 'error')).toEqual([]);
    });

    it('does not repeat what is done when it is worked again', async () => {
      const bench = await open();
      await bench.work(1, sample);
      const once = await fake.effects();
      await bench.work(1, sample, 2);
      expect(await fake.effects()).toEqual(once);
      const other = await open();
      await other.work(1, sample, 3);
      expect(await fake.effects(), 'also by a process that remembers nothing').toEqual(once);
    });

    it.each(moods('cut-before', 'cut-after', 'slow'))(
      'doubles nothing after an answer that was lost: %s',
      async (mood) => {
        const bench = await open();
        const before = await fake.effects();
        await fake.be(mood);
        expect(passing).toContain((await bench.fails(1, sample)).kind);
        await fake.be('kind');
        await bench.work(1, sample, 2);
        expect(await fake.effects()).toHaveLength(before.length + 1);
      },
    );

    it.each(moods('busy', 'limited', 'html', 'echo'))('waits and tries again later: %s', async (mood) => {
      const bench = await open();
      const before = await fake.effects();
      await fake.be(mood);
      const error = await bench.fails(1, sample);
      expect(passing).toContain(error.kind);
      expect(error.retryAfterMs ?? 1).toBeGreaterThan(0);
      await fake.be('kind');
      await bench.work(1, sample, 2);
      expect(await fake.effects()).toHaveLength(before.length + 1);
    });

    it('is down while nobody listens, and up again by itself', async () => {
      const bench = await open();
      await fake.be('down');
      const error = await bench.fails(1, sample);
      expect(error.kind).toBe('down');
      expect(error.mend).not.toBeNull();
      await fake.be('kind');
      expect(await bench.work(1, sample, 2)).toMatchObject({ outcome: 'done' });
    });

    it('is down with wrong credentials, and names the setting', async () => {
      const bench = await open(fake.wrongSettings);
      const before = await fake.effects();
      const error = await bench.fails(1, sample);
      expect(error.kind).toBe('down');
      expect(error.mend).toMatch(about.namesCredentials);
      expect(await fake.effects()).toEqual(before);
    });

    it('does nothing for kinds that it does not take', async () => {
      const bench = await open();
      const before = await fake.effects();
      for (const [n, kind] of deliveryKinds.entries()) {
        if (adapter.capabilities.takes.includes(kind)) continue;
        const outcome = await bench.work(100 + n, { ...sample, kind, payload: {} });
        expect({ kind, ...outcome }).toMatchObject({ kind, outcome: 'dropped' });
      }
      expect(await fake.effects()).toEqual(before);
    });

    it('begins nothing once it is taken back, and ends soon when it is taken back on its way', async () => {
      const bench = await open();
      const before = await fake.effects();
      const aborted = await bench.work(1, sample, 1, AbortSignal.abort()).catch((error: unknown) => error);
      expect(aborted).not.toMatchObject({ outcome: 'done' });
      expect(await fake.effects()).toEqual(before);

      await fake.be('slow');
      const stop = new AbortController();
      const begun = performance.now();
      const worked = bench.work(2, sample, 1, stop.signal).catch((error: unknown) => error);
      stop.abort();
      expect(await worked).not.toMatchObject({ outcome: 'done' });
      expect(performance.now() - begun).toBeLessThan(2000);
    });

    it('brings hostile text through unharmed', async () => {
      const bench = await open();
      expect(await bench.work(1, about.hostile)).toMatchObject({ outcome: 'done' });
      expect(await fake.received()).toContain(hostileText);
    });

    it.each(['settings', 'wrongSettings'] as const)('tells no secret, whatever goes wrong: %s', async (which) => {
      const bench = await open(fake[which]);
      const said: string[] = [];
      for (const [n, mood] of moods('kind', 'echo', 'html', 'busy', 'cut-after', 'down', 'kind').entries()) {
        await fake.be(mood);
        await bench.work(n + 1, { ...sample, call: withId(sample, n) }).catch((error: unknown) => error);
        said.push(JSON.stringify(await bench.connection.check()));
      }
      const text = [...said, await bench.said()].join('\n');
      // What is looked through has the echo in it.
      expect(text).toContain('"status":500');
      const canaries = [...secretValues(adapter.settings, fake[which]), ...(fake.secrets?.() ?? [])];
      expect(canaries).not.toEqual([]);
      expect(canaries.filter((canary) => text.includes(canary))).toEqual([]);
    });

    it('checks: nothing to mend when all is well, one clear mend when it is not', async () => {
      const good = await open();
      expect((await good.connection.check()).filter(({ level }) => level === 'error')).toEqual([]);
      const wrong = await (await open(fake.wrongSettings)).connection.check();
      expect(wrong.some(({ level, mend }) => level === 'error' && about.namesCredentials.test(mend ?? ''))).toBe(true);
      await fake.be('down');
      const down = await good.connection.check();
      expect(down.length).toBeGreaterThan(0);
      expect(down.some(({ level, mend }) => level === 'error' && mend !== null)).toBe(true);
      for (const { part } of [...wrong, ...down]) expect(part).toMatch(/^crm bench/);
    });

    it('refuses the inner network until the settings allow it', async () => {
      const bench = await open({ ...fake.settings, allowPrivate: false });
      const error = await bench.fails(1, sample);
      expect(error.kind).toBe('down');
      expect(error.mend).toMatch(/allowPrivate/);
      const checked = await bench.connection.check();
      expect(checked.some(({ level, mend }) => level === 'error' && /allowPrivate/.test(mend ?? ''))).toBe(true);
    });
  });
}

function withId({ call }: Sample, id: number): Sample['call'] {
  return call === null ? null : { ...call, id: `${call.id}-${id}` };
}
