import type { Delivery } from '../store/delivery.ts';
import type { Ending } from './finish.ts';

/** Told what happens to deliveries, for figures. */
export interface Observer {
  /** The worker is called; `waitedMs` since it was due or made, whichever was later. */
  begun(delivery: Delivery, waitedMs: number): void;
  /** The attempt ended, and that is stored. `tookMs`: from the first to the last moment in the worker. */
  ended(delivery: Delivery, to: Ending['to'], tookMs: number): void;
}
