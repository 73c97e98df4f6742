// Who gets what a call leaves behind. Who is not there any more, or is nobody in the CRM, is passed over.
import type { Directory, Operator } from '../people/directory.ts';
import { operatorByUser, userOf } from '../people/lookups.ts';
import type { Decision } from './decision.ts';

interface Whom {
  /** The connection where the operator must have a user; absent where operators themselves are responsible (the built-in CRM). */
  crm?: string;
}

type MissedDecision = Pick<Decision, 'missedOwner' | 'rangLast' | 'defaultOperator'>;
type LeadDecision = Pick<Decision, 'firstResponsible' | 'talked' | 'rangLast' | 'defaultOperator'>;

/**
 * Whose a missed call is, by `missedOwner`: 0 the responsible of the client's entity, 1 who rang last, 2 the default; each falls to the
 * next one down and never up.
 */
export function missedResponsible(
  decision: MissedDecision,
  about: Whom & { entityOwner: Operator | null },
): Operator | null {
  const all = [about.entityOwner, decision.rangLast, decision.defaultOperator];
  return firstOf(all.slice(decision.missedOwner), about);
}

/** Who gets a new client: the line's first responsible, who talked, who rang last, the default. */
export function leadResponsible(decision: LeadDecision, about: Whom = {}): Operator | null {
  return firstOf([decision.firstResponsible, decision.talked, decision.rangLast, decision.defaultOperator], about);
}

/** A user of a connection, and the operator who it is when there is one. */
export interface Responsible {
  user: string;
  operator: Operator | null;
}

/**
 * The same as `missedResponsible`, as a user of the connection: the owner of an entity need not be an operator, nor the default.
 * @param about.entityUser the user who is responsible for the client's entity; null when there is none or he has left
 */
export function missedUser(
  decision: MissedDecision & Pick<Decision, 'defaultUser'>,
  about: { crm: string; directory: Directory; entityUser: string | null },
): Responsible | null {
  const { crm, directory, entityUser } = about;
  if (decision.missedOwner === 0 && entityUser !== null) {
    const operator = operatorByUser(directory, crm, entityUser);
    if (!operator || operator.active) return { user: entityUser, operator };
  }
  return responsibleOf(missedResponsible(decision, { crm, entityOwner: null }), crm, decision.defaultUser);
}

/** The same as `leadResponsible`, as a user of the connection. */
export function leadUser(decision: LeadDecision & Pick<Decision, 'defaultUser'>, crm: string): Responsible | null {
  return responsibleOf(leadResponsible(decision, { crm }), crm, decision.defaultUser);
}

/** Whose a call is in the CRM: who talked last (or called), who rang last, the default. */
export function callUser(
  decision: Pick<Decision, 'talked' | 'rangLast' | 'defaultOperator' | 'defaultUser'>,
  crm: string,
): Responsible | null {
  const operator = firstOf([decision.talked, decision.rangLast, decision.defaultOperator], { crm });
  return responsibleOf(operator, crm, decision.defaultUser);
}

function firstOf(operators: readonly (Operator | null)[], { crm }: Whom): Operator | null {
  return operators.find((one) => one?.active && (crm === undefined || userOf(one, crm) !== null)) ?? null;
}

function responsibleOf(operator: Operator | null, crm: string, defaultUser: string | null): Responsible | null {
  const user = (operator && userOf(operator, crm)) ?? defaultUser;
  return user === null ? null : { user, operator };
}
