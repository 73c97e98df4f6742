import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { demoDay, type DayOptions } from './day.ts';
import { shownName, type DemoEvent } from './core/event.ts';
import { sceneKinds } from './scenes/all.ts';

const startMs = Date.UTC(2026, 10, 20, 9);
const busyDay: DayOptions = { seed: 7, startMs, calls: 600, staff: 60, gapMs: [1000, 3000] };

interface Block {
  readonly name: string;
  readonly keys: string;
  readonly get: (key: string) => string;
}

function block(event: DemoEvent): Block {
  const rows = event.text.trimEnd().split('\r\n');
  const values = new Map(rows.map((row) => [row.slice(0, row.indexOf(':')), row.slice(row.indexOf(':') + 2)]));
  const keys = rows.slice(1).map((row) => row.slice(0, row.indexOf(':')));
  return {
    name: event.name,
    keys: keys.filter((key) => key !== 'Timestamp').join(' '),
    get: (key) => values.get(key) ?? '',
  };
}

function blocksOf(options: DayOptions): Block[] {
  return [...demoDay(options)].flatMap((step) => step.events.map(block));
}

const headerSets = JSON.parse(
  readFileSync(new URL('../../test/fixtures/demo/header-sets.json', import.meta.url), 'utf8'),
) as Record<string, string[]>;

describe('a day as a stream of events', () => {
  const blocks = blocksOf(busyDay);

  it('plays every kind of call', () => {
    const kinds = new Set([...demoDay(busyDay)].flatMap((step) => step.truths.map((truth) => truth.kind)));
    expect([...kinds].sort()).toEqual(sceneKinds.map((kind) => kind.name).sort());
  });

  it('has the headers of a recorded Asterisk 22, in its order', () => {
    // A queue's timeout is not among the recorded traces; its events are.
    const wrong = blocks
      .filter(({ name, keys }) => !(headerSets[name] ?? []).includes(keys))
      .map(({ name, keys }) => `${name}: ${keys}`);
    expect([...new Set(wrong)]).toEqual([]);
  });

  it('gives each channel one beginning and one end, and speaks only of living ones', () => {
    const seen = new Set<string>();
    const alive = new Set<string>();
    const wrong: string[] = [];
    for (const { name, get, keys } of blocks) {
      const own = get('Uniqueid');
      if (name === 'Newchannel') {
        if (seen.has(own)) wrong.push(`${own} begins twice`);
        seen.add(own);
        alive.add(own);
      }
      for (const key of keys.split(' ').filter((one) => one.endsWith('Uniqueid') && !/Bridge|Swap/.test(one))) {
        if (!alive.has(get(key))) wrong.push(`${name} ${key} ${get(key)}`);
      }
      if (name === 'Hangup') alive.delete(own);
    }
    expect(wrong).toEqual([]);
    expect([...alive]).toEqual([]);
  });

  it('keeps the order that every recorded trace keeps', () => {
    const begun = new Set<string>();
    const ended = new Set<string>();
    const up = new Set<string>();
    const bridgeOf = new Map<string, string>();
    const wrong: string[] = [];
    const must = (fact: boolean, what: string, { get }: Block): void => {
      if (!fact) wrong.push(`${what}: ${get('Channel')} ${get('Uniqueid')} ${get('DestUniqueid')}`);
    };
    for (const one of blocks) {
      const { name, get } = one;
      const dest = get('DestUniqueid');
      const own = get('Uniqueid');
      if (name === 'DialBegin') begun.add(dest);
      if (name === 'Newstate' && get('ChannelState') === '6') up.add(own);
      if (name === 'DialEnd') {
        must(get('DialStatus') !== 'ANSWER' || up.has(dest), 'answered before it was up', one);
        ended.add(dest);
      }
      if (name === 'BridgeEnter') {
        must(!bridgeOf.has(own), 'in two bridges', one);
        const rang = begun.has(own) && !get('Channel').startsWith('Local/');
        must(!rang || ended.has(own), 'bridged before DialEnd', one);
        bridgeOf.set(own, get('BridgeUniqueid'));
      }
      if (name === 'BridgeLeave') {
        must(bridgeOf.get(own) === get('BridgeUniqueid'), 'left a bridge in which it was not', one);
        bridgeOf.delete(own);
      }
      if (name === 'Hangup') must(!bridgeOf.has(own), 'hung up in a bridge', one);
    }
    expect(wrong).toEqual([]);
    expect(begun.size).toBeGreaterThan(100);
  });

  it('destroys every bridge that it created, empty; but for the parking lot', () => {
    const of = (event: string): Block[] => blocks.filter(({ name }) => name === event);
    const created = of('BridgeCreate')
      .filter(({ get }) => get('BridgeType') !== 'parking')
      .map(({ get }) => get('BridgeUniqueid'));
    const destroyed = of('BridgeDestroy').map(({ get }) => `${get('BridgeUniqueid')} ${get('BridgeNumChannels')}`);
    expect(destroyed.sort()).toEqual(created.map((id) => `${id} 0`).sort());
  });

  it('gives a channel the Linkedid of a channel that began before it', () => {
    const known = new Set<string>();
    const wrong = blocks.filter(({ name, get }) => {
      if (name !== 'Newchannel') return false;
      known.add(get('Uniqueid'));
      return !known.has(get('Linkedid'));
    });
    expect(wrong).toEqual([]);
  });

  it('ends with a truth for every call that was begun, and times that rise', () => {
    const steps = [...demoDay(busyDay)];
    expect(steps.flatMap((step) => step.truths)).toHaveLength(busyDay.calls ?? 0);
    for (const [index, step] of steps.entries())
      expect(step.atMs).toBeGreaterThanOrEqual(steps[index - 1]?.atMs ?? startMs);
  });
});

describe('chance', () => {
  const text = (seed: number): string =>
    [...demoDay({ seed, startMs, calls: 40 })].flatMap((step) => step.events.map((event) => event.text)).join('');

  it('gives the same bytes for the same seed, and others for another', () => {
    expect(text(3)).toBe(text(3));
    expect(text(3)).not.toBe(text(4));
  });
});

describe('names that clients give', () => {
  it('are escaped as Asterisk escapes them, and cannot become a header', () => {
    expect(shownName('ООО "Ромашка"')).toBe('ООО \\"Ромашка\\"');
    expect(shownName('a\r\nEvent: Hangup')).toBe('a\\r\\nEvent: Hangup');
    expect(shownName('')).toBe('<unknown>');
  });
});
