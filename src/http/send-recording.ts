// A recording to a player: whole, or the part that it seeks to.
import { open } from 'node:fs/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { KeptRecording } from '../recordings/media.ts';
import { byteRange } from './byte-range.ts';
import { ApiError } from './errors.ts';

/**
 * Answers a GET or HEAD. Writes into the log who listens, when somebody begins to: seeking asks again and again.
 * @param about.listener name of the token, or `link`
 * @throws ApiError `recording_not_found` when the file is gone
 */
export async function sendRecording(
  request: FastifyRequest,
  reply: FastifyReply,
  recording: KeptRecording,
  about: { callId: string; listener: string; download: boolean },
): Promise<FastifyReply> {
  const file = await open(recording.path, 'r').catch(() => null);
  if (file === null) throw new ApiError('recording_not_found', 'the file of the recording is gone');
  try {
    const { size, mtimeMs } = await file.stat();
    const etag = `"${size.toString(36)}-${Math.floor(mtimeMs).toString(36)}"`;
    const modified = new Date(Math.floor(mtimeMs / 1000) * 1000).toUTCString();
    const condition = request.headers['if-range'];
    const isSame = condition === undefined || condition === etag || condition === modified;
    const range = byteRange(isSame ? request.headers.range : undefined, size);
    if (range.kind === 'unsatisfiable') {
      await file.close();
      void reply.header('content-range', `bytes */${size}`);
      throw new ApiError('range_not_satisfiable', `the recording has ${size} bytes`);
    }
    void reply
      .header('accept-ranges', 'bytes')
      .header('etag', etag)
      .header('last-modified', modified)
      .header('cache-control', 'private, no-cache')
      .header('content-disposition', `${about.download ? 'attachment' : 'inline'}; filename="${recording.fileName}"`)
      .type(recording.contentType);
    const { first, last } = range.kind === 'part' ? range : { first: 0, last: size - 1 };
    if (range.kind === 'part') void reply.code(206).header('content-range', `bytes ${first}-${last}/${size}`);
    void reply.header('content-length', last - first + 1);
    if (request.method === 'HEAD') {
      await file.close();
      return await reply.send();
    }
    if (first === 0) {
      request.log.info(
        { callId: about.callId, listener: about.listener, address: request.ip },
        'a recording is listened to',
      );
    }
    return await reply.send(file.createReadStream({ start: first, end: last }));
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
}
