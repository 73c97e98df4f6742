import { createHash, createHmac, randomBytes } from 'node:crypto';
import { accessDenied } from './errors.ts';
import { domainError } from './envelope.ts';
import { parseQuery, toText } from './php.ts';
import type { Statistic, StoredFile } from './state.ts';
import { isoAt } from './time.ts';
import type { Ctx, World } from './world.ts';

const SIGNING_KEY = randomBytes(32);
const DOWNLOAD_MS = 60_000;
const RETRY_MS = 60_000;

const finished = (world: World, callId: string): Statistic => {
  const row = world.state.statistics.where('callId', callId)[0];
  if (!row) throw domainError('Call is not found in the statistic table. Looks like it is not finished yet.');
  return row;
};

function checkName(name: string): void {
  if (name === '') throw domainError('File name is empty');
  if (!/\.(?:wav|mp3)$/.test(name)) throw domainError('Wrong file extension. Only wav and mp3 are allowed');
}

/** What the bytes are, by their first ones, as the portal's own detection sees it. */
function audioType(content: Buffer): string {
  const head = content.subarray(0, 12).toString('latin1');
  if (head.startsWith('RIFF') && head.endsWith('WAVE')) return 'audio/x-wav';
  if (head.startsWith('fLaC')) return 'audio/flac';
  const frame = content[0] === 0xff && ((content[1] ?? 0) & 0xe0) === 0xe0;
  return head.startsWith('ID3') || frame ? 'audio/mpeg' : 'application/octet-stream';
}

const forgetOldBytes = (world: World): void => {
  const old = world.state.files.get(world.state.files.size - world.settings.keptRecords);
  if (old) old.content = null;
};

/**
 * Puts a file into the Drive folder of the call's month and makes it the call's record. Names are unique in a
 * folder; the record before is taken away unless it came by upload (`keepOld`).
 */
function storeRecord(world: World, row: Statistic, name: string, content: Buffer, keepOld: boolean): StoredFile {
  const { files, activities } = world.state;
  const folder = isoAt(row.startMs, world.settings.utcOffsetMinutes).slice(0, 7);
  if (files.where('place', `${folder}/${name}`).length > 0)
    throw domainError(`A file or folder with the name "${name}" already exists`);
  const old = row.fileId === null ? undefined : files.get(row.fileId);
  if (old && !keepOld) {
    old.present = false;
    files.changed(old);
  }
  const file = files.add({
    id: files.nextId(),
    callId: row.callId,
    name,
    folder,
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
    mime: audioType(content),
    content,
    storedMs: world.now(),
    present: true,
  });
  forgetOldBytes(world);
  row.fileId = file.id;
  const activity = row.activityId === null ? undefined : activities.get(row.activityId);
  if (activity) {
    activity.fileIds = [file.id];
    activity.fields['STORAGE_TYPE_ID'] = '3';
    world.emit(
      'ONCRMACTIVITYUPDATE',
      { FIELDS: { ID: String(activity.id) } },
      { userId: row.userId, byApp: row.appId },
    );
  }
  return file;
}

const lastPart = (url: string): string => decodeURIComponent(new URL(url).pathname.split('/').pop() ?? '');

async function download(url: string): Promise<Buffer> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_MS) });
  } catch {
    throw domainError('Server is not available');
  }
  if (!response.ok) throw domainError(`Server returns HTTP error code ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

async function attachByUrl(world: World, row: Statistic, url: string, sentName: string): Promise<StoredFile> {
  if (!URL.canParse(url)) throw domainError('Record url is not correct');
  const content = await download(url);
  const name = sentName || lastPart(url);
  if (!/\.(?:wav|mp3|flac)$/.test(name)) throw domainError('Wrong file extension. Only wav, mp3 and flac are allowed');
  if (!audioType(content).startsWith('audio/')) throw domainError('Wrong file type. Only audio is allowed');
  return storeRecord(world, row, name, content, false);
}

/** RECORD_URL of a finish: at once, once more after a minute, and silence when that fails too. */
export async function fetchRecordLater(world: World, row: Statistic, url: string): Promise<void> {
  try {
    await attachByUrl(world, row, url, '');
  } catch {
    setTimeout(() => void attachByUrl(world, row, url, '').catch(() => null), RETRY_MS).unref();
  }
}

function decodeContent(text: string): Buffer {
  if (text === '') throw domainError('File content is empty.');
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text))
    throw domainError('File content is not properly encoded. Base64 encoding is expected.');
  return Buffer.from(text, 'base64');
}

const signature = (payload: string): string => createHmac('sha256', SIGNING_KEY).update(payload).digest('hex');

function uploadLink({ world, auth }: Ctx, callId: string, name: string): string {
  const query = new URLSearchParams({ CALL_ID: callId, FILENAME: name, _: randomBytes(8).toString('hex') });
  const payload = Buffer.from(query.toString()).toString('base64');
  const token = `telephony|${payload}|${signature(payload)}`;
  world.state.uploadTokens.push(token);
  const address = `${world.baseUrl()}${auth.uploadUrl}`;
  return `${address}${address.includes('?') ? '&' : '?'}token=${encodeURIComponent(token)}`;
}

/** `telephony.externalCall.attachRecord` in its three modes; the key RECORD_URL decides even when it is empty. */
export async function attachRecord(ctx: Ctx): Promise<unknown> {
  const { world, params } = ctx;
  const row = finished(world, toText(params['CALL_ID']));
  const name = toText(params['FILENAME']);
  if (params['RECORD_URL'] !== undefined) {
    const file = await attachByUrl(world, row, toText(params['RECORD_URL']), name);
    return { FILE_ID: file.id };
  }
  if (params['FILENAME'] === undefined)
    throw domainError('Required parameters are not set. Request should contain or URL or FILENAME parameter');
  checkName(name);
  if (params['FILE_CONTENT'] === undefined) return { uploadUrl: uploadLink(ctx, row.callId, name), fieldName: 'file' };
  return { FILE_ID: storeRecord(world, row, name, decodeContent(toText(params['FILE_CONTENT'])), false).id };
}

/** The second step of an upload: the signed link says which call and name; the bytes are the part `file`. */
export function upload(world: World, token: string, content: Buffer | undefined): unknown {
  const [scope, payload = '', sign] = token.split('|');
  if (scope !== 'telephony' || sign !== signature(payload)) throw accessDenied('Access denied! Link check failed');
  const { CALL_ID, FILENAME } = parseQuery(Buffer.from(payload, 'base64').toString());
  const row = finished(world, toText(CALL_ID));
  if (!content || content.length === 0) throw domainError('File content is empty.');
  return { FILE_ID: storeRecord(world, row, toText(FILENAME), content, true).id };
}
