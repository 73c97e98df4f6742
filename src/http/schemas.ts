// What the API answers with. The call object itself is in calls/call.ts.
import { z } from 'zod';
import { callSchema } from '../calls/call.ts';
import { factTypes } from '../calls/facts.ts';
import { errorKinds } from './errors.ts';
import type { ErrorCode } from './errors.ts';
import { levels, partStatusSchema } from './status.ts';
import { scopes } from './tokens.ts';

export const errorSchema = z
  .object({
    error: z.object({
      code: z.enum(Object.keys(errorKinds) as [ErrorCode, ...ErrorCode[]]),
      message: z.string(),
      mend: z.string().optional(),
    }),
  })
  .meta({ id: 'Error' });

export const eventSchema = z
  .object({
    seq: z.int().positive().describe('Place in the event log; rises without gaps'),
    type: z.enum(factTypes),
    at: z.iso.datetime({ precision: 3 }).describe('When it happened at the PBX'),
    pbx: z.string(),
    callId: z.string(),
    leg: z.int().nonnegative().nullable().describe('Index in `call.legs`, for `leg.*`'),
    into: z.string().nullable().describe('The surviving call, for `call.merged`'),
    call: callSchema
      .nullable()
      .describe('The call as it was when the event was stored; null when it was not known then'),
  })
  .meta({ id: 'Event', description: 'One conclusion about one call' });

export const callPageSchema = z.object({
  calls: z.array(callSchema),
  next: z.string().nullable().describe('Give it as `before` for the following page; null on the last one'),
});

export const liveCallsSchema = z.object({
  seq: z.int().nonnegative().describe('Give it as `after` to /events to hear what happens next'),
  calls: z.array(callSchema).describe('In order of start'),
});

export const eventPageSchema = z.object({
  events: z.array(eventSchema),
  next: z.int().nonnegative().describe('Give it as `after` next time'),
});

const cdrRowSchema = z
  .object({
    id: z.int().positive().describe('Ours, rising'),
    callId: z.string().nullable().describe('The call that covers the row’s linkedid'),
    pbx: z.string(),
    uniqueId: z.string(),
    linkedId: z.string().nullable(),
    sequence: z.string().nullable(),
    startedAt: z.string().describe('As the PBX’s table has it'),
    src: z.string().nullable(),
    dst: z.string().nullable(),
    channel: z.string().nullable(),
    dstChannel: z.string().nullable(),
    lastApp: z.string().nullable(),
    columns: z
      .record(z.string(), z.union([z.string(), z.number(), z.null()]))
      .describe('Every column of the row under its own name: the exact copy'),
  })
  .meta({ id: 'CdrRow' });

export const cdrPageSchema = z.object({
  rows: z.array(cdrRowSchema),
  next: z.int().nonnegative().describe('Give it as `after` next time'),
});

export const orderSchema = z
  .object({
    id: z.string(),
    pbx: z.string(),
    extension: z.string(),
    number: z.string().describe('In E.164 where it can be told'),
    line: z.string().nullable(),
    state: z
      .enum(['placed', 'answered', 'failed', 'expired'])
      .describe(
        '`answered`: the operator’s phone was; the call tells what became of the client. `expired`: nobody knows, and there is no call',
      ),
    reason: z
      .enum(['no-answer', 'busy', 'rejected', 'unavailable', 'not-allowed', 'pbx-down'])
      .nullable()
      .describe('Why the operator’s phone was not answered'),
    requestedBy: z.string().nullable().describe('Name of the token, or the user of the CRM'),
    placedAt: z.iso.datetime({ precision: 3 }),
    endedAt: z.iso.datetime({ precision: 3 }).nullable().describe('When the phone was answered, or known not to be'),
    callId: z.string().nullable().describe('The call that came of it; null while there is none'),
  })
  .meta({ id: 'Order', description: 'A call that somebody ordered' });

export const ticketSchema = z.object({
  ticket: z.string().describe('Taken once, as the first message of /feed: {"ticket": "…"}'),
  expiresAt: z.iso.datetime({ precision: 3 }),
});

export const healthSchema = z.object({ ok: z.boolean() });

export const statusSchema = z.object({
  level: z.enum(levels).describe('The worst of the parts'),
  parts: z.array(partStatusSchema),
});

export const aboutSchema = z.object({
  version: z.string(),
  demo: z.boolean().describe('True when the calls come from the demo PBX'),
  settingsFile: z.string().describe('The name of the settings file, for the advice on connecting a real Asterisk'),
  pbxs: z.array(z.string()).describe('Names of the PBXs, as the parameter `pbx` takes them'),
});

export type About = z.infer<typeof aboutSchema>;

/** What /about answers with. */
export const aboutAnswerSchema = aboutSchema.extend({
  scopes: z.array(z.enum(scopes)).describe('What the token that asks may do; `admin` covers the others'),
});
