import { activityRow } from './crm-activities.ts';
import { toText } from './php.ts';
import type { PhpMap } from './php.ts';
import type { EntityRef, Push, StoredFile } from './state.ts';
import { taskRow } from './tasks.ts';
import type { World } from './world.ts';

export interface CallView {
  callId: string;
  externalCallId: string;
  /** Registered and not finished. */
  live: boolean;
  type: number;
  phone: string;
  line: string;
  /** The finish's user; the registered one while the call is live. */
  userId: number;
  registeredUserId: number;
  startMs: number;
  finishedMs: number | null;
  durationSeconds: number;
  /** STATUS_CODE of the finish; empty while the call is live. */
  code: string;
  vote: number;
  primary: EntityRef | null;
  bindings: EntityRef[];
  /** What this call's register created. */
  created: EntityRef[];
  /** Every activity with this call's origin; more than one is a double. */
  activities: PhpMap[];
  /** Records that are there now; more than one is a double left behind by an upload. */
  records: Omit<StoredFile, 'content'>[];
  /** Tasks whose XML_ID is this call's external id or CALL_ID. */
  tasks: PhpMap[];
  /** Who was shown and hidden the card, in order. */
  pushes: Push[];
}

const withoutContent = (file: StoredFile): Omit<StoredFile, 'content'> => {
  const shown: Partial<StoredFile> & Omit<StoredFile, 'content'> = { ...file };
  delete shown.content;
  return shown;
};

/** Every call that the portal knows, the live ones last, with all that hangs on it. */
export function viewCalls(world: World): CallView[] {
  const { state } = world;
  const pushes = Map.groupBy(state.pushes, ({ callId }) => callId);
  const rest = (callId: string, externalCallId: string) => ({
    activities: state.activities.where('origin', `VI_${callId}`).map((activity) => activityRow(world, activity)),
    records: state.files
      .where('callId', callId)
      .filter(({ present }) => present)
      .map(withoutContent),
    tasks: [externalCallId, callId]
      .filter((id) => id !== '')
      .flatMap((id) => state.tasks.where('xmlId', id).map((task) => taskRow(task, ['UF_CRM_TASK']))),
    pushes: pushes.get(callId) ?? [],
  });
  const finished = state.statistics.all().map((row) => ({
    ...row,
    live: false,
    ...rest(row.callId, row.externalCallId),
  }));
  const live = state.live.all().map((call) => ({
    ...call,
    live: true,
    registeredUserId: call.userId,
    finishedMs: null,
    durationSeconds: 0,
    code: '',
    vote: 0,
    ...rest(call.callId, call.externalCallId),
  }));
  return [...finished, ...live];
}

/** The users who see the card of each live call now, as the show and hide pushes left it. */
export function cardsNow(world: World): Map<number, string[]> {
  const shown = new Map<number, Set<string>>();
  for (const { kind, userId, callId } of world.state.pushes) {
    const cards = shown.get(userId) ?? new Set<string>();
    if (kind === 'show') cards.add(callId);
    else cards.delete(callId);
    shown.set(userId, cards);
  }
  const stillLive = (callId: string): boolean => world.state.live.where('callId', callId).length > 0;
  return new Map([...shown].map(([userId, cards]) => [userId, [...cards].filter(stillLive)]));
}

/** The tasks with their CRM links. */
export const viewTasks = (world: World): PhpMap[] =>
  world.state.tasks.all().map((task) => taskRow(task, ['UF_CRM_TASK']));

export const entityText = (ref: EntityRef | null): string => (ref ? `${ref.type} ${toText(ref.id)}` : '');
