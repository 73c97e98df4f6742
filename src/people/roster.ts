// Operators while a CRM's users are merged into them: found by user and by extension without walking all of them.
import type { Operator } from './directory.ts';

export class Roster {
  readonly #crm: string;
  /** In the order in which they came first. */
  readonly #all = new Map<string, { operator: Operator; order: number }>();
  readonly #byUser = new Map<string, Set<string>>();
  readonly #byExtension = new Map<string, Set<string>>();

  /** @param crm the connection whose users are meant */
  constructor(operators: readonly Operator[], crm: string) {
    this.#crm = crm;
    for (const operator of operators) this.set(operator);
  }

  all(): Operator[] {
    return [...this.#all.values()].map(({ operator }) => operator);
  }

  has(id: string): boolean {
    return this.#all.has(id);
  }

  /** Adds the operator, or puts him in the place of the one with his id. */
  set(operator: Operator): void {
    const { id } = operator;
    const before = this.#all.get(id);
    if (before) for (const [index, key] of this.#keysOf(before.operator)) index.get(key)?.delete(id);
    for (const [index, key] of this.#keysOf(operator)) {
      const ids = index.get(key) ?? new Set();
      index.set(key, ids.add(id));
    }
    this.#all.set(id, { operator, order: before?.order ?? this.#all.size });
  }

  /** Whose user this is: the first one first. */
  ofUser(userId: string): Operator[] {
    return this.#found(this.#byUser.get(userId));
  }

  /** Who has the phone: the first active one. */
  holderOf(extension: string | null): Operator | null {
    const all = extension === null ? [] : this.#found(this.#byExtension.get(extension));
    return all.find(({ active }) => active) ?? null;
  }

  #keysOf({ crmUsers, extensions }: Operator): [Map<string, Set<string>>, string][] {
    const userId = crmUsers[this.#crm];
    const byExtension = extensions.map((one): [Map<string, Set<string>>, string] => [this.#byExtension, one]);
    return userId === undefined ? byExtension : [[this.#byUser, userId], ...byExtension];
  }

  #found(ids: ReadonlySet<string> | undefined): Operator[] {
    return [...(ids ?? [])]
      .flatMap((id) => this.#all.get(id) ?? [])
      .sort((a, b) => a.order - b.order)
      .map(({ operator }) => operator);
  }
}
