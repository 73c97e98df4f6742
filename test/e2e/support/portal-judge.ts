// What a portal must hold after a scenario, worked out from what the people in it did; the adapter took no part.
import { vi } from 'vitest';
import type { Company } from '../../../lab/company.ts';
import type { Stage } from '../../../lab/lab.ts';
import type { ExpectedCall, ExpectedLeg, Scenario } from '../../../lab/scenarios/scenario.ts';
import { toText } from '../../fakes/bitrix24/php.ts';
import type { CallView } from '../../fakes/bitrix24/view.ts';
import { Follower } from './follower.ts';
import { adminUser, type PortalOffice, userOf } from './portal-office.ts';

/** After the last channel is gone: registration, record (a file must look finished twice, 2 s apart) and task. */
const settledMs = 40_000;

export interface ExpectedInPortal {
  type: 1 | 2;
  /** Each of them is right. */
  users: number[];
  code: string;
  talked: boolean;
  /** Undefined: when Asterisk said that it records. */
  recorded: boolean | undefined;
  lead: boolean;
}

const rang = new Set(['no-answer', 'rejected', 'caller-cancelled', 'elsewhere', 'answered']);

/** Codes of outbound calls that came to nothing, by what the far end (or the operator who was called first) did. */
const failures: Record<string, string> = {
  out_busy: '486',
  out_declined: '603',
  out_no_answer: '304',
  out_wrong_number: '404',
  out_provider_fails: '500',
  out_cancelled: '304',
  click_operator_no_answer: '304',
  click_local_operator_declines: '304',
  click_operator_busy: '486',
  click_operator_declines: '603',
  click_client_busy: '486',
  click_client_no_answer: '304',
  click_client_first_no_answer: '304',
};

/** One per call with a client; internal calls are none of the portal's business. `missedOwner` is 1: who rang last, else the administrator. */
export function expectedInPortal(scenario: Scenario, firm: Company): ExpectedInPortal[] {
  return scenario
    .expect(firm)
    .filter(({ direction }) => direction !== 'internal')
    .map((call) => ({
      type: call.direction === 'inbound' ? 2 : 1,
      users: usersOf(call),
      code: call.answered ? '200' : call.direction === 'inbound' ? '304' : (failures[scenario.name] ?? '?'),
      talked: call.answered,
      recorded: call.recorded,
      lead: call.client !== null,
    }));
}

function usersOf(call: ExpectedCall): number[] {
  if (call.responsible !== null) return [userOf(call.responsible)];
  const legs = call.legs.filter(didRing);
  const people = legs.flatMap((leg) => leg.extension ?? leg.of ?? []);
  // Of those who rang at once any may be the last.
  return people.length > 0 ? people.map(userOf) : [adminUser];
}

/** Whatever the outcome was of those that would be right. */
function didRing({ outcome }: ExpectedLeg): boolean {
  return outcome !== undefined && [outcome].flat().every((one) => rang.has(one));
}

/** Plays a scenario and gives what is wrong in the portal afterwards; an empty list when all is right. */
export async function playIntoPortal(scenario: Scenario, stage: Stage, office: PortalOffice): Promise<string[]> {
  forget(stage.company, office);
  const expected = expectedInPortal(scenario, stage.company);
  const ours = scenario.expect(stage.company).length;
  const { calls, ids } = await playAndSee(stage, office, ours, () => scenario.play(stage));
  const recorded = await recordedByAsterisk(ids, office);
  const faults = judge(calls, expected, recorded, office);
  if (faults.length === 0) return [];
  return [
    ...faults,
    `what happened: ${scenario.intent}`,
    ...calls.map((call) => `the portal holds: ${JSON.stringify(call)}`),
    ...(await Promise.all(ids.map((id) => deliveriesOf(id, office)))).map((all) => JSON.stringify(all)),
  ];
}

/** Plays, waits until `ended` calls of the firm have ended and all of their deliveries too, and gives what is new in the portal. */
export async function playAndSee(
  stage: Stage,
  office: PortalOffice,
  ended: number,
  play: () => Promise<void>,
): Promise<{ calls: CallView[]; ids: string[] }> {
  const { patchcord } = office;
  const known = new Set(finishedOf(stage.company, office));
  const follower = new Follower(patchcord, stage.company, (await patchcord.live()).seq);
  try {
    await play();
    await stage.quiet();
    await follower.until(
      (heard) => heard.ended.length >= ended && heard.ended.length + heard.merged.size === heard.ids.length,
      settledMs,
    );
    await vi.waitFor(() => allDelivered(follower.ids, office), { timeout: settledMs, interval: 200 });
    const calls = callsOf(stage.company, office).filter(({ callId }) => !known.has(callId));
    return { calls, ids: follower.ended };
  } finally {
    stage.reset();
    await stage.quiet();
  }
}

const finishedOf = (firm: Company, office: PortalOffice): string[] =>
  callsOf(firm, office)
    .filter(({ live }) => !live)
    .map(({ callId }) => callId);

export interface SeenDelivery {
  kind: string;
  state: string;
  note: string | null;
  mend: string | null;
}

