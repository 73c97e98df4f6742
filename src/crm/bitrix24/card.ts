// The card of a caller: shown to those whose phones ring, taken from those who need it no longer.
import type { Outcome } from '../../outbox/worker.ts';
import type { Context, Job } from './context.ts';
import { ensureLead } from './lead.ts';
import { phoneOf } from './numbers.ts';
import { PortalError } from './portal.ts';
import { ensureRegistered } from './register.ts';
import { ringing, talking } from './who.ts';

/** Nobody makes a client by hand while the phone still rings. */
const SEARCHED_MS = 60_000;

/** Phones ring: registers the call when it is new, and shows the card to everyone who rings now and does not see it yet. */
export async function card(context: Context, job: Job): Promise<Outcome> {
  const { decision, memory } = job;
  if (phoneOf(decision) === null) return { outcome: 'dropped', note: 'The number is withheld: there is no card' };
  const wanted = toShow(context, job);
  if (wanted.length === 0)
    return { outcome: 'dropped', note: 'Nobody rings any more who is to be shown a card and does not see it' };
  await ensureRegistered(context, job, job.about, wanted);
  await memory.flush();
  await show(context, job, toShow(context, job));
  return { outcome: 'done', note: `Shown to ${wanted.length}` };
}

/** Somebody took the call, or it went to another: the card stays with who talks and who rings. */
export async function answered(context: Context, job: Job): Promise<Outcome> {
  const { call, decision, memory, about } = job;
  if (call.direction !== 'inbound')
    return { outcome: 'dropped', note: 'The portal shows the card of a call that it ordered by itself' };
  if (phoneOf(decision) === null) return { outcome: 'dropped', note: 'The number is withheld: there is no card' };
  const wanted = toShow(context, job);
  const people = [...talking(call, context.given), ...ringing(call, context.given)];
  const here = context.users.among(people).map(({ userId }) => userId);
  const gone = memory.state.shown.filter((userId) => !here.includes(userId));
  const leadDue = decision.leadWanted && memory.state.finished === null;
  if (wanted.length > 0 || leadDue) await ensureRegistered(context, job, about, wanted);
  await memory.flush();
  // Together: the commands travel in one request.
  await Promise.all([hide(context, job, gone, true), show(context, job, toShow(context, job))]);
  const searchedMs = context.given.now() - (memory.state.registeredAtMs ?? 0);
  if (leadDue) await ensureLead(context, job, searchedMs < SEARCHED_MS);
  return { outcome: 'done' };
}

/** The call was a part of another one: what was shown for it is taken back. */
export async function merged(context: Context, job: Pick<Job, 'memory' | 'about'>): Promise<Outcome> {
  const { shown } = job.memory.state;
  if (shown.length === 0) return { outcome: 'dropped', note: 'No card was shown' };
  await hide(context, job, shown, false);
  return { outcome: 'done' };
}

/** Users who are to see the card now and do not: at ring or from the answer on, as each operator has it. */
function toShow({ users, given }: Context, { call, memory }: Job): string[] {
  const atRing = users.among(ringing(call, given)).filter(({ operator }) => operator.card === 'ring');
  const atAnswer = users.among(talking(call, given)).filter(({ operator }) => operator.card !== 'never');
  const ids = [...atAnswer, ...atRing].map(({ userId }) => userId);
  // What was asked before the call has an id was not answered: it is asked again.
  const shown = memory.state.callId === null ? [] : memory.state.shown;
  return [...new Set(ids)].filter((userId) => users.mayWork(userId) && !shown.includes(userId));
}

async function show(context: Context, { memory, about }: Job, userIds: readonly string[]): Promise<void> {
  if (userIds.length === 0) return;
  // Remembered first: a card that may have been shown has to be hidden.
  await memory.keep({ shown: [...memory.state.shown, ...userIds] });
  await context.portal.call('telephony.externalcall.show', { CALL_ID: memory.state.callId, USER_ID: userIds }, about);
}

/**
 * Takes the card from these users. After `finish` it could not be taken any more. Whether an answer that was lost had its effect does not matter:
 * it is asked again.
 * @param mayStay that a card stays open is no reason to hold up what follows; who may see it is still remembered
 * @throws PortalError when nothing can be asked of the portal now, or it is uncertain whether it was done
 */
export async function hide(
  context: Context,
  { memory, about }: Pick<Job, 'memory' | 'about'>,
  userIds: readonly string[],
  mayStay: boolean,
): Promise<void> {
  if (userIds.length === 0 || memory.state.callId === null) return;
  try {
    await context.portal.call('telephony.externalcall.hide', { CALL_ID: memory.state.callId, USER_ID: userIds }, about);
  } catch (error) {
    const kind = error instanceof PortalError ? error.kind : null;
    if (kind === 'uncertain') memory.note({ hidesFailed: memory.state.hidesFailed + 1 });
    if (kind !== 'domain' && (kind !== 'uncertain' || !mayStay)) throw error;
    context.given.logger.warn({ err: error, callId: memory.state.callId }, 'A card could not be taken away');
    if (kind === 'uncertain') return;
  }
  memory.note({ shown: memory.state.shown.filter((userId) => !userIds.includes(userId)) });
}
