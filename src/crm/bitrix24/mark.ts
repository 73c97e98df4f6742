// How content the client was. What is known before the call is finished goes with its finish (VOTE); later only the activity takes it.
import type { Outcome } from '../../outbox/worker.ts';
import type { Context, Job } from './context.ts';
import { PortalError } from './portal.ts';

/** @throws PortalError */
export async function mark(context: Context, job: Job): Promise<Outcome> {
  const { memory, call, about } = job;
  const { finished } = memory.state;
  const given = await context.given.mark(call.id);
  if (given === null) return { outcome: 'dropped', note: 'The call has no mark' };
  if (finished === null)
    return { outcome: 'dropped', note: 'The call is not finished in the portal: its mark is told with its end' };
  if (memory.state.mark === given) return { outcome: 'done', note: 'The portal has it already' };
  const { activityId: id } = finished;
  if (id === null)
    return { outcome: 'dropped', note: 'The call has no activity in the portal that could bear the mark' };
  try {
    const fields = { RESULT_MARK: resultMark(given), RESULT_VALUE: given };
    await context.portal.call('crm.activity.update', { id, fields }, about);
  } catch (error) {
    // Deleted, or not to be changed by whoever connected us: that holds up neither the record nor the task.
    if (!(error instanceof PortalError) || (error.kind !== 'domain' && error.kind !== 'scope')) throw error;
    context.given.logger.warn({ callId: call.id, err: error }, 'The portal did not take the mark of a call');
    return { outcome: 'dropped', note: `The portal did not take the mark: ${error.message}` };
  }
  memory.note({ mark: given });
  return { outcome: 'done', note: `Mark ${given} on activity ${id}` };
}

/** As the portal itself makes it of a VOTE: 1 negative, 2 positive, 3 neutral. */
function resultMark(given: number): number {
  if (given === 3) return 3;
  return given > 3 ? 2 : 1;
}
