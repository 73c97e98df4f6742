// CDR rows by linkedid, kept until nothing more is expected of them.
import type { CdrEntry } from './cdr-row.ts';

/** The rows of one linkedid. */
export interface CdrGroup {
  readonly linkedId: string;
  readonly entries: CdrEntry[];
  lastAtMs: number;
  /** Rows came since it was looked at. */
  isNew: boolean;
}

export class CdrGroups {
  readonly #groups = new Map<string, CdrGroup>();
  readonly #known = new Set<string>();

  /** A row that is known already changes nothing: tables without row numbers are read with an overlap. */
  take(entry: CdrEntry): void {
    const key = keyOf(entry);
    if (this.#known.has(key)) return;
    this.#known.add(key);
    const group = this.#groups.get(entry.linkedId) ?? {
      linkedId: entry.linkedId,
      entries: [],
      lastAtMs: 0,
      isNew: true,
    };
    group.entries.push(entry);
    group.lastAtMs = Math.max(group.lastAtMs, entry.endedAtMs);
    group.isNew = true;
    this.#groups.set(entry.linkedId, group);
  }

  /** Groups with something new whose last row ended before this. */
  quiet(beforeMs: number): CdrGroup[] {
    return [...this.#groups.values()].filter(({ isNew, lastAtMs }) => isNew && lastAtMs < beforeMs);
  }

  /** Lets go of groups whose last row ended before this. */
  forget(beforeMs: number): void {
    for (const group of this.#groups.values()) {
      if (group.lastAtMs >= beforeMs) continue;
      this.#groups.delete(group.linkedId);
      for (const entry of group.entries) this.#known.delete(keyOf(entry));
    }
  }
}

function keyOf({ uniqueId, sequence, startedAtMs, channel, dstChannel, lastApp }: CdrEntry): string {
  return `${uniqueId} ${sequence} ${startedAtMs} ${channel} ${dstChannel} ${lastApp}`;
}
