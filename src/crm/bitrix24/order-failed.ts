// A call that somebody clicked for, and that never came to be: the portal's own call is closed and the one who clicked is told.
import type { Call } from '../../calls/call.ts';
import { notTaken } from '../../pbx/orders/order.ts';
import type { PlacedOrder } from '../contract.ts';
import type { Decision } from '../../rules/decision.ts';
import type { Outcome, Work } from '../../outbox/worker.ts';
import { policyOf } from '../../rules/policy.ts';
import { operatorById } from '../../people/lookups.ts';
import type { Memory } from './call-state.ts';
import type { Context } from './context.ts';
import { finishOnce, ForgottenCall } from './finish.ts';
import { notify } from './notice.ts';
import type { About } from './portal.ts';
import { type Ending, orderStatus } from './status-code.ts';
import { plainText } from './words.ts';

export type Defaults = Pick<Decision, 'defaultOperator' | 'defaultUser'>;

export function defaultsOf({ given }: Context): Defaults {
  const directory = given.directory();
  const policy = policyOf(directory, given.name);
  return { defaultOperator: operatorById(directory, policy.defaultOperator), defaultUser: policy.defaultUser };
}

/** @throws PortalError */
export async function orderFailed(context: Context, work: Work, memory: Memory, about: About): Promise<Outcome> {
  const { orderId } = work.delivery.payload;
  const order = typeof orderId === 'string' ? await context.given.orders.byId(orderId) : null;
  if (order === null) return { outcome: 'dropped', note: 'The order is not known' };
  if (order.crmCallId === null) return { outcome: 'dropped', note: 'The portal knows nothing of the order' };
  const { users } = context;
  const userId = await users.firstOf([users.of(users.operatorAt(order.extension))], defaultsOf(context));
  memory.note({ callId: order.crmCallId });
  const ending = endingOfOrder(order);
  const isClosed = await closeCall(context, memory, about, userId, ending);
  await tellFailed(context, about, userId, order);
  return {
    outcome: 'done',
    note: isClosed ? `Closed with status ${ending.status}` : 'The portal had closed it already',
  };
}

/** The order of this portal that a call came from, or that became a part of it. */
export async function orderOf({ given }: Context, call: Call): Promise<PlacedOrder | null> {
  const order = await given.orders.ofCall(call);
  return order?.crm === given.name ? order : null;
}

/** The same order, when the call was not answered because its operator did not take it: the client was never dialled. */
export function notTakenOf(order: PlacedOrder | null, call: Call): PlacedOrder | null {
  if (order === null || call.answered || call.direction === 'inbound') return null;
  // What Asterisk said of the operator's phone goes before what the call looks like.
  if (order.state === 'answered') return null;
  const reason = notTaken(call, order.extension);
  return reason === null ? null : { ...order, reason };
}

export function endingOfOrder(order: Pick<PlacedOrder, 'kind' | 'reason'>): Ending {
  return { status: orderStatus(order), durationSec: 0, reason: order.reason, known: true };
}

/** Tells whoever clicked why nothing came of it. */
export async function tellFailed(
  context: Context,
  about: About,
  userId: string,
  { id, number, reason }: PlacedOrder,
): Promise<void> {
  const { orderFailed: what, reasons } = context.words;
  const why = reasons[reason ?? ''] ?? reason ?? '—';
  await tell(context, about, userId, { text: `${what} (${plainText(number)}): ${why}`, tag: id });
}

/** Whether there was a call to close. */
export async function closeCall(
  context: Context,
  memory: Memory,
  about: About,
  userId: string,
  ending: Parameters<typeof finishOnce>[3],
): Promise<boolean> {
  try {
    await finishOnce(context, { memory, about, decision: defaultsOf(context) }, userId, ending);
    return true;
  } catch (error) {
    if (error instanceof ForgottenCall) return false;
    throw error;
  }
}

/** A notice to whoever clicked; that it cannot be given holds nothing up. */
export async function tell(
  { portal, given }: Context,
  about: About,
  userId: string,
  notice: { text: string; tag: string },
): Promise<void> {
  const { text, tag } = notice;
  await notify(portal, about, { userId, text, tag: `ORDER|${tag}` }).catch((error: unknown) => {
    given.logger.warn({ err: error }, 'Nobody could be told that a call was not made');
  });
}
