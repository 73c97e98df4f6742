// The figures of the PBXs; the other parts register their own.
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Pbx } from '../pbx/pbx.ts';
import type { PbxOwner } from './pbx-owner.ts';

export function metricsOf(owners: readonly PbxOwner[]): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, value: (pbx: Pbx) => number): void => {
    const collect = (): void => {
      made.reset();
      for (const { pbx } of owners) if (pbx) made.set({ pbx: pbx.name }, value(pbx));
    };
    const made = new Gauge({ name, help, labelNames: ['pbx'], registers: [registry], collect });
  };
  gauge('patchcord_pbx_up', 'Whether the manager connection is up', (pbx) =>
    pbx.live.status().state === 'up' ? 1 : 0,
  );
  gauge('patchcord_pbx_events', 'Events received since start', (pbx) => pbx.live.status().events);
  gauge('patchcord_calls_open', 'Calls in progress', (pbx) => pbx.recorder.openCalls().length);
  gauge(
    'patchcord_results_unknown',
    'Ended calls whose cause and dial status gave no result, since start',
    (pbx) => pbx.recorder.status().unknownResults,
  );
  gauge('patchcord_facts_waiting', 'Facts that wait to be stored', (pbx) => pbx.recorder.status().waiting);
  return registry;
}
