// Everything that people change at work, as one snapshot in memory. Each kind has a schema; the database keeps the JSON.
import { z } from 'zod';

const id = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be small letters, digits, . _ and -');
const name = z.string().min(1).max(200);
const patterns = z.array(z.string().min(1).max(100)).max(500).default([]);

/** An employee. */
export const operatorSchema = z.strictObject({
  id,
  name,
  extensions: z
    .array(z.string().regex(/^[0-9]{1,10}$/))
    .max(20)
    .default([]),
  mobiles: z.array(z.string().min(3).max(40)).max(20).default([]).describe('A call to one is a call to its owner'),
  groups: z.array(id).max(50).default([]),
  crmUsers: z.record(z.string(), z.string().max(64)).default({}).describe('Connection → id of the user there'),
  schedule: id.nullable().default(null),
  card: z.enum(['ring', 'answer', 'never']).default('ring').describe('When the card of a caller is shown'),
  active: z.boolean().default(true),
  from: z.string().nullable().default(null).describe('The connection whose users it was made from; null: by a person'),
});

export const groupSchema = z.strictObject({
  id,
  name,
  crms: z.array(z.string()).nullable().default(null).describe('Only to these connections; null: to all'),
});

const clock = z.string().regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$/, 'must be a time such as 09:00');

export const scheduleSchema = z.strictObject({
  id,
  name,
  timeZone: z.string().max(64),
  week: z
    .array(z.strictObject({ days: z.array(z.int().min(1).max(7)).min(1), from: clock, to: clock }))
    .max(50)
    .describe('Day 1 is Monday'),
  holidays: z
    .array(
      z.strictObject({
        date: z.iso.date(),
        name: z.string().max(200).default(''),
        hours: z.strictObject({ from: clock, to: clock }).nullable().default(null).describe('Null: closed all day'),
      }),
    )
    .max(1000)
    .default([]),
});

export const leadPolicies = ['all', 'missed', 'answered', 'never'] as const;
const leadPolicy = z.enum(leadPolicies);
const missedOwner = z
  .union([z.literal(0), z.literal(1), z.literal(2)])
  .describe('0: the responsible of the client’s entity, 1: who rang last, 2: the default user; falls only downwards');

/** A number or trunk of ours. */
export const lineSchema = z.strictObject({
  id,
  name,
  numbers: patterns.describe('Numbers of ours, or patterns'),
  trunks: patterns.describe('Trunks, for calls without a number of ours'),
  crms: z.array(z.string()).nullable().default(null).describe('Only to these connections; null: to all'),
  sources: z.record(z.string(), z.string().max(100)).default({}).describe('Connection → id of the source there'),
  firstResponsible: id.nullable().default(null).describe('Operator who gets new clients of the line'),
  lead: leadPolicy.nullable().default(null),
  missedOwner: missedOwner.nullable().default(null),
  taskTemplate: id.nullable().default(null),
  schedule: id.nullable().default(null),
});

export const taskTemplateSchema = z.strictObject({
  id,
  title: z.string().min(1).max(500).describe('May hold {number}, {name}, {line}, {time}, {stage}, {operator}'),
  text: z.string().max(5000).default(''),
  deadlineMin: z.int().min(1).max(100_000).default(60).describe('Minutes of working time until the deadline'),
  schedule: id.nullable().default(null).describe('What counts as working time; null: every minute'),
  for: z.array(z.enum(['client', 'lead', 'unknown'])).default(['client', 'lead', 'unknown']),
  exceptLines: z.array(id).default([]),
  exceptNumbers: patterns,
});

/** What is not to be registered (block), or is in spite of a block (allow, looked at first). All conditions given must hold. */
export const listRuleSchema = z.strictObject({
  id,
  action: z.enum(['block', 'allow']),
  crms: z.array(z.string()).nullable().default(null),
  extensions: patterns.describe('Operators, by extension'),
  lines: z.array(id).default([]),
  clients: patterns.describe('Client numbers'),
  note: z.string().max(500).default(''),
});

/** How one connection (id: its name) is worked; `*` for those without one of their own. */
export const policySchema = z.strictObject({
  id: z.union([z.literal('*'), id]),
  defaultOperator: id.nullable().default(null).describe('Gets what nobody else gets'),
  defaultUser: z.string().nullable().default(null).describe('The same, as a user of the CRM who is no operator'),
  lead: leadPolicy.default('all'),
  leadEach: z.enum(['client', 'call']).default('client').describe('One while one is open, or one per call'),
  missedOwner: missedOwner.default(0),
  taskTemplate: id.nullable().default(null),
  internalCalls: z.boolean().default(false),
  moveExisting: z.boolean().default(false).describe('Entities that were there before get the responsible of the call'),
  records: z.boolean().default(true),
});

export const directorySchemas = {
  operators: operatorSchema,
  groups: groupSchema,
  schedules: scheduleSchema,
  lines: lineSchema,
  taskTemplates: taskTemplateSchema,
  lists: listRuleSchema,
  policies: policySchema,
} as const;
export type DirectoryKind = keyof typeof directorySchemas;

export type Operator = z.infer<typeof operatorSchema>;
export type Group = z.infer<typeof groupSchema>;
export type Schedule = z.infer<typeof scheduleSchema>;
export type Line = z.infer<typeof lineSchema>;
export type TaskTemplate = z.infer<typeof taskTemplateSchema>;
export type ListRule = z.infer<typeof listRuleSchema>;
export type Policy = z.infer<typeof policySchema>;
export type LeadPolicy = (typeof leadPolicies)[number];

/** The snapshot. */
export interface Directory {
  readonly operators: readonly Operator[];
  readonly groups: readonly Group[];
  readonly schedules: readonly Schedule[];
  readonly lines: readonly Line[];
  readonly taskTemplates: readonly TaskTemplate[];
  readonly lists: readonly ListRule[];
  readonly policies: readonly Policy[];
}
