// A portal, a Patchcord, a PBX that plays a day at speed when it is told to, and one whose phones ring all the time, at the pace of people.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../lab/child.ts';
import { startPostgres } from '../../lab/databases.ts';
import { extensions } from '../bitrix24/clients.ts';
import { connectionTo, PatchcordProcess } from '../bitrix24/patchcord-process.ts';
import { type PbxProcess, startPbx } from '../bitrix24/pbx-process.ts';
import { PortalProcess } from '../bitrix24/portal-process.ts';
import { Rings } from '../bitrix24/rings.ts';

export interface DayGiven {
  calls: number;
  /** What the portal takes; 2 is the real limit. */
  requestsPerSec: number;
  /** Virtual time per real time. */
  speed: number;
  database: 'sqlite' | 'postgres';
}

export interface Office {
  portal: PortalProcess;
  patchcord: PatchcordProcess;
  rings: Rings;
  /** The PBX whose phones ring all the time. */
  live: PbxProcess;
  startDay: () => Promise<PbxProcess>;
  close(): Promise<void>;
}

const dayMs = 86_400_000;
/** Every two seconds a phone rings: with its answer, that is one live request a second of the two. */
const liveGapMs: [number, number] = [1_500, 2_500];

export async function openOffice({ calls, requestsPerSec, speed, database }: DayGiven): Promise<Office> {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-bench-'));
  const closing: (() => Promise<void> | void)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const step of closing.toReversed()) await step();
  };
  try {
    const server = database === 'postgres' ? await startPostgres() : null;
    if (server) closing.push(() => server.stop());
    const rate = { threshold: 25 * requestsPerSec, drainPerSecond: requestsPerSec };
    const portal = await PortalProcess.start({ rate, employees: extensions, knownClients: 0 });
    closing.push(() => portal.stop());
    const live = await startPbx({ seed: 3, staff: 190, gapMs: liveGapMs, kinds: ['in-answered'], speed: 1 });
    closing.push(() => live.stop());
    const rings = new Rings();
    const webhook = new URL(portal.webhook);
    const portalTap = await rings.beforePortal({ host: webhook.hostname, port: Number(webhook.port) });
    const liveTap = await rings.beforePbx('live', live);
    closing.push(
      () => portalTap.close(),
      () => liveTap.close(),
    );
    webhook.port = String(portalTap.port);
    const port = await freePort();
    const { username, secret, trunks } = live;
    const login = { host: '127.0.0.1', username, secret, trunks };
    const patchcord = await PatchcordProcess.start({
      folder,
      database: server?.url ?? `sqlite:${join(folder, 'patchcord.db')}`,
      pbx: [
        { name: 'day', port, ...login },
        { name: 'live', ...login, port: liveTap.port },
      ],
      crm: [connectionTo(webhook.href, requestsPerSec)],
    });
    closing.push(() => patchcord.stop());
    await patchcord.knows(extensions.length);
    const gapMs: [number, number] = [Math.round(dayMs / calls / 2), Math.round((dayMs / calls) * 1.5)];
    return {
      portal,
      patchcord,
      rings,
      live,
      startDay: async () => {
        const day = await startPbx({ seed: 1, staff: 190, port, calls, gapMs, speed });
        closing.push(() => day.stop());
        return day;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
