// A call ended: it becomes one entry in the portal, with whom it was with, how it ended and who is responsible.
import { DeliveryError, type Outcome } from '../../outbox/worker.ts';
import { callUser, missedUser } from '../../rules/responsible.ts';
import type { PlacedOrder } from '../contract.ts';
import { Memory } from './call-state.ts';
import { hide } from './card.ts';
import { ownerOf } from './client.ts';
import type { Context, Job } from './context.ts';
import { count } from './counts.ts';
import { asDeliveryError } from './delivery-error.ts';
import { fieldValues } from './fields.ts';
import { finishOnce, ForgottenCall, recallFinished, type Finished } from './finish.ts';
import { ensureLead, isComplete, leadOwner } from './lead.ts';
import { phoneOf } from './numbers.ts';
import { closeCall, defaultsOf, endingOfOrder, notTakenOf, orderOf, tellFailed } from './order-failed.ts';
import { PortalError } from './portal.ts';
import { ensureRegistered } from './register.ts';
import { type Ending, endingOf } from './status-code.ts';
import { everyone } from './who.ts';

/** How often a call that the portal has forgotten is registered anew. */
const AGAIN_MAX = 2;
/** After so many failures a card that the portal does not take away holds up the end no more. */
const HIDES_FAILED_MAX = 8;

/** @throws DeliveryError, PortalError */
export async function ended(context: Context, job: Job): Promise<Outcome> {
  const { memory, call, decision, work } = job;
  if (memory.state.settled) return { outcome: 'done', note: 'It was done before' };
  const order = await orderOf(context, call);
  const notTaken = notTakenOf(order, call);
  const ending = notTaken === null ? endingOf(call, decision) : endingOfOrder(notTaken);
  const { status, known } = ending;
  if (work.delivery.attempts === 1) {
    context.users.countUnmapped(everyone(call, context.given));
    if (!known) count(context.counts.unknownResults, `cause ${call.result.cause}, ${call.result.dialStatus}`);
  }
  if (memory.state.callId === null && work.delivery.attempts > 1) await recallFinished(context, job);
  const registered = memory.state.finished === null && (await ensureRegistered(context, job, job.about));
  // What hangs on somebody in the portal, and not on a contact of ours that has no deal, needs no lead.
  const { created } = memory.state;
  const isKnown = (memory.state.finished?.activityId ?? null) !== null && (created.length === 0 || isComplete(created));
  const leadless = isKnown ? null : await leadOrWhyNot(context, job, registered);
  const finished = memory.state.finished ?? (await finishRegistered(context, job, ending));
  if (notTaken !== null) await tellFailed(context, job.about, finished.userId, notTaken);
  if (order !== null) await finishJoined(context, job, order, ending);
  const note = await settle(context, job, finished, leadless);
  return { outcome: 'done', note: note ?? `Registered with status ${status}` };
}

/** The lead that is wanted, or why the portal does not take it: that holds up neither the call nor its record and task. */
async function leadOrWhyNot(context: Context, job: Job, justSearched: boolean): Promise<string | null> {
  try {
    await ensureLead(context, job, justSearched);
    return null;
  } catch (thrown) {
    const error = asDeliveryError(thrown);
    if (!(error instanceof DeliveryError) || error.kind !== 'rejected') throw thrown;
    count(context.counts.leadless, error.message);
    return error.message;
  }
}

async function finishRegistered(context: Context, job: Job, ending: Ending): Promise<Finished> {
  const { memory } = job;
  const userId = await responsibleFor(context, job);
  // The card of whom the call is finished for goes by itself.
  const others = memory.state.shown.filter((shown) => shown !== userId);
  await hide(context, job, others, memory.state.hidesFailed >= HIDES_FAILED_MAX);
  // A repeat tells the same one, because the first may have had its effect: what was given since comes behind this by itself.
  if (!memory.state.asked.includes('finish')) memory.note({ mark: await context.given.mark(job.call.id) });
  try {
    return await finishOnce(context, job, userId, ending);
  } catch (error) {
    if (!(error instanceof ForgottenCall)) throw error;
    if (memory.state.again >= AGAIN_MAX)
      throw new DeliveryError('rejected', 'The portal forgets the call as often as it is registered', { cause: error });
    context.counts.forgotten++;
    const { asked, again } = memory.state;
    await memory.keep({ callId: null, shown: [], again: again + 1, asked: asked.filter((step) => step !== 'finish') });
    await ensureRegistered(context, job, job.about);
    return finishRegistered(context, job, ending);
  }
}