/** What Patchcord says of its work for a call, newest first. */
export async function deliveriesOf(callId: string, { patchcord }: PortalOffice): Promise<SeenDelivery[]> {
  const answer = (await patchcord.get(`/deliveries?call=${encodeURIComponent(callId)}`)) as {
    deliveries: SeenDelivery[];
  };
  return answer.deliveries;
}

/** The calls, by their ids in our history, of which Asterisk said that it records, and in which somebody talked. */
async function recordedByAsterisk(ids: readonly string[], { patchcord }: PortalOffice): Promise<Set<string>> {
  const calls = await Promise.all(ids.map((id) => patchcord.call(id)));
  return new Set(calls.filter(({ recordings, talkMs }) => recordings.length > 0 && talkMs > 0).map(({ id }) => id));
}

/** A client of the firm is unknown again, so that scenarios do not depend on each other. */
export function forget(firm: Company, { portal }: PortalOffice): void {
  const numbers = new Set(numbersOf(firm));
  const leads = portal.state.entities.LEAD;
  for (const { id, phones } of leads.all()) {
    if (phones.some(({ value }) => numbers.has(value.replaceAll(/\D/g, '')))) leads.remove(id);
  }
}

const numbersOf = (firm: Company): string[] => [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => firm.client(n));

export type PortalCalls = Pick<PortalOffice, 'portal'>;

export function callsOf(firm: Company, { portal }: PortalCalls): CallView[] {
  const numbers = new Set(numbersOf(firm));
  return portal
    .calls()
    .filter(({ phone, registeredUserId }) => numbers.has(phone.replaceAll(/\D/g, '')) || isOf(firm, registeredUserId));
}

/** A withheld number tells nothing of the firm; the user does. */
const isOf = (firm: Company, user: number): boolean =>
  [1, 2, 3, 4, 5, 6].some((n) => userOf(firm.extension(n)) === user);

/** @throws Error while something goes on */
export async function allDelivered(ids: readonly string[], office: PortalOffice): Promise<void> {
  for (const id of ids) {
    const going = (await deliveriesOf(id, office)).filter(({ state }) => state !== 'done' && state !== 'dropped');
    if (going.length > 0) throw new Error(`of ${id} go on: ${JSON.stringify(going)}`);
  }
}

export function judge(
  calls: CallView[],
  expected: ExpectedInPortal[],
  recorded: ReadonlySet<string>,
  office: PortalOffice,
): string[] {
  const faults =
    calls.length === expected.length ? [] : [`${calls.length} calls in the portal instead of ${expected.length}`];
  // The portal keeps whole seconds; our id ends in the number of Asterisk's channel.
  const inOrder = calls.toSorted((a, b) => a.startMs - b.startMs || serial(a) - serial(b));
  const users = calls.map(({ userId }) => String(userId));
  return [
    ...faults,
    ...expected.flatMap((want, at) => {
      const call = inOrder[at];
      return call === undefined
        ? []
        : wrongIn(call, { ...want, recorded: want.recorded ?? recorded.has(call.externalCallId) }, users, office).map(
            (fault) => `call ${at + 1}: ${fault}`,
          );
    }),
  ];
}

/** `users`: who has one of the scenario's calls; several of one client have one lead. */
export function wrongIn(
  call: CallView,
  want: ExpectedInPortal,
  users: string[],
  { portal }: Pick<PortalOffice, 'portal'>,
): string[] {
  const faults: string[] = [];
  const must = (holds: boolean, fault: string): void => {
    if (!holds) faults.push(fault);
  };
  must(!call.live, 'was never finished');
  must(call.type === want.type, `type ${call.type} instead of ${want.type}`);
  must(call.code === want.code, `code ${call.code} instead of ${want.code}`);
  must(want.users.includes(call.userId), `user ${call.userId} instead of ${want.users.join(' or ')}`);
  must(call.durationSeconds > 0 === want.talked, `duration ${call.durationSeconds}`);
  const activities = want.lead ? 1 : 0;
  must(call.activities.length === activities, `${call.activities.length} activities instead of ${activities}`);
  const records = want.recorded ? 1 : 0;
  must(call.records.length === records, `${call.records.length} records instead of ${records}`);
  must(
    call.records.every(({ bytes }) => bytes > 500),
    'an empty record',
  );
  const shown = new Map<number, string>();
  for (const { kind, userId } of call.pushes) shown.set(userId, kind);
  must(![...shown.values()].includes('show'), `cards left open: ${JSON.stringify(call.pushes)}`);
  if (want.lead) {
    const leads = portal.state.entities.LEAD.all().filter(({ phones }) =>
      phones.some(({ value }) => same(value, call.phone)),
    );
    must(leads.length === 1, `${leads.length} leads`);
    must(
      leads.every(({ fields }) => users.includes(toText(fields['ASSIGNED_BY_ID']))),
      `the lead is ${leads.map(({ fields }) => toText(fields['ASSIGNED_BY_ID'])).join()}’s and not ${call.userId}’s`,
    );
  }
  return faults;
}

const serial = ({ externalCallId }: CallView): number => Number(/(\d+)$/.exec(externalCallId)?.[1] ?? 0);

const same = (one: string, other: string): boolean => one.replaceAll(/\D/g, '') === other.replaceAll(/\D/g, '');
