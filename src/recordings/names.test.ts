// What is decided without looking at any file: names, links, which parts are heard, which frames an mp3 has.
import { describe, expect, it } from 'vitest';
import { fileNameOf } from './file-name.ts';
import { createLinks } from './links.ts';
import { mp3FrameAt, Mp3Frames } from './mp3-frames.ts';
import { heardParts } from './parts.ts';
import { placesOfCdrName } from './find.ts';
import { talkedCall } from './testing/call.ts';

const usual = '{date}-{time}_{operator}_{number}_{id}';

describe('the name of a recording', () => {
  it('holds the moment, the people and the call', () => {
    expect(fileNameOf(talkedCall(), usual, 'Europe/Moscow')).toEqual({
      folder: '2026/11/20',
      base: '20261120-213003_101_79161234567_93747d74',
    });
    expect(fileNameOf(talkedCall(), usual, 'Asia/Vladivostok').folder).toBe('2026/11/21');
  });

  it('differs between calls of one moment', () => {
    const one = fileNameOf(talkedCall(), usual, 'UTC').base;
    expect(fileNameOf(talkedCall({ id: 'main-1795199403.488' }), usual, 'UTC').base).not.toBe(one);
  });

  it.each(['../../etc/passwd', '$(reboot)`id`;|&', 'имя "x"\r\nX: y', '..', 'a\0b', '9'.repeat(500)])(
    'is harmless whatever the number is: %j',
    (number) => {
      const call = talkedCall({ client: { number, e164: null, name: null } });
      const { base } = fileNameOf(call, usual, 'UTC');
      expect(base).toMatch(/^20261120-183003_101_[A-Za-z0-9+_-][A-Za-z0-9.+_-]{0,39}_[0-9a-f]{8}$/);
      expect(base).not.toContain('..');
    },
  );

  it('knows a call without client, operator and line', () => {
    const call = talkedCall({ client: null, line: null, responsible: null, direction: 'internal' });
    expect(fileNameOf(call, `${usual}_{line}_{direction}`, 'UTC').base).toMatch(
      /_none_none_[0-9a-f]{8}_none_internal$/,
    );
    const withheld = talkedCall({ client: { number: null, e164: null, name: null } });
    expect(fileNameOf(withheld, usual, 'UTC').base).toContain('_anonymous_');
  });

  it('stays short and visible with an odd template', () => {
    const { base } = fileNameOf(talkedCall(), `...${'x y'.repeat(60)}{time}{id}`, 'UTC');
    expect(base).toMatch(/^[A-Za-z0-9+_-]/);
    expect(base.length).toBeLessThanOrEqual(150);
  });
});

describe('where FreePBX puts a file that its CDR names', () => {
  it.each([
    [
      'in-74951000101-79160234567-20261120-223229-1795213949.55.wav',
      '2026/11/20/in-74951000101-79160234567-20261120-223229-1795213949.55.wav',
    ],
    ['q-400-7-916-20261120-223408-1.1.WAV', '2026/11/20/q-400-7-916-20261120-223408-1.1.WAV'],
    ['plain.wav', 'plain.wav'],
    ['/var/spool/asterisk/monitor/a.wav', '/var/spool/asterisk/monitor/a.wav'],
  ])('%s', (name, first) => {
    expect(placesOfCdrName(name)[0]).toBe(first);
  });
});

