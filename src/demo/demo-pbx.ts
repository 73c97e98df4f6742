// The demo PBX: a server that speaks AMI on a loopback port and plays a small company's day.
import { createServer, type Server } from 'node:net';
import type { Directory } from '../people/directory.ts';
import { demoDirectory } from './demo-directory.ts';
import { makeWorld, type DayOptions } from './day.ts';
import { Pump } from './pump.ts';
import { Session, type Account } from './ami/session.ts';
import type { CallTruth } from './truth.ts';
import type { Step, World } from './world.ts';

export interface DemoPbxOptions extends Omit<DayOptions, 'startMs'> {
  /** Virtual time per real time: 1 unless given; Infinity plays as fast as the readers read. */
  readonly speed?: number;
  /** Any free one unless given. */
  readonly port?: number;
  /** Unix ms at which the day begins; now unless given. */
  readonly startMs?: number;
  /** Told of each call that has ended. */
  readonly onTruth?: (truth: CallTruth) => void;
}

export interface DemoPbx extends Account {
  readonly host: string;
  readonly port: number;
  /** Endpoints that are trunks. */
  readonly trunks: readonly string[];
  /** Whose mobiles are called when they do not answer at the desk. */
  readonly mobiles: readonly { readonly number: string; readonly extension: string }[];
  /** What the company's administrator has filled in. */
  readonly directory: Directory;
  /** Resolves when all is played and sent (with `calls` given), or stopped. */
  readonly finished: Promise<void>;
  stop(): Promise<void>;
}

const host = '127.0.0.1';
const account: Account = { username: 'patchcord', secret: 'demo' };

/**
 * Starts the demo PBX. The day begins when the first reader has logged in and wants to hear of calls.
 *
 * @throws the system's error when the port is taken.
 */
export async function startDemoPbx(options: DemoPbxOptions): Promise<DemoPbx> {
  const world = makeWorld({ ...options, startMs: options.startMs ?? Date.now() });
  const sessions = new Set<Session>();
  const pump = new Pump(world, { send: (step) => broadcast(sessions, step, options.onTruth) }, options.speed ?? 1);
  const server = createServer((socket) => {
    const session = new Session(socket, world, account, {
      listening: () => {
        pump.start();
      },
      before: () => {
        pump.catchUp();
      },
      after: () => {
        pump.flush();
      },
    });
    sessions.add(session);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sessions.delete(session));
  });
  await listen(server, options.port ?? 0);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    ...account,
    host,
    port: address.port,
    trunks: world.core.company.trunks,
    mobiles: mobilesOf(world),
    directory: demoDirectory(world.core.company),
    finished: pump.finished,
    async stop() {
      pump.stop();
      for (const session of sessions) session.close();
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}

function mobilesOf(world: World): { number: string; extension: string }[] {
  return world.core.company.staff.flatMap(({ mobile, extension }) =>
    mobile === null ? [] : [{ number: mobile, extension }],
  );
}

function broadcast(
  sessions: ReadonlySet<Session>,
  step: Step,
  onTruth: ((truth: CallTruth) => void) | undefined,
): Promise<void> | null {
  const behind = [...sessions].filter((session) => !session.send(step.events));
  for (const truth of step.truths) onTruth?.(truth);
  if (behind.length === 0) return null;
  return Promise.all(behind.map((session) => session.drained())).then(() => undefined);
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
