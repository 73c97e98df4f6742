// The recording of a call goes to the portal, and plays there from the call's activity.
import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import { DeliveryError, type Outcome } from '../../outbox/worker.ts';
import type { ReadyRecording } from '../contract.ts';
import { recordOf, textOf } from './answers.ts';
import type { Context, Job } from './context.ts';
import { findStatistic } from './finish.ts';
import { PortalError } from './portal.ts';

/** The header of a WAV file alone. */
const EMPTY_BYTES = 44;
/** How long the portal may fetch a recording by its link. */
const LINK_LIFE_SEC = 7 * 24 * 3600;
const NAMES_MAX = 5;

/** @throws PortalError, DeliveryError */
export async function record(context: Context, job: Job): Promise<Outcome> {
  const { call, memory } = job;
  const { state } = memory;
  if (state.callId === null || state.finished === null)
    return { outcome: 'dropped', note: 'The call is not in this portal, so its recording is not either' };
  const file = await context.given.media.file(call.id);
  if (file === null) return { outcome: 'dropped', note: 'There is no recording' };
  if (file.bytes <= EMPTY_BYTES) return { outcome: 'dropped', note: 'The recording is empty' };
  const isThere = await memory.once(
    'record',
    async () =>
      (await findStatistic(context, job, { CALL_ID: state.callId ?? '' }))?.hasRecord === true ? true : null,
    async () => {
      await send(context, job, file);
      return false;
    },
  );
  return { outcome: 'done', note: isThere ? 'It was there already' : `${file.bytes} bytes` };
}

async function send(context: Context, job: Job, file: ReadyRecording): Promise<void> {
  const { memory, call } = job;
  const fileName = nameOf(file, call.id, memory.state.recordNames.length);
  await memory.keep({ recordNames: [...memory.state.recordNames, fileName].slice(-NAMES_MAX) });
  const link = context.options.recordBy === 'link' ? context.given.media.link(call.id, LINK_LIFE_SEC) : null;
  const params = { CALL_ID: memory.state.callId, FILENAME: fileName };
  try {
    if (link !== null)
      await context.portal.call('telephony.externalcall.attachrecord', { ...params, RECORD_URL: link }, job.about);
    else await upload(context, job, params, file);
  } catch (error) {
    throw asRecordError(error);
  }
}

async function upload(
  { portal }: Context,
  { about }: Job,
  params: { CALL_ID: string | null; FILENAME: string },
  { path, bytes, contentType }: ReadyRecording,
): Promise<void> {
  const step = recordOf((await portal.call('telephony.externalcall.attachrecord', params, about)).result);
  const uploadUrl = textOf(step['uploadUrl']);
  if (uploadUrl === null) throw new DeliveryError('retry', 'The portal did not say where the recording is to be sent');
  const file = { path, fileName: params.FILENAME, contentType, bytes };
  await portal.upload(uploadUrl, textOf(step['fieldName']) ?? 'file', file, about);
}

/**
 * Names are unique in the portal's folder of the month, over all that write there, and small: `.MP3` is refused.
 * @param attempt a name that was sent may be taken by what became of it
 */
function nameOf({ fileName }: ReadyRecording, callId: string, attempt: number): string {
  const extension = extname(fileName).toLowerCase();
  const base = fileName
    .slice(0, fileName.length - extension.length)
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}._+-]+/gu, '_')
    .slice(0, 120);
  const mark = createHash('sha256').update(callId).digest('hex').slice(0, 8);
  return `${base}_${mark}${attempt === 0 ? '' : `_${attempt + 1}`}${extension}`;
}

/** The statistics lag behind, or the portal could not fetch the link just now: both pass by themselves. */
function asRecordError(error: unknown): unknown {
  if (!(error instanceof PortalError) || error.kind !== 'domain') return error;
  const passes = /not finished yet|Server (?:returns HTTP error|is not available)|already exists|уже существует/i;
  return passes.test(error.description) ? new DeliveryError('retry', error.message, { cause: error }) : error;
}
