// A row of a CEL table, whatever it is made of, as the one CEL row that everything else knows.
import { type CelRow, parseExtra } from '../cel-row.ts';
import { GuessedBridges } from '../guessed-bridges.ts';
import type { Cell } from './source.ts';
import { bornMs, type WallClock } from './wall-clock.ts';

/** Event types by number, as cel_odbc and cel_pgsql write them into a column of numbers (include/asterisk/cel.h, 12 to 22). */
const typeNames = [
  '',
  'CHAN_START',
  'CHAN_END',
  'HANGUP',
  'ANSWER',
  'APP_START',
  'APP_END',
  'BRIDGE_ENTER',
  'BRIDGE_EXIT',
  'PARK_START',
  'PARK_END',
  'BLINDTRANSFER',
  'ATTENDEDTRANSFER',
  'USER_DEFINED',
  'LINKEDID_END',
  'PICKUP',
  'FORWARD',
  'LOCAL_OPTIMIZE',
  'LOCAL_OPTIMIZE_BEGIN',
  'STREAM_BEGIN',
  'STREAM_END',
  'DTMF',
];

/** Longer values are attackers' or broken; Asterisk's own are at most 1024 bytes, and `extra` a few hundred. */
const valueMax = 4096;

/** How far rows of several channels may be out of order in time. */
const disorderMs = 60_000;

/** Decodes the rows of one source, in order: some of them can only be understood from those before. */
export class CelDecoder {
  readonly #clock: WallClock;
  readonly #at: Record<string, number>;
  readonly #bridges: GuessedBridges;
  #lastMs = 0;
  /** Rows whose time could not be read. */
  unreadable = 0;
  firstUnreadable: string | null = null;

  constructor(columns: readonly string[], clock: WallClock) {
    this.#clock = clock;
    this.#at = Object.fromEntries(columns.map((name, at) => [name, at]));
    this.#bridges = new GuessedBridges(columns.includes('peer'));
  }

  /** Null when the row has no time or no channel, which no row of Asterisk's lacks. */
  decode(cells: readonly Cell[]): CelRow | null {
    const text = (name: string): string => {
      const at = this.#at[name];
      const cell = at === undefined ? null : (cells[at] ?? null);
      if (cell === null) return '';
      const value = typeof cell === 'string' ? cell : String(cell);
      return value.length > valueMax ? value.slice(0, valueMax) : value;
    };
    const uniqueid = text('uniqueid');
    const time = text('eventtime');
    const atMs = this.#clock.read(time, () => Math.max(bornMs(uniqueid) ?? 0, this.#lastMs - disorderMs) - 1000);
    if (atMs === null || uniqueid === '') {
      this.unreadable += 1;
      this.firstUnreadable ??= atMs === null ? time : 'no uniqueid';
      return null;
    }
    this.#lastMs = atMs;
    const type = text('eventtype');
    const row: CelRow = {
      atMs,
      type: /^\d+$/.test(type) ? (typeNames[Number(type)] ?? type) : type,
      cidName: text('cid_name'),
      cidNum: text('cid_num'),
      dnid: text('cid_dnid'),
      exten: text('exten'),
      channel: text('channame'),
      app: text('appname'),
      appData: text('appdata'),
      uniqueid,
      linkedid: text('linkedid') || uniqueid,
      peer: text('peer'),
      userDefType: text('userdeftype'),
      extra: parseExtra(text('extra')),
    };
    this.#bridges.complete(row);
    return row;
  }
}
