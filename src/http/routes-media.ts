// Recordings: for whoever holds a token, and by signed links for the players of CRMs.
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { KeptRecording, MediaFiles } from '../recordings/media.ts';
import { ApiError } from './errors.ts';
import { errorSchema } from './schemas.ts';
import { sendRecording } from './send-recording.ts';

const callParams = z.object({ id: z.string().min(1).max(200) });
const download = z.enum(['0', '1']).default('0').describe('1: to be saved rather than played');

const peaksSchema = z
  .object({
    durationMs: z.int().nonnegative(),
    peaks: z
      .array(z.int().min(0).max(255))
      .nullable()
      .describe('The loudest moment of each of 800 equal stretches, 0 to 255; null when it is not known'),
  })
  .meta({ id: 'Peaks' });

/** Below /api/v1. */
export function recordingRoutes(media: MediaFiles): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    app.route({
      method: ['GET', 'HEAD'],
      url: '/calls/:id/recording',
      schema: {
        summary: 'The recording of a call',
        description:
          'One file over all its parts, `audio/mpeg` as a rule. Takes `Range` and `If-Range`. Every listening is logged.',
        tags: ['calls'],
        params: callParams,
        querystring: z.strictObject({ download }),
      },
      handler: async (request, reply) => {
        const callId = request.params.id;
        const listener = request.tokenEntry?.name ?? 'nobody';
        const isDownload = request.query.download === '1';
        return sendRecording(request, reply, await recordingOf(media, callId), {
          callId,
          listener,
          download: isDownload,
        });
      },
    });

    app.route({
      method: 'GET',
      url: '/calls/:id/peaks',
      schema: {
        summary: 'The loudness of a call’s recording over its length, for drawing it',
        tags: ['calls'],
        params: callParams,
        querystring: z.strictObject({}),
        response: { 200: peaksSchema, default: errorSchema },
      },
      handler: async (request) => {
        const { durationMs, peaks } = await recordingOf(media, request.params.id);
        return { durationMs, peaks: peaks === null ? null : [...peaks] };
      },
    });
    done();
  };
}

/** At the root: links that CRMs keep. A query may hold more than ours, because some CRMs add to it. */
export function mediaRoutes(media: MediaFiles): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    app.route({
      method: ['GET', 'HEAD'],
      url: '/media/:file',
      schema: {
        hide: true,
        params: z.object({ file: z.string().max(250) }),
        querystring: z.object({ expires: z.string().optional(), signature: z.string().max(100).optional(), download }),
      },
      handler: async (request, reply) => {
        const callId = /^(.+)\.mp3$/s.exec(request.params.file)?.[1] ?? '';
        const { expires, signature } = request.query;
        const verdict = media.verify(callId, expires, signature);
        if (verdict === 'forged') throw new ApiError('link_invalid', 'the link is not one of ours');
        if (verdict === 'expired') throw new ApiError('link_expired', 'the link has expired');
        // Pages of the CRM play it; helmet would keep it from every origin but our own.
        void reply.header('cross-origin-resource-policy', 'cross-origin');
        const recording = await recordingOf(media, callId);
        const isDownload = request.query.download === '1';
        return sendRecording(request, reply, recording, { callId, listener: 'link', download: isDownload });
      },
    });
    done();
  };
}

/** @throws ApiError `recording_not_found` */
async function recordingOf(media: MediaFiles, callId: string): Promise<KeptRecording> {
  const recording = await media.file(callId);
  if (recording) return recording;
  const row = await media.state(callId);
  if (row?.state === 'ready') throw new ApiError('recording_not_found', 'the file of the recording is gone');
  if (row?.state === 'failed') throw new ApiError('recording_not_found', 'the recording could not be had');
  throw new ApiError('recording_not_found', 'the call has no recording, or it is not ready yet');
}
