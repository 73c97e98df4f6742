// The recording of a call: its parts found, waited for and made into one file. Decides; finding, encoding and keeping are done by others.
import { extname } from 'node:path';
import type { Call } from '../calls/call.ts';
import { durationMsOf, samplesIn, type Audio } from './audio.ts';
import type { Mp3KbitPerSec } from './encode.ts';
import { type Encoder, EncodeError } from './encoder.ts';
import { fileNameOf } from './file-name.ts';
import { codeOf, find, findByName, missingFolder, placesOfCdrName, type Source } from './find.ts';
import { copySound, keep, KeepError, type Shelf } from './keep.ts';
import { contentTypeOf, mp3DurationMs } from './kept-as-is.ts';
import type { MediaRow } from './media-table.ts';
import { heardParts, type Part } from './parts.ts';
import { settled, type Patience, type SettledFile } from './settled.ts';

/** What came of trying to make the recording of a call. */
export type Prepared =
  /** A file is there. */
  | { kind: 'ready'; media: MediaRow }
  /** There is nothing to hear, and the note says why. */
  | { kind: 'none'; media: MediaRow }
  /** Not yet. */
  | { kind: 'later'; message: string; mend?: string; retryAfterMs: number }
  /** It cannot be had as things are; a person decides. */
  | { kind: 'never'; media: MediaRow; message: string; mend: string };

export interface RecordingsGiven {
  /** By the name of the PBX. */
  sources: ReadonlyMap<string, Source>;
  shelf: Shelf;
  stereo: boolean;
  kbitPerSec: Mp3KbitPerSec;
  fileName: string;
  giveUpAfterMs: number;
  encoder: Encoder;
  patience: Patience;
  /** See `cdrRecordings`. */
  cdrNames: (about: { pbx: string; linkedIds: readonly string[]; column: string }) => Promise<string[]>;
}

/** Shorter sound is a click, not a talk. */
const soundMsMin = 200;
const retryMsMin = 5_000;
const retryMsMax = 60_000;

/** A file that Asterisk named is there by then, if it comes at all in the usual way; searching costs more than looking where it should be. */
const searchAfterMs = 60_000;
/** Rows of the CDR are copied with some delay; for so long a call of which nothing was told may still have a recording. */
const cdrDelayMs = 120_000;

/** What a person does when a file is not where Asterisk says. */
const foldersMend =
  'compare pbx[].recordings.folders with where Asterisk keeps its recordings (asterisk.conf: astspooldir; FreePBX: MIXMON_DIR) ' +
  'and with where this machine sees that folder, then send the delivery again';

interface Located {
  files: { path: string; startedAt: string | null; endedAt: string | null }[];
  missing: string[];
  refused: { message: string; mend: string } | null;
}

/**
 * Tries to make the recording of a call.
 * @param sinceMs unix ms when it was first wanted
 * @throws StoreError; AbortError when `signal` is aborted
 */
