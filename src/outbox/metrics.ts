import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Counts } from './counts.ts';
import type { Observer } from './observer.ts';

/** Registers the figures of the outbox in `registry`, which must not hold them yet. */
export function measureDeliveries(
  registry: Registry,
  read: { counts: () => Promise<ReadonlyMap<string, Counts>>; paused: () => readonly { crm: string; down: boolean }[] },
): Observer {
  const registers = [registry];
  const gauge = new Gauge({
    name: 'patchcord_deliveries',
    help: 'Deliveries that have not ended',
    labelNames: ['crm', 'state'],
    registers,
    async collect() {
      const counts = await read.counts().catch(() => new Map<string, Counts>());
      gauge.reset();
      for (const [crm, { waiting, working, rejected }] of counts) {
        gauge.set({ crm, state: 'waiting' }, waiting);
        gauge.set({ crm, state: 'working' }, working);
        gauge.set({ crm, state: 'rejected' }, rejected);
      }
    },
  });
  const down = new Gauge({
    name: 'patchcord_crm_down',
    help: 'Whether the connection is paused because it is down',
    labelNames: ['crm'],
    registers,
    collect() {
      for (const one of read.paused()) down.set({ crm: one.crm }, one.down ? 1 : 0);
    },
  });
  const waited = new Histogram({
    name: 'patchcord_delivery_wait_seconds',
    help: 'From the moment when a delivery was made or due until it was begun',
    labelNames: ['crm', 'live'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600, 3_600, 86_400],
    registers,
  });
  const worked = new Histogram({
    name: 'patchcord_delivery_work_seconds',
    help: 'How long one attempt took',
    labelNames: ['crm', 'kind'],
    buckets: [0.02, 0.1, 0.5, 2, 10, 60],
    registers,
  });
  const attempts = new Counter({
    name: 'patchcord_delivery_attempts_total',
    help: 'Attempts that ended, by what came of them',
    labelNames: ['crm', 'kind', 'to'],
    registers,
  });
  return {
    begun: ({ crm, live }, waitedMs) => waited.observe({ crm, live: String(live) }, waitedMs / 1_000),
    ended({ crm, kind }, to, tookMs) {
      worked.observe({ crm, kind }, tookMs / 1_000);
      attempts.inc({ crm, kind, to });
    },
  };
}
