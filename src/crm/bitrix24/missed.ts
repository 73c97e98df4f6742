// A missed call becomes a task for somebody; when the client is reached it is closed.
import type { Decision } from '../../rules/decision.ts';
import { taskText } from '../../rules/task-text.ts';
import { missedUser } from '../../rules/responsible.ts';
import { addWorkingMin } from '../../people/working-time.ts';
import type { TaskTemplate } from '../../people/directory.ts';
import { DeliveryError, type Outcome } from '../../outbox/worker.ts';
import { idOf, recordOf, rowsOf, textOf } from './answers.ts';
import type { EntityRef, EntityType } from './call-state.ts';
import { ownerOf, responsiblesOf } from './client.ts';
import type { Context, Job } from './context.ts';
import { notify } from './notice.ts';
import { phoneOf } from './numbers.ts';
import { PortalError } from './portal.ts';
import { plainText } from './words.ts';

/** How the portal names the kind of an entity in the links of a task. */
const linkLetters: Readonly<Record<EntityType, string>> = { LEAD: 'L', DEAL: 'D', CONTACT: 'C', COMPANY: 'CO' };

/** @throws PortalError, DeliveryError */
export async function missed(context: Context, job: Job): Promise<Outcome> {
  const { call, decision, memory } = job;
  const { given } = context;
  // It may have been answered while nobody saw it.
  const template = decision.missed ? decision.task : null;
  const number = phoneOf(decision);
  if (template === null || number === null) return { outcome: 'dropped', note: 'No task is wanted for this call' };
  if (memory.state.taskId !== null) return { outcome: 'done', note: 'The task was there already' };
  if (!kindsOf(job).some((kind) => template.for.includes(kind)))
    return { outcome: 'dropped', note: `The template ${template.id} is not for such clients` };
  if (await given.tasks.reachedAfter(call)) {
    const made = memory.state.asked.includes('task') ? await findTask(context, job) : null;
    if (made !== null) await complete(context, job, made);
    return { outcome: 'dropped', note: 'Somebody has talked with the client since' };
  }
  const userId = await responsibleForTask(context, job, number);
  const taskId = await memory.once(
    'task',
    () => findTask(context, job),
    () => addTask(context, job, template, userId),
  );
  if ((await given.tasks.ofCall(call.id)).every((task) => task.taskId !== taskId))
    await given.tasks.add({ taskId, callId: call.id, number: decision.clientNumber ?? number });
  if (context.options.notifyMissed) await tellOfTask(context, job, userId, taskId);
  memory.note({ taskId });
  return { outcome: 'done', note: `Task ${taskId}` };
}

/** What the template asks: a lead that this very call made was an unknown client before. */
function kindsOf({ memory }: Job): TaskTemplate['for'] {
  const { client, created } = memory.state;
  if (client === null) return ['unknown'];
  if (created.length > 0) return ['unknown', 'lead'];
  return [client.type === 'LEAD' ? 'lead' : 'client'];
}

async function responsibleForTask(context: Context, job: Job, number: string): Promise<string> {
  const { users, given, options, portal } = context;
  const { decision, memory, about } = job;
  const { client, finished } = memory.state;
  // The call's own responsible was found by the same rule a moment ago.
  if (finished !== null && !options.workingDay) return users.firstOf([finished.userId], decision);
  let owner = decision.missedOwner === 0 && client !== null ? await ownerOf(portal, client, about) : null;
  if (owner !== null && options.workingDay) {
    const day = (await responsiblesOf(portal, number, about)).find(({ userId }) => userId === owner);
    if (day?.atWork === false) owner = null;
  }
  const entityUser = owner !== null && users.mayWork(owner) ? owner : null;
  const here = { crm: given.name, directory: given.directory(), entityUser };
  return users.firstOf([missedUser(decision, here)?.user], decision);
}

async function findTask({ portal }: Context, { call, about }: Job): Promise<string | null> {
  const params = { filter: { XML_ID: call.id }, select: ['ID', 'XML_ID'], start: -1 };
  const rows = rowsOf(recordOf((await portal.call('tasks.task.list', params, about)).result)['tasks']);
  return textOf(rows.find((row) => row['xmlId'] === call.id)?.['id']);
}