export async function prepareRecording(
  given: RecordingsGiven,
  call: Call,
  sinceMs: number,
  signal: AbortSignal,
): Promise<Prepared> {
  const { patience } = given;
  // Ring tones and announcements leave files too: what was said decides, not what was written.
  const heard = call.talkMs > 0 || call.voicemail?.leftMessage === true || call.gap === true;
  if (!heard) return none(call, 'nobody talked');
  const source = given.sources.get(call.pbx);
  if (!source) return none(call, 'the settings have no PBX of this name any more');
  const overdue = patience.now() - sinceMs >= given.giveUpAfterMs;
  const ageMs = Math.max(0, patience.now() - sinceMs);
  const retryAfterMs = Math.min(retryMsMax, Math.max(retryMsMin, ageMs / 4));
  try {
    const folder = await missingFolder(source);
    if (folder !== null) return withoutFolder(call, source, folder);
    const located = await locate(given, call, source, ageMs);
    if (located.refused && located.files.length === 0) return never(call, located.refused);
    if (located.missing.length > 0 && !overdue) {
      return { kind: 'later', message: `not there yet: ${shown(located.missing)}`, mend: foldersMend, retryAfterMs };
    }
    if (located.files.length === 0) {
      if (located.missing.length === 0) {
        if (ageMs >= cdrDelayMs) return none(call, 'nothing was recorded');
        return {
          kind: 'later',
          message: 'Asterisk told of no recording, and the CDR does not yet',
          retryAfterMs: retryMsMax,
        };
      }
      const message = `the recording never appeared: ${shown(located.missing)}`;
      return never(call, { message, mend: foldersMend });
    }
    const paths = [...new Set(located.files.map(({ path }) => path))];
    const files = await settled(paths, patience, signal);
    if (files === null) return { kind: 'later', message: 'the recording is still being written', retryAfterMs };
    return await make(given, call, { located, files, source }, signal);
  } catch (error) {
    if (error instanceof KeepError) {
      return { kind: 'later', message: error.message, mend: error.mend, retryAfterMs: retryMsMax };
    }
    if (error instanceof EncodeError || (error instanceof Error && 'syscall' in error)) {
      signal.throwIfAborted();
      return { kind: 'later', message: `could not be encoded: ${error.message} (${codeOf(error)})`, retryAfterMs };
    }
    throw error;
  }
}

/** Where the files are that Asterisk named; when none of them is there, those that the CDR or a name template tells. */
async function locate(given: RecordingsGiven, call: Call, source: Source, ageMs: number): Promise<Located> {
  const located: Located = { files: [], missing: [], refused: null };
  for (const { file, startedAt, endedAt } of call.recordings) {
    const found = await find(file, source);
    if (found.kind === 'found') located.files.push({ path: found.path, startedAt, endedAt });
    if (found.kind === 'missing') located.missing.push(file);
    if (found.kind === 'outside') {
      const message = `Asterisk records into a folder that the settings do not name: ${shown([file])}`;
      located.refused = { message, mend: foldersMend };
    }
    if (found.kind === 'unreadable') {
      const message = `the recording cannot be read (${found.code}): ${shown([file])}`;
      located.refused = {
        message,
        mend: 'let the user that runs Patchcord read the folders of pbx[].recordings.folders, then send the delivery again',
      };
    }
  }
  if (located.files.length > 0 || (located.missing.length > 0 && ageMs < searchAfterMs)) return located;
  const told = await given.cdrNames({ pbx: call.pbx, linkedIds: call.linkedIds, column: source.cdrColumn });
  const paths: string[] = [];
  for (const name of told.flatMap(placesOfCdrName)) {
    const found = await find(name, source);
    if (found.kind === 'found') paths.push(found.path);
  }
  if (paths.length === 0) paths.push(...(await findByName(call, source)));
  if (paths.length === 0) return located;
  return { files: paths.map((path) => ({ path, startedAt: null, endedAt: null })), missing: [], refused: null };
}

interface KnownPart extends Part {
  audio: Audio;
}

async function make(
  given: RecordingsGiven,
  call: Call,
  about: { located: Located; files: readonly SettledFile[]; source: Source },
  signal: AbortSignal,
): Promise<Prepared> {
  const { located, files, source } = about;
  const parts: KnownPart[] = [];
  const others: SettledFile[] = [];
  const notes = located.missing.length > 0 ? [`a part never appeared: ${shown(located.missing)}`] : [];
  for (const { path, startedAt, endedAt } of located.files) {
    const file = files.find((one) => one.path === path);
    if (file?.probe.kind === 'other') others.push(file);
    if (file?.probe.kind !== 'audio') continue;
    const { audio, finished } = file.probe;
    if ((samplesIn(audio) * 1000) / audio.rateHz < soundMsMin) continue;
    if (!finished) notes.push('a file was never finished; what was written of it is there');
    const startedAtMs = startedAt === null ? null : Date.parse(startedAt);
    const endedAtMs = endedAt === null ? null : Date.parse(endedAt);
    parts.push({ path, startedAtMs, endedAtMs, durationMs: durationMsOf(audio), audio });
  }
  const name = fileNameOf(call, given.fileName, source.timeZone);
  const heard = heardParts(parts);
  if (heard.length === 0 && others.length === 0) return none(call, ['the recording is empty', ...notes].join('; '));
  if (heard.length === 0) return keepAsIs(given, call, name, others);
  if (others.length > 0) notes.push(`not joined, because its form is not known: ${others.length} of the files`);
  const durationMs = heard.reduce((sum, part) => sum + part.durationMs, 0);
  const bytes = (durationMs / 8) * given.kbitPerSec * (given.stereo ? 2 : 1);
  const { file, written } = await keep(given.shelf, { name, extension: 'mp3', bytes }, (out) =>
    given.encoder.encode({ parts: heard, out, stereo: given.stereo, kbitPerSec: given.kbitPerSec }, signal),
  );
  return ready(call, { file, ...written, contentType: 'audio/mpeg', note: notes.join('; ') || null });
}

