import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface PbxGiven {
  seed: number;
  staff: number;
  /** Any free one unless given. */
  port?: number;
  /** Endless unless given. */
  calls?: number;
  gapMs: [number, number];
  kinds?: string[];
  /** Virtual time per real time; null: as fast as it is read. */
  speed: number | null;
}

export interface PbxProcess {
  host: string;
  port: number;
  username: string;
  secret: string;
  trunks: string[];
  /** Resolves when all is played and sent, with how many calls there were, and how many of them with somebody outside. */
  finished: Promise<{ calls: number; withClient: number }>;
  stop(): Promise<void>;
}

/** The day begins when the first reader has logged in. */
export async function startPbx(given: PbxGiven): Promise<PbxProcess> {
  const child = fork(join(import.meta.dirname, 'pbx-child.ts'), [JSON.stringify(given)]);
  type Login = Omit<PbxProcess, 'host' | 'finished' | 'stop'>;
  const [login] = (await once(child, 'message')) as [Login];
  const finished = once(child, 'message').then(([counts]) => counts as { calls: number; withClient: number });
  finished.catch(() => undefined);
  return {
    host: '127.0.0.1',
    ...login,
    finished,
    async stop() {
      if (!child.connected) return;
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}
