// Into Bitrix24: how many calls a second pass through one portal, and how soon after the ring the request with the card is on its way.
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { printTable, writeResult } from '../report.ts';
import { measureOneByOne, measureThroughput, type Throughput } from './throughput.ts';
import { measureRings, type RingFigures } from './ring-to-request.ts';

const databases = ['sqlite', 'postgres'] as const;

/** @param args `--calls N` (3,000), `--rings N` (300), `--only throughput|rings`, `--database sqlite|postgres`, `--peer SECONDS` (30) */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      calls: { type: 'string', default: '3000' },
      rings: { type: 'string', default: '300' },
      only: { type: 'string' },
      database: { type: 'string' },
      peer: { type: 'string', default: '30' },
    },
  });
  const chosen = databases.filter((name) => values.database === undefined || values.database === name);
  const load = loadavg();
  const throughput: Throughput[] = [];
  const rings: RingFigures[] = [];
  if (values.only !== 'rings') {
    for (const known of [1, 0.5]) {
      for (const database of chosen)
        throughput.push(await measureThroughput({ calls: Number(values.calls), known, database }));
      throughput.push(await measureOneByOne(known, Number(values.peer)));
    }
    showThroughput(throughput);
  }
  if (values.only !== 'throughput') {
    for (const database of chosen) rings.push(...(await measureRings(database, Number(values.rings))));
    showRings(rings);
  }
  writeResult('bitrix24', { loadBefore: load, loadAfter: loadavg(), throughput, rings });
}

function showThroughput(figures: readonly Throughput[]): void {
  printTable(
    'Through one portal that takes 2 requests a second',
    ['who', 'clients', 'calls', 'calls/s', 'seconds in all', 'requests', 'commands', '503', 'leads'],
    figures.map(({ who, clients, calls, perSec, seconds, requests, commands, limited, leads }) => {
      return [who, clients, calls, perSec, seconds, requests, commands, limited, leads];
    }),
  );
}

function showRings(figures: readonly RingFigures[]): void {
  printTable(
    'From the manager event of the ring to the first byte of the request with the card, ms',
    ['from', 'database', 'rings', 'p50', 'p99', 'max', 'no card', 'a timer was late, p99', 'load'],
    figures.map(({ from, database, count, p50, p99, max, missing, machineP99, loadAverage }) => {
      return [from, database, count, p50, p99, max, missing, machineP99, loadAverage];
    }),
  );
}
