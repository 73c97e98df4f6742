// The times of CEL and CDR rows: usually the PBX's wall clock without a zone, sometimes seconds since 1970, sometimes with a zone.
import { Temporal } from 'temporal-polyfill';

/** Zones change their offset at a full quarter of an hour, whatever the country. */
const quarterMinutes = 15;
/** Wall times that one clock keeps in memory: the quarters of a year and a half. */
const keptMax = 50_000;

const minuteMs = 60_000;

/** Offsets from UTC that a quarter of an hour by the wall clock may have; the larger one means the earlier instant. */
interface Offsets {
  earlierMs: number;
  laterMs: number;
}

/** Reads the wall clock of one time zone. The hour that comes twice in autumn is told apart by what is known to have been before. */
export class WallClock {
  readonly timeZone: string;
  readonly #offsets = new Map<string, Offsets>();
  /** The second read last, because most rows come several to a second: its text, as if it were UTC, and its offsets. */
  #last: { text: string; wallMs: number; offsets: Offsets } = {
    text: '',
    wallMs: 0,
    offsets: { earlierMs: 0, laterMs: 0 },
  };

  /** @param timeZone IANA name; that of this machine when absent */
  constructor(timeZone: string | undefined) {
    this.timeZone = timeZone ?? Temporal.Now.timeZoneId();
  }

  /**
   * Unix ms of `2026-11-20 18:24:50.802` (wall clock), of the same with an offset, or of seconds since 1970; null when it is none of them.
   * @param notBeforeMs asked when the wall clock showed this time twice: unix ms before which it cannot have been
   */
  read(text: string, notBeforeMs: () => number): number | null {
    if (plainTime.test(text)) return this.#readWall(text, notBeforeMs);
    const zone = zonedTime.exec(text)?.[1];
    if (zone === undefined) return /^\d{9,11}(\.\d+)?$/.test(text) ? Math.round(Number(text) * 1000) : null;
    const wallMs = secondMsOf(text);
    return wallMs === null ? null : wallMs + fractionMsOf(text) - offsetMsOf(zone);
  }

  #readWall(text: string, notBeforeMs: () => number): number | null {
    const second = text.slice(0, 19);
    if (second !== this.#last.text) {
      const wallMs = secondMsOf(second);
      if (wallMs === null) return null;
      this.#last = { text: second, wallMs, offsets: this.#offsetsAt(second) };
    }
    const { wallMs, offsets } = this.#last;
    const earlier = wallMs + fractionMsOf(text) - offsets.earlierMs;
    if (offsets.earlierMs === offsets.laterMs || earlier >= notBeforeMs()) return earlier;
    return earlier + offsets.earlierMs - offsets.laterMs;
  }

  /** What the wall clock shows at an instant: `2026-11-20 18:24:50.802`. */
  show(atMs: number): string {
    const wall = Temporal.Instant.fromEpochMilliseconds(Math.round(atMs)).toZonedDateTimeISO(this.timeZone);
    return wall.toPlainDateTime().toString({ smallestUnit: 'millisecond' }).replace('T', ' ');
  }

  #offsetsAt(text: string): Offsets {
    const quarter = Math.floor(Number(text.slice(14, 16)) / quarterMinutes) * quarterMinutes;
    const key = `${text.slice(0, 13)}:${quarter}`;
    const known = this.#offsets.get(key);
    if (known) return known;
    const plain = Temporal.PlainDateTime.from(
      `${text.slice(0, 10)}T${text.slice(11, 13)}:${String(quarter).padStart(2, '0')}`,
    );
    const offset = (disambiguation: 'earlier' | 'later'): number =>
      plain.toZonedDateTime(this.timeZone, { disambiguation }).offsetNanoseconds / 1e6;
    const [earlierMs, laterMs] = [offset('earlier'), offset('later')];
    // A time that the clock jumped over in spring comes from a clock that had not been set yet: it goes on with the old offset.
    const found = { earlierMs, laterMs: earlierMs < laterMs ? earlierMs : laterMs };
    if (this.#offsets.size >= keptMax) this.#offsets.clear();
    this.#offsets.set(key, found);
    return found;
  }
}

const plainTime = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,9})?$/;
const zonedTime = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,9})? ?(Z|[+-]\d\d(?::?\d\d)?)$/;

/** The wall clock's reading as if it were UTC, without a fraction; null when there is no such day or hour. */
function secondMsOf(text: string): number | null {
  const number = (from: number, to: number): number => Number(text.slice(from, to));
  const [month, day, hour, minute, second] = [
    number(5, 7),
    number(8, 10),
    number(11, 13),
    number(14, 16),
    number(17, 19),
  ];
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return null;
  const ms = Date.UTC(number(0, 4), month - 1, day, hour, minute, second);
  return new Date(ms).getUTCDate() === day ? ms : null;
}

function fractionMsOf(text: string): number {
  if (text[19] !== '.') return 0;
  return Number(`${text.slice(20, 23).replace(/\D.*/, '')}00`.slice(0, 3));
}

/** `+03`, `+0530`, `-03:30`, `Z`. */
function offsetMsOf(zone: string): number {
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3).replace(':', '') || 0);
  return (zone.startsWith('-') ? -minutes : minutes) * minuteMs;
}

/** The second of its birth that a Uniqueid begins with (`1795199090.260`, `pbx1-1795199090.260`), in unix ms; null when somebody chose it. */
export function bornMs(uniqueid: string): number | null {
  const second = /(?:^|-)(\d{9,11})\.\d+$/.exec(uniqueid)?.[1];
  return second === undefined ? null : Number(second) * 1000;
}
