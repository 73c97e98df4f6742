// Bridges of CEL rows that do not name them: tables of older installations have no column `extra`.
import type { CelRow } from './cel-row.ts';

/**
 * Where a row has no `extra` it does not tell which bridge a channel is in, but `peer` names those whom it meets there. Without
 * either, everybody of one linkedid is taken to be in one bridge.
 */
export class GuessedBridges {
  /** By name, because that is what `peer` has. */
  readonly #byChannel = new Map<string, string>();
  readonly #hasPeer: boolean;
  #count = 0;

  constructor(hasPeer: boolean) {
    this.#hasPeer = hasPeer;
  }

  complete(row: CelRow): void {
    const { type, channel } = row;
    if (type === 'BRIDGE_ENTER') {
      const told = row.extra['bridge_id'];
      const bridge = typeof told === 'string' && told !== '' ? told : this.#guess(row);
      this.#byChannel.set(channel, bridge);
      row.extra['bridge_id'] = bridge;
    } else if (type === 'BRIDGE_EXIT') {
      if (typeof row.extra['bridge_id'] !== 'string') row.extra['bridge_id'] = this.#byChannel.get(channel) ?? '';
      this.#byChannel.delete(channel);
    } else if (type === 'HANGUP' || type === 'CHAN_END') {
      this.#byChannel.delete(channel);
    }
  }

  #guess(row: CelRow): string {
    if (!this.#hasPeer) return `linked-${row.linkedid}`;
    for (const peer of row.peer.split(',', 50)) {
      const bridge = peer === '' ? undefined : this.#byChannel.get(peer);
      if (bridge !== undefined) return bridge;
    }
    this.#count += 1;
    return `guessed-${row.uniqueid}-${this.#count}`;
  }
}
