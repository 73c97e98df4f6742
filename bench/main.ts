import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { machine } from './report.ts';

// Every benchmark is a folder here with a `run.ts`, which exports `run(args)`: it prints its table and writes its
// figures to .bench/<name>.json.
const benchmarks: Record<string, string> = {
  ami: 'the AMI client against those of npm, on the same stream',
  tracker: 'events a second through the tracker, memory at 20,000 calls at once',
  history: 'pages, filters and number search over 10 million calls',
  'catch-up': 'CEL rows a second after an absence',
  latency: 'from the ring in Asterisk to the answer of the API',
  day: '24 simulated hours of a busy PBX',
  bitrix24: 'calls a second through one portal, from the ring to the request with the card',
  'bitrix24-day': '20,000 calls while the portal is down, and what follows',
};

interface Benchmark {
  run(args: string[]): Promise<void>;
}

const [name, ...args] = process.argv.slice(2);

if (name !== undefined && !Object.hasOwn(benchmarks, name)) {
  console.error(`there is no benchmark "${name}"; there are:\n`);
  for (const [known, what] of Object.entries(benchmarks)) console.error(`  ${known.padEnd(12)} ${what}`);
  process.exit(2);
}

const { cpu, cores, memoryGb, node, os } = machine();
console.log(`${cores} cores of ${cpu}, ${memoryGb} GB, ${os}, Node ${node}`);

for (const each of name === undefined ? Object.keys(benchmarks) : [name]) {
  if (!(await runOne(each, args))) process.exitCode = 1;
}

/** False when it failed. The others still run. */
async function runOne(each: string, options: string[]): Promise<boolean> {
  const file = join(import.meta.dirname, each, 'run.ts');
  if (!existsSync(file)) {
    console.error(`\n${each}: not built yet (bench/${each}/run.ts is missing)`);
    return false;
  }
  try {
    const benchmark = (await import(file)) as Benchmark;
    await benchmark.run(options);
    return true;
  } catch (error) {
    console.error(`\n${each}: failed:`, error);
    return false;
  }
}
