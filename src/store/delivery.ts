// One piece of work for one CRM: made with the fact it follows from, in the same transaction.

/**
 * - `card`: phones of operators ring, the CRM shows them who calls. Live.
 * - `answered`: somebody took the call: the card goes from the others. Live.
 * - `merged`: the call turned out to be a part of another one: what was shown is taken back. Live.
 * - `ended`: the call is registered with all that is known.
 * - `missed`: a missed call becomes work for somebody.
 * - `reached`: somebody talked with the client: tasks for his missed calls are closed.
 * - `encode`: a recording is found, waited for and made ready (the connection `recordings`, our own).
 * - `record`: a recording that is ready goes to the CRM.
 * - `mark`: the client has said how content he was; the adapter reads the mark fresh.
 * - `order-failed`: a call that the CRM ordered never came to be.
 * - `event`: the fact itself, for whoever takes all of them (webhooks).
 */
export const deliveryKinds = [
  'card',
  'answered',
  'merged',
  'ended',
  'missed',
  'reached',
  'encode',
  'record',
  'mark',
  'order-failed',
  'event',
] as const;
export type DeliveryKind = (typeof deliveryKinds)[number];

/**
 * - `waiting`: for its turn, its time or the end of a back-off.
 * - `working`: a process holds it under a lease; when the lease runs out it may be claimed again.
 * - `done`; `dropped`: on purpose, the note says why; `rejected`: the CRM will never take it as it is, a person decides.
 */
export const deliveryStates = ['waiting', 'working', 'done', 'dropped', 'rejected'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

export interface NewDelivery {
  /** Name of the connection. */
  crm: string;
  kind: DeliveryKind;
  /** Deliveries of one call to one CRM are worked one after another, in the order in which they were made. */
  callId: string;
  /** The client's canonical number: two deliveries to one CRM about one client are never worked at once. Null: about nobody. */
  number: string | null;
  /** Ahead of everything else; never rejected and not repeated for long, but dropped: what is late is worth nothing. */
  live: boolean;
  /** Plain JSON. */
  payload: Record<string, unknown>;
  /** Dropped when it was not begun by then (unix ms); null: never. */
  staleAtMs: number | null;
  /** Not before (unix ms); at once unless told. */
  dueAtMs?: number;
}

export interface Delivery extends NewDelivery {
  id: number;
  state: DeliveryState;
  /** How often it was begun, this time included. Above 1 the earlier attempt may have had its effect: look before repeating it. */
  attempts: number;
  createdAtMs: number;
  dueAtMs: number;
  endedAtMs: number | null;
  note: string | null;
  mend: string | null;
}