/**
 * A call that somebody clicked for while this one went on, and that was joined with it: the portal has it open under an id of its own, and would
 * give the next click on the number the same one.
 */
async function finishJoined(
  context: Context,
  { memory, about }: Job,
  order: PlacedOrder,
  ending: Ending,
): Promise<void> {
  const { crmCallId, extension } = order;
  if (crmCallId === null || crmCallId === memory.state.callId || memory.state.again > 0) return;
  const { users } = context;
  const userId = await users.firstOf([users.of(users.operatorAt(extension))], defaultsOf(context));
  await closeCall(context, new Memory({ state: { callId: crmCallId }, save: async () => {} }), about, userId, ending);
}

/** Who talked last; of a missed call whoever the policy says. */
async function responsibleFor(context: Context, { decision, memory, about }: Job): Promise<string> {
  const { users, given, portal } = context;
  const { name: crm } = given;
  if (!decision.missed) return users.firstOf([callUser(decision, crm)?.user], decision);
  const { client, created } = memory.state;
  const own = created[0]?.userId ?? null;
  const wanted = decision.missedOwner === 0 && own === null && client !== null;
  const owner = own ?? (wanted ? await ownerOf(portal, client, about) : null);
  const entityUser = owner !== null && users.mayWork(owner) ? owner : null;
  return users.firstOf([missedUser(decision, { crm, directory: given.directory(), entityUser })?.user], decision);
}

/**
 * What follows the end, each of which may be repeated: the new lead linked, entities moved to who is responsible, chosen fields written. A
 * portal that says no to one of these does not hold up the record and the task; the note tells.
 */
async function settle(context: Context, job: Job, finished: Finished, leadless: string | null): Promise<string | null> {
  const { memory } = job;
  const refused = leadless === null ? [] : [leadless];
  for (const step of [bindLead, moveCreated, changeExisting]) {
    try {
      await step(context, job, finished);
    } catch (error) {
      if (!(error instanceof PortalError) || (error.kind !== 'domain' && error.kind !== 'scope')) throw error;
      refused.push(error.message);
    }
  }
  if (refused.length > 0)
    context.given.logger.warn({ callId: job.call.id, refused }, 'Registered, but not all that follows');
  // Whoever sends it again, when the portal takes leads, wants the lead.
  memory.note({ settled: leadless === null });
  return refused.length > 0 ? `Registered, but: ${refused.join('; ')}` : null;
}

/** A lead per call although the client has an open one: the portal has put the activity to the old one alone. */
async function bindLead({ portal }: Context, { memory, decision, about }: Job, finished: Finished): Promise<void> {
  const lead = memory.state.created.find(({ entity }) => entity.type === 'LEAD')?.entity;
  if (decision.leadEach !== 'call' || lead === undefined || finished.activityId === null) return;
  const params = { activityId: finished.activityId, entityTypeId: 1, entityId: lead.id };
  await portal.call('crm.activity.binding.add', params, about).catch((error: unknown) => {
    const isBound = error instanceof PortalError && error.kind === 'domain';
    if (!isBound) throw error;
  });
}

/** After a transfer what the call made goes to who has the client now. */
async function moveCreated(context: Context, { memory, decision, about }: Job): Promise<void> {
  const { created } = memory.state;
  if (created.length === 0) return;
  const userId = await leadOwner(context, decision);
  for (const { entity } of created.filter((one) => one.userId !== userId)) {
    const method = `crm.${entity.type.toLowerCase()}.update`;
    await context.portal.call(method, { id: entity.id, fields: { ASSIGNED_BY_ID: userId } }, about);
  }
  memory.note({ created: created.map(({ entity }) => ({ entity, userId })) });
}

/** An entity that was there before: its owner by option, and the chosen fields. */
async function changeExisting(context: Context, job: Job, finished: Finished): Promise<void> {
  const { call, decision, memory, about } = job;
  const { client, created } = memory.state;
  const entity = client ?? created[0]?.entity ?? null;
  if (entity === null || phoneOf(decision) === null) return;
  const isOurs = created.some((one) => one.entity.type === entity.type && one.entity.id === entity.id);
  const move = decision.moveExisting && call.answered && !isOurs;
  const fields = { ...fieldValues(context, job), ...(move && { ASSIGNED_BY_ID: finished.userId }) };
  if (Object.keys(fields).length === 0) return;
  const params = { id: entity.id, fields, params: { REGISTER_SONET_EVENT: 'N' } };
  await context.portal.call(`crm.${entity.type.toLowerCase()}.update`, params, about);
}
