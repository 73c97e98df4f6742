// Which calls there are, how often, and whom they need.
import {
  anonymousCaller,
  answered,
  busy,
  cancelled,
  declined,
  noAnswer,
  pickedUp,
  switchedOff,
  toMobile,
  toVoicemail,
} from './inbound.ts';
import { group, greetingAbandoned, menuAbandoned, queueAbandoned, queueAnswered, queueInVain } from './queues.ts';
import { attended, attendedByPhone, blind, parked } from './transfers.ts';
import {
  internal,
  outAnswered,
  outBusy,
  outCancelled,
  outCongestion,
  outNoAnswer,
  outWrongNumber,
} from './outbound.ts';
import type { Company } from '../company.ts';
import type { Random } from '../random.ts';
import type { Play, Scene } from '../play.ts';

export interface SceneKind {
  readonly name: string;
  readonly weight: number;
  readonly scene: (play: Play) => Scene;
  /** The people whom it takes, out of the free ones; null when they do not suffice. */
  readonly cast: (company: Company, free: readonly string[], random: Random) => string[] | null;
}

const anybody =
  (count: number): SceneKind['cast'] =>
  (_company, free, random) =>
    free.length < count ? null : random.sample(free, count);

const withMobile: SceneKind['cast'] = (company, free, random) => {
  const some = company.staff.filter((one) => one.mobile !== null && free.includes(one.extension));
  return some.length === 0 ? null : [random.pick(some).extension];
};

/** One to three free members of one queue, in the queue's order. */
const membersOfOneQueue: SceneKind['cast'] = (company, free, random) => {
  const ready = company.queues.map((queue) =>
    queue.members.map((one) => one.extension).filter((one) => free.includes(one)),
  );
  const some = ready.filter((members) => members.length > 0);
  if (some.length === 0) return null;
  const members = random.pick(some);
  const chosen = random.sample(members, random.int(1, 3));
  return members.filter((member) => chosen.includes(member));
};

export const sceneKinds: readonly SceneKind[] = [
  { name: 'in-answered', weight: 18, scene: answered, cast: anybody(1) },
  { name: 'in-anonymous', weight: 2, scene: anonymousCaller, cast: anybody(1) },
  { name: 'in-no-answer', weight: 3, scene: noAnswer, cast: anybody(1) },
  { name: 'in-cancelled', weight: 3, scene: cancelled, cast: anybody(1) },
  { name: 'in-busy', weight: 2, scene: busy, cast: anybody(1) },
  { name: 'in-declined', weight: 1, scene: declined, cast: anybody(1) },
  { name: 'in-switched-off', weight: 1, scene: switchedOff, cast: anybody(0) },
  { name: 'in-voicemail', weight: 3, scene: toVoicemail, cast: anybody(1) },
  { name: 'in-mobile', weight: 2, scene: toMobile, cast: withMobile },
  { name: 'in-picked-up', weight: 2, scene: pickedUp, cast: anybody(2) },
  { name: 'greeting-abandoned', weight: 2, scene: greetingAbandoned, cast: anybody(0) },
  { name: 'menu-abandoned', weight: 2, scene: menuAbandoned, cast: anybody(0) },
  { name: 'queue-answered', weight: 18, scene: queueAnswered, cast: membersOfOneQueue },
  { name: 'queue-abandoned', weight: 3, scene: queueAbandoned, cast: membersOfOneQueue },
  { name: 'queue-in-vain', weight: 2, scene: queueInVain, cast: anybody(0) },
  { name: 'group', weight: 5, scene: group, cast: anybody(3) },
  { name: 'transfer-blind', weight: 5, scene: blind, cast: anybody(2) },
  { name: 'transfer-attended', weight: 5, scene: attended, cast: anybody(2) },
  { name: 'transfer-by-phone', weight: 3, scene: attendedByPhone, cast: anybody(2) },
  { name: 'parked', weight: 2, scene: parked, cast: anybody(2) },
  { name: 'out-answered', weight: 12, scene: outAnswered, cast: anybody(1) },
  { name: 'out-busy', weight: 2, scene: outBusy, cast: anybody(1) },
  { name: 'out-no-answer', weight: 3, scene: outNoAnswer, cast: anybody(1) },
  { name: 'out-cancelled', weight: 2, scene: outCancelled, cast: anybody(1) },
  { name: 'out-wrong-number', weight: 1, scene: outWrongNumber, cast: anybody(1) },
  { name: 'out-congestion', weight: 1, scene: outCongestion, cast: anybody(1) },
  { name: 'internal', weight: 6, scene: internal, cast: anybody(2) },
];
