// What the tracker concludes. A fact is stored with its deliveries in one transaction before anyone outside hears of it.

export const factTypes = [
  'call.started',
  'call.changed',
  'call.answered',
  'call.transferred',
  'call.held',
  'call.resumed',
  'call.merged',
  'call.ended',
  'leg.started',
  'leg.answered',
  'leg.ended',
  'recording.started',
] as const;
export type FactType = (typeof factTypes)[number];

/**
 * One conclusion about one call.
 *
 * - `call.merged`: this call turned out to be a part of the call `into` (a consultation before a phone's attended transfer, a pickup, an unpark);
 *   whoever has shown it takes it back.
 * - `call.changed`: something without a fact of its own (stage, client's name, direction); the call object tells.
 */
export interface Fact {
  readonly type: FactType;
  readonly callId: string;
  /** Unix ms of the event that led to it. */
  readonly atMs: number;
  /** Index of the leg in the call object, for `leg.*`. */
  readonly leg?: number;
  /** The surviving call, for `call.merged`. */
  readonly into?: string;
}