async function addTask(context: Context, job: Job, template: TaskTemplate, userId: string): Promise<string> {
  const { call, decision, memory, about } = job;
  const { given, portal } = context;
  const schedule = given.directory().schedules.find(({ id }) => id === (template.schedule ?? decision.line?.schedule));
  const deadlineMs = addWorkingMin(schedule ?? null, Date.parse(call.endedAt ?? call.startedAt), template.deadlineMin);
  const timeZone = schedule?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const { title, text } = taskText(template, call, plainDecision(decision), timeZone);
  const links = [...memory.state.created.map(({ entity }) => entity), memory.state.client].filter(
    (one) => one !== null,
  );
  const fields = {
    TITLE: title.slice(0, 250),
    DESCRIPTION: text,
    RESPONSIBLE_ID: userId,
    DEADLINE: new Date(deadlineMs).toISOString().replace(/\.[0-9]+Z$/, '+00:00'),
    XML_ID: call.id,
    UF_CRM_TASK: [...new Set(links.map(linkOf))],
  };
  const { result } = await portal.call('tasks.task.add', { fields }, about);
  const taskId = textOf(recordOf(recordOf(result)['task'])['id']);
  if (taskId === null) throw new PortalError('uncertain', 'NO_TASK_ID', 'The portal did not say which task it made');
  return taskId;
}

/** The portal reads BBCode in a task; a caller's name is text. */
function plainDecision(decision: Decision): Decision {
  return { ...decision, clientName: decision.clientName === null ? null : plainText(decision.clientName) };
}

function linkOf(entity: EntityRef): string {
  return `${linkLetters[entity.type]}_${entity.id}`;
}

/** The task is there: nobody is to be held up by its notice. */
async function tellOfTask(context: Context, job: Job, userId: string, taskId: string): Promise<void> {
  const { portal, words, given } = context;
  const { call, decision, about } = job;
  const client = [decision.clientNumber, decision.clientName].filter((part) => part !== null).join(', ');
  const link = `${portal.url()}company/personal/user/${userId}/tasks/task/view/${taskId}/`;
  const text = `${words.missedTask}: ${plainText(client)} ([URL=${link}]${taskId}[/URL])`;
  await notify(portal, about, { userId, text, tag: `MISSED|${call.id}` }).catch((error: unknown) => {
    given.logger.warn({ err: error, callId: call.id }, 'No notice of a missed call');
  });
}

/**
 * Somebody talked with the client: the tasks of his missed calls are done.
 * @throws PortalError
 */
export async function reached(context: Context, job: Job): Promise<Outcome> {
  const { number } = job.work.delivery;
  const open = number === null ? [] : await context.given.tasks.open(number);
  for (const { taskId } of open) {
    await complete(context, job, taskId);
    await context.given.tasks.close(taskId, job.call.id);
  }
  return open.length === 0
    ? { outcome: 'dropped', note: 'No task waits for this client' }
    : { outcome: 'done', note: `Done: ${open.map(({ taskId }) => taskId).join(', ')}` };
}

/** Done by hand or deleted is as good. */
async function complete({ portal }: Context, { about }: Job, taskId: string): Promise<void> {
  try {
    await portal.call('tasks.task.complete', { taskId }, about);
  } catch (error) {
    if (!(error instanceof PortalError) || error.kind !== 'domain') throw error;
    const params = { filter: { ID: taskId }, select: ['ID', 'STATUS'], start: -1 };
    const rows = rowsOf(recordOf((await portal.call('tasks.task.list', params, about)).result)['tasks']);
    const task = rows.find((row) => idOf(row['id']) === Number(taskId));
    const status = textOf(task?.['status']);
    // 4: done and waits for approval, 5: done.
    if (task !== undefined && status !== '4' && status !== '5')
      throw new DeliveryError('rejected', `Task ${taskId} could not be completed: ${error.message}`, {
        mend: 'Complete it in the portal by hand, or let the one who connected us complete tasks of others',
        cause: error,
      });
  }
}
