// A client whom the portal does not know becomes a lead; where the portal has no leads, a contact with a deal.
import { leadUser } from '../../rules/responsible.ts';
import { rowsOf, textOf } from './answers.ts';
import type { EntityRef, EntityType, OnceStep } from './call-state.ts';
import { DeliveryError } from '../../outbox/worker.ts';
import type { Decision } from '../../rules/decision.ts';
import { findClient } from './client.ts';
import type { Context, Job } from './context.ts';
import { fieldValues } from './fields.ts';
import { phoneOf } from './numbers.ts';
import { PortalError, type Params } from './portal.ts';
import { entityOf } from './register.ts';

/** ORIGINATOR_ID of what we make. With the call's id as ORIGIN_ID it is found again. */
const ORIGINATOR = 'patchcord';

/**
 * Makes a lead of this call when the policy wants one and the portal does not know the client.
 * @param justSearched the portal has looked the number up a moment ago (`register` does)
 * @throws PortalError; DeliveryError `rejected` when the portal does not take it
 */
export async function ensureLead(context: Context, job: Job, justSearched: boolean): Promise<void> {
  const { call, decision, memory, about } = job;
  const number = phoneOf(decision);
  if (!decision.leadWanted || number === null || isComplete(memory.state.created)) return;
  const finishedLeads = call.direction === 'outbound';
  if (!(await isMade(context, job))) {
    if (memory.state.client === null && !justSearched)
      memory.note({ client: await findClient(context.portal, number, { finishedLeads }, about) });
    const { client } = memory.state;
    const again = decision.leadEach === 'call' && client?.type === 'LEAD';
    if (client !== null && !again) return;
  }
  const userId = await leadOwner(context, decision);
  const common = commonFields(context, job, userId);
  if (await context.crmMode.isSimple(about)) await makeContactAndDeal(context, job, { number, userId, common });
  else await makeLead(context, job, { number, userId, common });
}

/** False for a contact whose deal the portal did not take. */
export function isComplete(created: readonly Created[]): boolean {
  return created.some(({ entity }) => entity.type !== 'CONTACT');
}

/** An earlier attempt may have made it. When it did not, another call of the client may have since. */
async function isMade(context: Context, job: Job): Promise<boolean> {
  const { asked } = job.memory.state;
  const type = asked.includes('contact') ? 'CONTACT' : asked.includes('lead') ? 'LEAD' : null;
  return type !== null && (await findMade(context, job, type)) !== null;
}

interface New {
  number: string;
  userId: string;
  common: Params;
}

async function makeLead(context: Context, job: Job, { number, userId, common }: New): Promise<void> {
  const fields = { ...common, TITLE: titleOf(context, job, number), ...person(job, number) };
  const lead = await make(context, job, { type: 'LEAD', step: 'lead', userId }, fields);
  await job.memory.keep({ client: lead.entity, created: [lead] });
}

async function makeContactAndDeal(context: Context, job: Job, { number, userId, common }: New): Promise<void> {
  const { memory } = job;
  const contact = await make(
    context,
    job,
    { type: 'CONTACT', step: 'contact', userId },
    { ...common, ...person(job, number) },
  );
  memory.note({ client: contact.entity, created: [contact] });
  const fields = { ...common, TITLE: titleOf(context, job, number), CONTACT_ID: contact.entity.id };
  const deal = await make(context, job, { type: 'DEAL', step: 'deal', userId }, fields);
  await memory.keep({ created: [contact, deal] });
}

/** Made by this call, and whose it is. */
type Created = Job['memory']['state']['created'][number];

async function make(
  context: Context,
  job: Job,
  { type, step, userId }: { type: EntityType; step: OnceStep; userId: string },
  fields: Params,
): Promise<Created> {
  const { memory, about } = job;
  return memory.once(
    step,
    async () => {
      const made = await findMade(context, job, type);
      // An earlier attempt may have made it for somebody else: the call went on since.
      return made && { entity: made.entity, userId: made.userId ?? userId };
    },
    async () => {
      const method = `crm.${type.toLowerCase()}.add`;
      const { result } = await context.portal.call(method, { fields }, about).catch((error: unknown) => {
        if (!(error instanceof PortalError) || (error.kind !== 'domain' && error.kind !== 'bug')) throw error;
        // Nothing was made: who asks again, asks first whether the client is known by then.
        memory.note({ asked: memory.state.asked.filter((one) => one !== step) });
        throw new DeliveryError('rejected', `The portal did not take the ${type}: ${error.message}`, {
          mend: 'Make fields that it asks for optional there, or set lead to never in the policy; then send it again',
          cause: error,
        });
      });
      const entity = entityOf(type, result);
      if (entity === null) throw new PortalError('uncertain', 'NO_ID', `The portal did not say which ${type} it made`);
      return { entity, userId };
    },
  );
}

/** What this call made, by the mark that we put on it. */
async function findMade(
  { portal }: Context,
  { call, about }: Job,
  type: EntityType,
): Promise<{ entity: EntityRef; userId: string | null } | null> {
  const filter = { ORIGINATOR_ID: ORIGINATOR, ORIGIN_ID: call.id };
  const params = { filter, select: ['ID', 'ORIGIN_ID', 'ASSIGNED_BY_ID'], start: -1 };
  const rows = rowsOf((await portal.call(`crm.${type.toLowerCase()}.list`, params, about)).result);
  const row = rows.find((one) => one['ORIGIN_ID'] === call.id);
  const entity = entityOf(type, row?.['ID']);
  return entity && { entity, userId: textOf(row?.['ASSIGNED_BY_ID']) };
}

/** Whose what the call made is to be: the line's first responsible's, else who talked last. */
export async function leadOwner({ users, given }: Context, decision: Decision): Promise<string> {
  return users.firstOf([leadUser(decision, given.name)?.user], decision);
}

function commonFields(context: Context, job: Job, userId: string): Params {
  const { call, decision } = job;
  const { line, lineNumber } = decision;
  const described = [line?.name, lineNumber].filter((part) => textOf(part) !== null).join(', ');
  return {
    ASSIGNED_BY_ID: userId,
    SOURCE_ID: decision.source ?? 'CALL',
    SOURCE_DESCRIPTION: described === '' ? null : described,
    OPENED: 'Y',
    ORIGINATOR_ID: ORIGINATOR,
    ORIGIN_ID: call.id,
    ...fieldValues(context, job),
  };
}

function person({ decision }: Job, number: string): Params {
  return { NAME: decision.clientName ?? number, PHONE: [{ VALUE: number, VALUE_TYPE: 'WORK' }] };
}

function titleOf({ words }: Context, { call, decision }: Job, number: string): string {
  return `${decision.clientName ?? number} - ${words.titles[call.direction]}`.slice(0, 255);
}
