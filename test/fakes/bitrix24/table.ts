/** Rows by id, with the few look-ups that twenty thousand calls need to be fast. */
export class Table<T extends { id: number }, K extends string = never> {
  readonly #rows = new Map<number, T>();
  readonly #keys: Record<K, (row: T) => string[]>;
  readonly #index = new Map<string, Set<T>>();
  readonly #placed = new Map<T, string[]>();
  #last = 0;

  constructor(keys: Record<K, (row: T) => string[]>) {
    this.#keys = keys;
  }

  nextId(): number {
    this.#last += 1;
    return this.#last;
  }

  add(row: T): T {
    this.#last = Math.max(this.#last, row.id);
    this.#rows.set(row.id, row);
    this.changed(row);
    return row;
  }

  /** To be told after a change of anything that is looked up by. */
  changed(row: T): void {
    this.#unplace(row);
    const places = Object.entries<(row: T) => string[]>(this.#keys).flatMap(([key, values]) =>
      values(row).map((value) => `${key}=${value}`),
    );
    this.#placed.set(row, places);
    for (const place of places) {
      const found = this.#index.get(place);
      if (found) found.add(row);
      else this.#index.set(place, new Set([row]));
    }
  }

  remove(id: number): boolean {
    const row = this.#rows.get(id);
    if (!row) return false;
    this.#unplace(row);
    return this.#rows.delete(id);
  }

  get(id: number): T | undefined {
    return this.#rows.get(id);
  }

  /** The rows with this value, lowest id first. */
  where(key: K, value: string): T[] {
    return [...(this.#index.get(`${key}=${value}`) ?? [])].sort((a, b) => a.id - b.id);
  }

  all(): T[] {
    return [...this.#rows.values()];
  }

  get size(): number {
    return this.#rows.size;
  }

  #unplace(row: T): void {
    for (const place of this.#placed.get(row) ?? []) {
      const found = this.#index.get(place);
      found?.delete(row);
      if (found?.size === 0) this.#index.delete(place);
    }
    this.#placed.delete(row);
  }
}