describe('the parts that are heard', () => {
  const part = (path: string, fromMs: number, toMs: number, durationMs = toMs - fromMs) => ({
    path,
    startedAtMs: fromMs,
    endedAtMs: toMs,
    durationMs,
  });
  const paths = (...parts: ReturnType<typeof part>[]): string =>
    heardParts(parts)
      .map(({ path }) => path)
      .join(' ');

  it('come in the order in which they began', () => {
    expect(paths(part('b', 10_000, 20_000), part('a', 0, 10_000))).toBe('a b');
  });
  it('are heard once when two channels were recorded at once', () => {
    expect(paths(part('a', 0, 60_000), part('b', 5000, 50_000))).toBe('a');
    expect(paths(part('b', 5000, 50_000), part('a', 4900, 60_000))).toBe('a');
    expect(paths(part('a', 0, 60_000), part('b', 100, 60_100))).toBe('a');
    expect(paths(part('b', 100, 60_000), part('a', 0, 60_000))).toBe('a');
  });
  it('are all heard when they only meet, or when the shorter time holds more sound', () => {
    expect(paths(part('a', 0, 30_000), part('b', 20_000, 60_000))).toBe('a b');
    expect(paths(part('a', 0, 60_000, 4000), part('b', 5000, 50_000))).toBe('a b');
  });
  it('hold a file once', () => {
    expect(paths(part('a', 0, 10_000), part('a', 0, 10_000))).toBe('a');
  });
  it('without times stay as they came', () => {
    const untimed = ['b', 'a'].map((path) => ({ path, startedAtMs: null, endedAtMs: null, durationMs: 1 }));
    expect(heardParts(untimed)).toEqual(untimed);
  });
});

describe('links', () => {
  let nowMs = Date.parse('2026-11-21T00:00:00Z');
  const links = createLinks('key', () => nowMs);
  const parts = (path: string) => Object.fromEntries(new URL(path, 'http://x').searchParams);

  it('are good until they expire', () => {
    const path = links.path('main-1.2', 3600);
    expect(path).toMatch(/^\/media\/main-1\.2\.mp3\?expires=1795222800&signature=[\w-]{43}$/);
    const { expires, signature } = parts(path);
    expect(links.verify('main-1.2', expires, signature)).toBe('good');
    nowMs += 3600_000;
    expect(links.verify('main-1.2', expires, signature)).toBe('expired');
    expect(createLinks('another key', () => nowMs).verify('main-1.2', expires, signature)).toBe('forged');
  });

  it('live at most twenty years and at least a moment', () => {
    expect(Number(parts(links.path('a', Infinity))['expires'])).toBeLessThan(nowMs / 1000 + 20 * 366 * 86_400 + 1);
    expect(Number(parts(links.path('a', -5))['expires'])).toBeGreaterThan(nowMs / 1000);
  });
});

describe('frames of an mp3', () => {
  it.each([
    ['fff348c4', { samples: 576, rateHz: 16_000, channels: 1, kbitPerSec: 32, bytes: 144 }],
    ['ffe338c4', { samples: 576, rateHz: 8000, channels: 1, kbitPerSec: 24, bytes: 216 }],
    ['fff38864', { samples: 576, rateHz: 16_000, channels: 2, kbitPerSec: 64, bytes: 288 }],
    ['fffb9064', { samples: 1152, rateHz: 44_100, channels: 2, kbitPerSec: 128, bytes: 417 }],
  ])('%s', (hex, frame) => {
    expect(mp3FrameAt(Buffer.from(hex, 'hex'), 0)).toEqual(frame);
  });
  it.each(['fff3f8c4', 'fff30cc4', 'fff148c4', 'ffeb48c4', '00000000', 'fff3'])('not %s', (hex) => {
    expect(mp3FrameAt(Buffer.from(hex, 'hex'), 0)).toBeNull();
  });
  it('are counted however the file is cut', () => {
    const frame = Buffer.alloc(144);
    frame.write('fff348c4', 'hex');
    const file = Buffer.concat([Buffer.from('ID3 a tag'), ...Array.from({ length: 50 }, () => frame)]);
    for (const size of [1, 5, 143, 144, 145, 10_000]) {
      const frames = new Mp3Frames();
      for (let at = 0; at < file.length; at += size) frames.add(file.subarray(at, at + size));
      expect(frames).toMatchObject({ count: 50, durationMs: 1800, strayBytes: 9 });
    }
  });
});
