// The call object, as `patchcord replay`, the API, the event feed and the hooks show it. One schema, so that they cannot differ.
import { z } from 'zod';

/** A point in time: ISO-8601, UTC, milliseconds. */
const time = z.iso.datetime({ precision: 3 });

export const legRoles = [
  'called',
  'caller',
  'transfer-target',
  'pickup',
  'unpark',
  'park-comeback',
  'transfer-recall',
  'forward-target',
  'mobile',
  'conference',
  'consulted',
] as const;

export const legOutcomes = [
  'answered',
  'no-answer',
  'busy',
  'rejected',
  'unavailable',
  'elsewhere',
  'caller-cancelled',
  'forwarded',
  'failed',
] as const;

export const transferTypes = ['blind', 'attended', 'redirect', 'park', 'threeway', 'conference'] as const;
export const lostStages = ['greeting', 'ivr', 'queue', 'ringing', 'voicemail', 'rejected'] as const;
export const stages = ['greeting', 'ivr', 'queue', 'ringing', 'talking', 'voicemail', 'dialplan'] as const;
export const directions = ['inbound', 'outbound', 'internal'] as const;
export const origins = ['dialed', 'click_to_call', 'callback'] as const;
export const parties = ['client', 'operator', 'system'] as const;

export const legSchema = z
  .object({
    extension: z.string().nullable().describe('The operator’s extension; null for an outside number'),
    number: z.string().nullable().describe('The outside number that was dialled; null for an extension'),
    of: z.string().nullable().describe('Whose mobile: the extension that the outside number stands for'),
    device: z
      .string()
      .nullable()
      .describe('Technology and endpoint, such as PJSIP/101; null when the phone got no channel'),
    role: z.enum(legRoles),
    outcome: z.enum(legOutcomes).nullable().describe('Null while the leg is open'),
    startedAt: time,
    answeredAt: time.nullable(),
    endedAt: time.nullable(),
    ringMs: z.int().nonnegative(),
    talkMs: z.int().nonnegative().describe('With the client (in an internal call: with the other operator)'),
    consultMs: z.int().nonnegative(),
    holdMs: z.int().nonnegative(),
  })
  .meta({ id: 'Leg', description: 'One attempt to reach one party on one device' });

export const transferSchema = z
  .object({
    type: z.enum(transferTypes),
    by: z.string().nullable().describe('Extension (or outside number) that gave the client away'),
    to: z.string().nullable().describe('Extension (or outside number) that was to take over'),
    completed: z.boolean(),
    blonde: z.boolean().describe('The transferer left while the target was still ringing'),
    at: time,
  })
  .meta({ id: 'Transfer' });

export const recordingSchema = z
  .object({
    file: z.string().describe('Path as Asterisk names it'),
    startedAt: time,
    endedAt: time.nullable(),
  })
  .meta({ id: 'Recording' });

export const callSchema = z
  .object({
    id: z.string(),
    pbx: z.string(),
    linkedIds: z.array(z.string()),
    direction: z.enum(directions),
    origin: z.enum(origins).nullable(),
    client: z
      .object({
        number: z.string().nullable().describe('As the trunk gave it; null when withheld'),
        e164: z.string().nullable(),
        name: z.string().nullable(),
      })
      .nullable()
      .describe('The party outside; null for an internal call'),
    line: z
      .object({ number: z.string().nullable(), trunk: z.string().nullable() })
      .nullable()
      .describe('The number that the client dialled, or the trunk that was used'),
    startedAt: time,
    answeredAt: time.nullable(),
    endedAt: time.nullable(),
    answered: z.boolean().describe('A person of ours and the client talked'),
    stage: z.enum(stages).nullable().describe('Where the client is now; null when the call has ended'),
    lostStage: z.enum(lostStages).nullable(),
    result: z.object({
      code: z.int().nullable().describe('SIP-style; null while the call is open'),
      cause: z.int().nullable().describe('Q.850 hangup cause'),
      dialStatus: z.string().nullable(),
    }),
    responsible: z.object({ extension: z.string(), operatorId: z.string().nullable() }).nullable(),
    legs: z.array(legSchema),
    transfers: z.array(transferSchema),
    talkMs: z.int().nonnegative(),
    waitMs: z.int().nonnegative(),
    hangupBy: z.enum(parties).nullable(),
    recordings: z.array(recordingSchema),
    pickup: z.object({ from: z.string().nullable(), by: z.string() }).optional(),
    forward: z.object({ from: z.string(), to: z.string() }).optional(),
    voicemail: z.object({ mailbox: z.string().nullable(), leftMessage: z.boolean() }).optional(),
    queue: z.object({ name: z.string(), waitMs: z.int().nonnegative() }).optional(),
    spiedBy: z.array(z.string()).optional(),
    holds: z.int().positive().optional(),
    gap: z
      .boolean()
      .optional()
      .describe('True when Patchcord was away for a part of the call, so that something of it may be unknown'),
  })
  .meta({ id: 'Call', description: 'One contact of one client, over all its transfers' });

export type Call = z.infer<typeof callSchema>;
export type Leg = z.infer<typeof legSchema>;
export type Transfer = z.infer<typeof transferSchema>;
export type Recording = z.infer<typeof recordingSchema>;
export type LegRole = (typeof legRoles)[number];
export type LegOutcome = (typeof legOutcomes)[number];
export type TransferType = (typeof transferTypes)[number];
export type LostStage = (typeof lostStages)[number];
export type Stage = (typeof stages)[number];
export type Direction = (typeof directions)[number];
export type Origin = (typeof origins)[number];