/** A form that is not decoded here is what a player makes of it; of several, the longest file. */
async function keepAsIs(
  given: RecordingsGiven,
  call: Call,
  name: ReturnType<typeof fileNameOf>,
  files: readonly SettledFile[],
): Promise<Prepared> {
  const [largest] = files.toSorted((a, b) => b.bytes - a.bytes);
  if (!largest) return none(call, 'the recording is empty');
  // What Asterisk named may end in anything; a name of ours is also a part of an address and of a header.
  const [extension = 'bin'] = /(?<=^\.)[a-z0-9]{1,8}$/.exec(extname(largest.path).toLowerCase()) ?? [];
  const { file, written } = await keep(given.shelf, { name, extension, bytes: largest.bytes }, (out) =>
    copySound(largest.path, out),
  );
  const known = extension === 'mp3' ? await mp3DurationMs(largest.path) : null;
  const left = files.length > 1 ? `; ${files.length - 1} more of them could not be joined` : '';
  return ready(call, {
    file,
    bytes: written.bytes,
    durationMs: known ?? call.talkMs,
    peaks: null,
    contentType: contentTypeOf(extension),
    note: `kept as it was (${extension})${left}${isForCrms(file) ? '' : '; CRMs take mp3 and wav only, so it is not sent'}`,
  });
}

/** Whether CRMs take a file of this name (Bitrix24 by its extension). */
export function isForCrms(file: string): boolean {
  return /\.(mp3|wav)$/.test(file);
}

/** Asterisk's usual folder need not be there; one that a person named comes back when it is mounted again. */
function withoutFolder(call: Call, source: Source, folder: string): Prepared {
  if (!source.configured) {
    return none(call, `this machine has no ${folder}: name the folder of the recordings in pbx[].recordings.folders`);
  }
  return {
    kind: 'later',
    message: `the folder ${folder} is not there`,
    mend: 'mount it, or correct pbx[].recordings.folders',
    retryAfterMs: retryMsMax,
  };
}

function ready(call: Call, about: Omit<MediaRow, 'callId' | 'state'>): Prepared {
  const { file, bytes, durationMs, contentType, peaks, note } = about;
  return {
    kind: 'ready',
    media: { callId: call.id, state: 'ready', file, bytes, durationMs, contentType, peaks, note },
  };
}

function none(call: Call, note: string): Prepared {
  return { kind: 'none', media: without(call, 'none', note) };
}

function never(call: Call, { message, mend }: { message: string; mend: string }): Prepared {
  return { kind: 'never', media: without(call, 'failed', message), message, mend };
}

function without(call: Call, state: 'none' | 'failed', note: string): MediaRow {
  return { callId: call.id, state, file: null, bytes: null, durationMs: null, contentType: null, peaks: null, note };
}

/** Names for a message: callers can put anything into them. */
function shown(files: readonly string[]): string {
  const clean = files.slice(0, 3).map((file) => JSON.stringify(file.slice(0, 200)));
  return files.length > 3 ? `${clean.join(', ')} and ${files.length - 3} more` : clean.join(', ');
}
