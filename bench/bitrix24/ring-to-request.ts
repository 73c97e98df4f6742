// From the moment at which the manager interface says that a phone is called to the first byte of the request with the card.
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { company, lines } from '../../lab/company.ts';
import { startPostgres } from '../../lab/databases.ts';
import { openLab, type Stage } from '../../lab/lab.ts';
import { isInstalled } from '../../lab/places.ts';
import { extensions } from './clients.ts';
import { connectionTo, PatchcordProcess } from './patchcord-process.ts';
import { startPbx } from './pbx-process.ts';
import { PortalProcess } from './portal-process.ts';
import { type Quantiles, quantilesOf } from './quantiles.ts';
import { Rings } from './rings.ts';

export interface RingFigures extends Quantiles {
  from: string;
  database: string;
  /** The call was over before its card was sent: the outbox dropped it. */
  missing: number;
  /** How late a timer of this process was meanwhile, 99th percentile: what the machine takes from anybody, ms. */
  machineP99: number;
  loadAverage: number;
}

/** So that the limit is not what is measured: the portal takes everything. */
const requestsPerSec = 100;
/** The first ones pay for compiling. */
const warmUp = 10;
const phones = 3;
const timerMs = 10;

interface Source {
  name: string;
  address: { host: string; port: number };
  login: object;
  extensions: readonly string[];
  /** Lets so many phones ring, each in a call of its own; resolves when the last card had its time. */
  ring: (rings: Rings, count: number) => Promise<void>;
  close: () => Promise<void>;
}

/** With the demo PBX, and with a real Asterisk 22 where the lab is installed. */
export async function measureRings(database: 'sqlite' | 'postgres', count: number): Promise<RingFigures[]> {
  const figures = [await measure(await demoPbx(), database, count)];
  if (isInstalled(22)) figures.push(await measure(await asterisk(), database, count));
  else console.warn('Asterisk 22 is not installed (node lab/install.ts): the demo PBX alone rings');
  return figures;
}

async function measure(source: Source, database: 'sqlite' | 'postgres', count: number): Promise<RingFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-bench-'));
  const rings = new Rings();
  const closing: (() => Promise<void> | void)[] = [
    () => rmSync(folder, { recursive: true, force: true }),
    () => source.close(),
  ];
  try {
    const server = database === 'postgres' ? await startPostgres() : null;
    if (server) closing.push(() => server.stop());
    const portal = await PortalProcess.start({ rate: null, employees: source.extensions, knownClients: 0 });
    closing.push(() => portal.stop());
    const webhook = new URL(portal.webhook);
    const pbxTap = await rings.beforePbx('main', source.address);
    const portalTap = await rings.beforePortal({ host: webhook.hostname, port: Number(webhook.port) });
    closing.push(
      () => pbxTap.close(),
      () => portalTap.close(),
    );
    webhook.port = String(portalTap.port);
    const patchcord = await PatchcordProcess.start({
      folder,
      database: server?.url ?? `sqlite:${join(folder, 'patchcord.db')}`,
      pbx: [{ name: 'main', host: '127.0.0.1', port: pbxTap.port, ...source.login }],
      crm: [connectionTo(webhook.href, requestsPerSec)],
    });
    closing.push(() => patchcord.stop());
    await patchcord.knows(source.extensions.length);
    const fromMs = performance.now();
    const late = monitorEventLoopDelay({ resolution: timerMs });
    late.enable();
    await source.ring(rings, count + warmUp);
    late.disable();
    const machineP99 = Math.max(0, late.percentile(99) / 1e6 - timerMs);
    const all = rings.between(fromMs, Infinity).slice(warmUp, warmUp + count);
    const delays = all.flatMap(({ rangAtMs, cardAtMs }) => (cardAtMs === null ? [] : [cardAtMs - rangAtMs]));
    const missing = all.length - delays.length;
    const about = { from: source.name, database, missing, machineP99, loadAverage: loadavg()[0] ?? 0 };
    return { ...about, ...quantilesOf(delays) };
  } finally {
    for (const close of closing.toReversed()) await close();
  }
}

/** Four calls a second come in, each to one of 190 phones. */
async function demoPbx(): Promise<Source> {
  const pbx = await startPbx({ seed: 7, staff: 190, gapMs: [700, 1300], kinds: ['in-answered'], speed: 4 });
  return {
    name: 'demo PBX',
    address: pbx,
    login: { username: pbx.username, secret: pbx.secret, trunks: pbx.trunks },
    extensions,
    ring: async (rings, count) => {
      const want = rings.count + count;
      while (rings.count < want) await wait(100);
      await wait(1_000);
    },
    close: () => pbx.stop(),
  };
}

const user = {
  username: 'bench',
  secret: 'bench-secret',
  read: 'system,call,dialplan,agent,user',
  write: 'system,call,reporting',
};

/** Phones of the lab ring one call after the other, three at once. */
async function asterisk(): Promise<Source> {
  const companies = Array.from({ length: phones }, (_, index) => company(index));
  const lab = await openLab({
    version: 22,
    companies,
    users: [user],
  });
  return {
    name: 'Asterisk 22',
    address: { host: lab.asterisk.amiHost, port: lab.asterisk.amiPort },
    login: { username: user.username, secret: user.secret },
    extensions: companies.map((firm) => firm.extension(1)),
    ring: async (_rings, count) => {
      let left = count;
      const lane = async (stage: Stage): Promise<void> => {
        // Not the same client again at once: the end of his last call is still being told, and his next one waits for that.
        while (left-- > 0) await callOnce(stage, 1 + (left % 9));
      };
      await Promise.all(lab.stages.map(lane));
      await wait(1_000);
    },
    close: () => lab.close(),
  };
}

async function callOnce(stage: Stage, client: number): Promise<void> {
  stage.phone(1).habit = async (incoming) => {
    await wait(50 + Math.random() * 50);
    incoming.ring();
    await wait(150 + Math.random() * 50);
    incoming.answer();
  };
  const call = await stage.client(client).call(stage.company.line(lines.direct(1)));
  await call.answered();
  await wait(100 + Math.random() * 50);
  call.hangup();
  await stage.quiet();
  stage.reset();
}
