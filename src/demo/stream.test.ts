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

  it('gives each channel one beginning and one end', () => {
    const open = new Set<string>();
    for (const { name, get } of blocks) {
      if (name === 'Newchannel') {
        expect(open.has(get('Uniqueid'))).toBe(false);
        open.add(get('Uniqueid'));
      }
      if (name === 'Hangup') expect(open.delete(get('Uniqueid'))).toBe(true);
    }
    expect([...open]).toEqual([]);
  });

  it('speaks only of living channels', () => {
    const alive = new Set<string>();
    for (const { name, get, keys } of blocks) {
      if (name === 'Newchannel') alive.add(get('Uniqueid'));
      for (const key of keys.split(' ').filter((one) => one.endsWith('Uniqueid') && !/Bridge|Swap/.test(one))) {
        expect.soft(alive.has(get(key)), `${name} ${key}`).toBe(true);
      }
      if (name === 'Hangup') alive.delete(get('Uniqueid'));
    }
  });

  it('keeps the order that every recorded trace keeps', () => {
    const begun = new Set<string>();
    const ended = new Set<string>();
    const up = new Set<string>();
    const inBridge = new Map<string, string>();
    for (const { name, get } of blocks) {
      const dest = get('DestUniqueid');
      const own = get('Uniqueid');
      if (name === 'DialBegin') begun.add(dest);
      if (name === 'Newstate' && get('ChannelState') === '6') up.add(own);
      if (name === 'DialEnd') {
        if (get('DialStatus') === 'ANSWER') expect(up.has(dest)).toBe(true);
        ended.add(dest);
      }
      if (name === 'BridgeEnter') {
        expect(inBridge.has(own)).toBe(false);
        inBridge.set(own, get('BridgeUniqueid'));
        const rang = begun.has(own) && !get('Channel').startsWith('Local/');
        if (rang) expect(ended.has(own), `DialEnd before BridgeEnter of ${get('Channel')}`).toBe(true);
      }
      if (name === 'BridgeLeave') {
        expect(inBridge.get(own)).toBe(get('BridgeUniqueid'));
        inBridge.delete(own);
      }
      if (name === 'Hangup') expect(inBridge.has(own), `${get('Channel')} hung up in a bridge`).toBe(false);
    }
  });

  it('destroys every bridge that it created, empty', () => {
    const open = new Set<string>();
    for (const { name, get } of blocks) {
      if (name === 'BridgeCreate') open.add(get('BridgeUniqueid'));
      if (name === 'BridgeDestroy') {
        expect(open.delete(get('BridgeUniqueid'))).toBe(true);
        expect(get('BridgeNumChannels')).toBe('0');
      }
    }
    expect(open.size).toBe(0);
  });

  it('gives a channel the Linkedid of a channel that began before it', () => {
    const known = new Set<string>();
    for (const { name, get } of blocks) {
      if (name !== 'Newchannel') continue;
      known.add(get('Uniqueid'));
      expect(known.has(get('Linkedid'))).toBe(true);
    }
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
