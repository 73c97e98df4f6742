// Folders of an Asterisk and of ours, with a clock that only waiting moves.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Call } from '../../calls/call.ts';
import { createEncoder } from '../encoder.ts';
import type { Source } from '../find.ts';
import type { MediaRow } from '../media-table.ts';
import { Mp3Frames } from '../mp3-frames.ts';
import { type Prepared, prepareRecording, type RecordingsGiven } from '../recordings.ts';
import { recorded, talkedCall } from './call.ts';

/** The folder as Asterisk names it. */
export const monitor = '/var/spool/asterisk/monitor';

export class Scene {
  readonly root = mkdtempSync(join(tmpdir(), 'patchcord-recordings-'));
  /** The folder of the recordings as we see it. */
  readonly here = join(this.root, 'monitor');
  readonly shelf = join(this.root, 'kept');
  nowMs = Date.now() + 3600_000;
  /** What happens while somebody waits; each once. */
  waits: (() => void)[] = [];
  readonly source: Source = {
    folders: [{ asterisk: monitor, here: this.here }],
    names: ['{yyyy}/{mm}/{dd}/*-{linkedid}.*'],
    timeZone: 'UTC',
    configured: true,
    cdrColumn: 'recordingfile',
  };
  readonly given: RecordingsGiven = {
    sources: new Map([['main', this.source]]),
    shelf: { folder: this.shelf, reserveBytes: 0 },
    stereo: false,
    kbitPerSec: 24,
    fileName: '{date}-{time}_{operator}_{number}_{id}',
    giveUpAfterMs: 30 * 60_000,
    encoder: createEncoder(),
    patience: {
      quietMs: 2000,
      headerlessQuietMs: 10_000,
      abandonedMs: 120_000,
      now: () => this.nowMs,
      wait: async (ms) => {
        this.nowMs += ms;
        this.waits.shift()?.();
      },
    },
    cdrNames: async () => [],
  };

  constructor() {
    mkdirSync(this.here);
  }

  /** Tries to make the recording of a call that ended `ageMs` ago. */
  prepare(
    call: Call = callWith('a.wav'),
    about: Partial<RecordingsGiven> & { ageMs?: number } = {},
  ): Promise<Prepared> {
    const signal = new AbortController().signal;
    return prepareRecording({ ...this.given, ...about }, call, this.nowMs - (about.ageMs ?? 0), signal);
  }

  /** What was made, with its frames. @throws Error when nothing was */
  ready(prepared: Prepared): MediaRow & { frames: Mp3Frames; path: string } {
    if (prepared.kind !== 'ready') throw new Error(`is not ready: ${JSON.stringify(prepared)}`);
    const path = join(this.shelf, prepared.media.file ?? '');
    const frames = new Mp3Frames();
    frames.add(readFileSync(path));
    return { ...prepared.media, frames, path };
  }

  /** The names of all files in the folder of recordings. */
  kept(): string[] {
    if (!existsSync(this.shelf)) return [];
    const all = readdirSync(this.shelf, { recursive: true, withFileTypes: true });
    return all.filter((one) => one.isFile()).map(({ name }) => name);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** A call of which Asterisk told these files. */
export function callWith(...files: string[]): Call {
  return talkedCall({ recordings: files.map((file) => recorded(file)) });
}
