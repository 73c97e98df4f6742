import { describe, expect, test } from 'vitest';
import { bornMs, WallClock } from './wall-clock.ts';

const never = (): number => {
  throw new Error('there is only one such time');
};
const utc = (text: string): number => Date.parse(text);

describe('the wall clock of the PBX', () => {
  test('is that of its zone, summer and winter', () => {
    const berlin = new WallClock('Europe/Berlin');
    expect(berlin.read('2026-01-15 12:00:00', never)).toBe(utc('2026-01-15T11:00:00Z'));
    expect(berlin.read('2026-07-15 12:00:00.250', never)).toBe(utc('2026-07-15T10:00:00.250Z'));
    expect(new WallClock('Asia/Kolkata').read('2026-07-15 12:00:00', never)).toBe(utc('2026-07-15T06:30:00Z'));
  });

  test('showed an hour twice in autumn: what was known before decides', () => {
    const berlin = new WallClock('Europe/Berlin');
    const first = utc('2026-10-25T00:30:00Z');
    expect(berlin.read('2026-10-25 02:30:00', () => first - 60_000)).toBe(first);
    expect(berlin.read('2026-10-25 02:30:00', () => first + 1)).toBe(first + 3_600_000);
    expect(berlin.read('2026-10-25 03:00:00', never)).toBe(utc('2026-10-25T02:00:00Z'));
  });

  test('goes on with the old offset for a time that it jumped over', () => {
    expect(new WallClock('Europe/Berlin').read('2026-03-29 02:30:00', never)).toBe(utc('2026-03-29T01:30:00Z'));
    expect(new WallClock('Europe/Berlin').read('2026-03-29 03:00:00', never)).toBe(utc('2026-03-29T01:00:00Z'));
  });

  test('knows half-hour changes', () => {
    const lordHowe = new WallClock('Australia/Lord_Howe');
    const first = utc('2026-04-04T14:45:00Z');
    expect(lordHowe.read('2026-04-05 01:45:00', () => first)).toBe(first);
    expect(lordHowe.read('2026-04-05 01:45:00', () => first + 60_000)).toBe(first + 1_800_000);
  });

  test('gives way to a zone in the text, and to seconds since 1970', () => {
    const moscow = new WallClock('Europe/Moscow');
    expect(moscow.read('2026-11-20 18:24:50.802+05:30', never)).toBe(utc('2026-11-20T12:54:50.802Z'));
    expect(moscow.read('2026-11-20 18:24:50+03', never)).toBe(utc('2026-11-20T15:24:50Z'));
    expect(moscow.read('2026-11-20T18:24:50Z', never)).toBe(utc('2026-11-20T18:24:50Z'));
    expect(moscow.read('1795199090.260123', never)).toBe(1_795_199_090_260);
  });

  test.each([
    '',
    '0000-00-00 00:00:00',
    '2026-02-30 10:00:00',
    '2026-13-01 10:00:00',
    '2026-11-20 24:00:00',
    'yesterday',
    '20.11.2026 18:24:50',
  ])('reads no time in "%s"', (text) => {
    expect(new WallClock('UTC').read(text, never)).toBeNull();
  });

  test('shows an instant as the table would have it', () => {
    expect(new WallClock('Europe/Moscow').show(utc('2026-11-20T15:24:50.802Z'))).toBe('2026-11-20 18:24:50.802');
  });
});

test('a Uniqueid tells when its channel was born, unless somebody chose it', () => {
  expect(bornMs('1795199090.260')).toBe(1_795_199_090_000);
  expect(bornMs('pbx1-1795199090.260')).toBe(1_795_199_090_000);
  expect(bornMs('click-42')).toBeNull();
});
