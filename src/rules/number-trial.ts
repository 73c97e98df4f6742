// What would happen with a number, rule by rule: for the tester in the API and on the command line.
import { z } from 'zod';
import type { Directory } from '../people/directory.ts';
import { lineOf, operatorByExtension, operatorByNumber } from '../people/lookups.ts';
import { isAnonymous } from '../phones/anonymous.ts';
import { destinations, type DestinationRules } from '../phones/destinations.ts';
import { internalNumbers } from '../phones/internal.ts';
import { mobileOwners, type Mobile } from '../phones/mobiles.ts';
import { plainNumber, toE164 } from '../phones/number.ts';
import { rewriter, type Rewriter, type RewriteRule } from '../phones/rewrite.ts';
import { listRuleFor } from './lists.ts';
import { policyOf } from './policy.ts';
import { taskTemplateFor } from './task-template.ts';

/** The settings that have a say in numbers, as patchcord.yaml has them. */
export interface NumberSettings {
  readonly region: string;
  readonly internalNumbers: readonly string[];
  readonly mobiles: readonly Mobile[];
  readonly rewrite: { readonly fromPbx: readonly RewriteRule[]; readonly toPbx: readonly RewriteRule[] };
  readonly pbx: readonly { readonly name: string; readonly dial?: Omit<DestinationRules, 'region'> | undefined }[];
}

const named = z.object({ id: z.string(), name: z.string() });
const rewritten = z.object({
  number: z.string(),
  steps: z.array(
    z.object({
      match: z.string(),
      strip: z.int(),
      add: z.string(),
      outcome: z.enum(['applied', 'no match', 'leaves nothing', 'not reached']),
    }),
  ),
});

export const numberTrialSchema = z
  .object({
    number: z.string().describe('As it was given'),
    withheld: z.boolean().describe('It stands for a number that is not shown'),
    fromPbx: rewritten.describe('As a client’s number from the PBX: `rewrite.fromPbx`'),
    e164: z.string().nullable().describe('What the result is in E.164; null when that cannot be told'),
    client: z.string().nullable().describe('What CRMs get as the client’s number'),
    internal: z.boolean().describe('It stays inside the PBX: `internalNumbers`'),
    extensionOf: named.nullable().describe('The operator who has it as an extension'),
    mobileOf: z
      .object({ extension: z.string().nullable(), operator: named.nullable(), from: z.enum(['directory', 'settings']) })
      .nullable()
      .describe('Whose mobile it is: a call to it is a call to its owner'),
    line: named.nullable().describe('The line that it is a number of'),
    toPbx: rewritten.describe('As a number that is to be called, in what the dialplan gets: `rewrite.toPbx`'),
    dial: z
      .array(
        z.object({
          pbx: z.string(),
          allowed: z.boolean(),
          problem: z.string().nullable(),
          mend: z.string().nullable(),
        }),
      )
      .describe('Whether it may be dialled for somebody who clicks: `pbx[].dial`'),
    lists: z
      .array(
        z.object({
          crm: z.string(),
          registered: z.boolean(),
          rule: z.string().nullable().describe('The list that decides; null when none has a say'),
          task: z.string().nullable().describe('The template of the task for a missed call; null: no task'),
        }),
      )
      .describe('Each connection, with this number as the client’s and before anybody’s phone rings'),
  })
  .meta({ id: 'NumberTrial' });
export type NumberTrial = z.infer<typeof numberTrialSchema>;

/** Pure. Whatever text is given, an answer comes of it. */
export function tryNumber(
  number: string,
  directory: Directory,
  settings: NumberSettings,
  connections: readonly string[],
): NumberTrial {
  const { region } = settings;
  const fromPbx = stepsOf(rewriter(settings.rewrite.fromPbx), number);
  const e164 = toE164(fromPbx.number, region);
  const withheld = isAnonymous(number);
  const client = withheld ? null : (e164 ?? number);
  return {
    number,
    withheld,
    fromPbx,
    e164,
    client,
    internal: internalNumbers(settings.internalNumbers)(number),
    extensionOf: nameOf(operatorByExtension(directory, number)),
    mobileOf: mobileOf(number, directory, settings),
    line: nameOf(lineOf(directory, { number, trunk: null }, region)),
    toPbx: dialled(number, settings),
    dial: settings.pbx.flatMap(({ name, dial }) => (dial ? [mayDial(name, dial, number, region)] : [])),
    lists: connections.map((crm) => listed(directory, region, crm, client)),
  };
}

function stepsOf(rewrite: Rewriter, number: string): NumberTrial['fromPbx'] {
  const done = rewrite(number);
  return {
    number: done.number,
    steps: done.steps.map(({ rule: { match, strip, add }, outcome }) => ({ match, strip, add, outcome })),
  };
}

/** As `pbx/orders` dials: the number in E.164 through the rules; when none applies, without the plus that dialplans do not know. */
function dialled(number: string, { region, rewrite }: NumberSettings): NumberTrial['toPbx'] {
  const done = stepsOf(rewriter(rewrite.toPbx), toE164(number, region) ?? plainNumber(number) ?? number);
  const isApplied = done.steps.some(({ outcome }) => outcome === 'applied');
  return isApplied ? done : { ...done, number: done.number.replace(/^\+/, '') };
}

function mobileOf(number: string, directory: Directory, settings: NumberSettings): NumberTrial['mobileOf'] {
  const operator = operatorByNumber(directory, number, settings.region);
  if (operator) return { extension: operator.extensions[0] ?? null, operator: nameOf(operator), from: 'directory' };
  const owner = mobileOwners(settings.mobiles, settings.region)(number);
  if (!owner) return null;
  const known = owner.extension === null ? null : operatorByExtension(directory, owner.extension);
  return { extension: owner.extension, operator: nameOf(known), from: 'settings' };
}

function mayDial(
  pbx: string,
  dial: Omit<DestinationRules, 'region'>,
  number: string,
  region: string,
): NumberTrial['dial'][number] {
  const verdict = destinations({ ...dial, region })(number);
  return verdict.ok
    ? { pbx, allowed: true, problem: null, mend: null }
    : { pbx, allowed: false, problem: verdict.problem, mend: verdict.mend };
}

function listed(
  directory: Directory,
  region: string,
  crm: string,
  client: string | null,
): NumberTrial['lists'][number] {
  const rule = listRuleFor(directory, region, { crm, extensions: [], line: null, client });
  const template = taskTemplateFor(directory, policyOf(directory, crm), null, client, region);
  return { crm, registered: rule?.action !== 'block', rule: rule?.id ?? null, task: template?.id ?? null };
}

function nameOf(one: { id: string; name: string } | null): { id: string; name: string } | null {
  return one && { id: one.id, name: one.name };
}
