// Users of the portal, and which of them an operator is.
import type { Directory, Operator } from '../../people/directory.ts';
import { operatorByExtension, operatorByUser } from '../../people/lookups.ts';
import type { Decision } from '../../rules/decision.ts';
import type { Person } from '../../rules/parties.ts';
import { DeliveryError } from '../../outbox/worker.ts';
import type { CrmUser } from '../contract.ts';
import { recordOf, textOf } from './answers.ts';
import { count, type Counts } from './counts.ts';
import { PortalError, type Portal } from './portal.ts';

interface Of {
  /** The connection. */
  readonly name: string;
  readonly directory: () => Directory;
  readonly portal: Pick<Portal, 'call'>;
  readonly counts: Counts;
}

export class Users {
  #known: ReadonlyMap<string, CrmUser> = new Map();
  /** Who was refused as a user since the portal showed its users last. */
  readonly #refused = new Set<string>();
  #ownId: string | null = null;
  readonly #of: Of;

  constructor(of: Of) {
    this.#of = of;
  }

  /** What the portal said last; an empty answer never takes the place of a good one. */
  replace(users: readonly CrmUser[]): boolean {
    if (users.length === 0) return false;
    this.#known = new Map(users.map((user) => [user.id, user]));
    this.#refused.clear();
    return true;
  }

  get size(): number {
    return this.#known.size;
  }

  /** False only when the portal is known to have dismissed this user. */
  mayWork(userId: string): boolean {
    return !this.#refused.has(userId) && (this.#known.get(userId)?.active ?? true);
  }

  /** Whether the portal has shown this user; true while it has shown nobody yet. */
  isKnown(userId: string): boolean {
    return this.size === 0 || this.#known.has(userId);
  }

  of(operator: Operator | null | undefined): string | null {
    return operator?.crmUsers[this.#of.name] ?? null;
  }

  operatorOf(userId: string): Operator | null {
    return operatorByUser(this.#of.directory(), this.#of.name, userId);
  }

  operatorAt(extension: string): Operator | null {
    return operatorByExtension(this.#of.directory(), extension);
  }

  /** Those of them who are users here, in order, once each. */
  among(people: readonly Person[]): { userId: string; operator: Operator }[] {
    const found = new Map<string, { userId: string; operator: Operator }>();
    for (const { operator } of people) {
      const userId = this.of(operator);
      if (operator !== null && userId !== null && !found.has(userId)) found.set(userId, { userId, operator });
    }
    return [...found.values()];
  }

  /** Remembers which extensions have no user, for the status. */
  countUnmapped(people: readonly Person[]): void {
    for (const { extension, operator } of people)
      if (extension !== null && this.of(operator) === null) count(this.#of.counts.unmapped, extension);
  }

  /**
   * Who gets what nobody else gets: never nobody, because the portal takes no call without a user. Without a setting it is the user as whom
   * we come.
   * @throws PortalError, DeliveryError
   */
  async fallback(decision: Pick<Decision, 'defaultOperator' | 'defaultUser'>): Promise<string> {
    const set = [this.of(decision.defaultOperator), decision.defaultUser].find((id) => id !== null && this.mayWork(id));
    return set ?? (await this.own());
  }

  /** The user as whom we come to the portal. */
  async own(): Promise<string> {
    if (this.#ownId === null) {
      const profile = recordOf((await this.#of.portal.call('profile')).result);
      const id = textOf(profile['ID']);
      if (id === null)
        throw new DeliveryError('retry', 'The portal does not say as whom we come', {
          mend: `Set a default user for ${this.#of.name}`,
        });
      this.#ownId = id;
    }
    return this.#ownId;
  }

  /** The first who may work there, else whoever gets what nobody gets. */
  async firstOf(
    candidates: readonly (string | null | undefined)[],
    decision: Pick<Decision, 'defaultOperator' | 'defaultUser'>,
  ): Promise<string> {
    for (const userId of candidates) {
      if (userId === null || userId === undefined) continue;
      if (this.mayWork(userId)) return userId;
      this.#of.counts.dismissed++;
    }
    return this.fallback(decision);
  }

  /**
   * Asks the portal for something in the name of a user. When it knows him no more, in the name of whoever gets what nobody gets, and in the
   * end of the user as whom we come.
   * @throws PortalError
   */
  async inNameOf<T>(
    userId: string,
    decision: Pick<Decision, 'defaultOperator' | 'defaultUser'>,
    ask: (userId: string) => Promise<T>,
  ): Promise<T> {
    try {
      return await ask(userId);
    } catch (error) {
      if (!isNoUser(error)) throw error;
      this.#refused.add(userId);
      const next = await this.fallback(decision);
      if (next === userId) throw error;
      this.#of.counts.dismissed++;
      return this.inNameOf(next, decision, ask);
    }
  }
}

function isNoUser(error: unknown): boolean {
  return error instanceof PortalError && error.kind === 'domain' && /^User is not found/i.test(error.description);
}
