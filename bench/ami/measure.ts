// A child process that measures one client: node measure.ts <client> <three|eight|probes> <port> <events>.
// Prints one line of JSON.
import { join } from 'node:path';
import type { BenchClient } from './clients/client.ts';
import { PROBES } from './probes.ts';

const [name = '', kind = '', port = '', count = ''] = process.argv.slice(2);
const client = (await import(join(import.meta.dirname, 'clients', `${name}.ts`))) as BenchClient;

if (kind === 'probes') probe();
else measure((event) => (kind === 'three' ? client.readThree(event) : client.readEight(event)), Number(count));

function measure(read: (event: never) => number, events: number): void {
  let seen = 0;
  let checksum = 0;
  let startedMs = 0;
  let cpu = process.cpuUsage();
  client.connect(Number(port), (event) => {
    if (seen === 0) {
      startedMs = performance.now();
      cpu = process.cpuUsage();
    }
    checksum += read(event);
    seen += 1;
    if (seen !== events) return;
    const seconds = (performance.now() - startedMs) / 1000;
    const used = process.cpuUsage(cpu);
    finish({
      eventsPerSecond: Math.round(events / seconds),
      cpuMicrosecondsPerEvent: (used.user + used.system) / events,
      memoryMb: Math.round(process.resourceUsage().maxRSS / 1024),
      checksum,
    });
  });
}

function probe(): void {
  const passed: Record<string, boolean> = Object.fromEntries(PROBES.map(({ name: title }) => [title, false]));
  const last = PROBES.at(-1)!.event;
  client.connect(Number(port), (event) => {
    const reader = client.reader(event);
    const found = PROBES.find((one) => one.event === reader.get('Event'));
    if (!found) return;
    passed[found.name] = found.passes(reader);
    if (found.event === last) finish(passed);
  });
  // A client that loses the last event is judged by those that it gave.
  setTimeout(() => finish(passed), 5_000);
}

function finish(result: object): never {
  console.log(JSON.stringify(result));
  process.exit();
}
