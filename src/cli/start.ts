import type { Settings } from '../settings/schema.ts';
import { readLocalToken } from '../settings/token.ts';
import { urlOf } from './api-client.ts';
import { CommandFailure } from './failure.ts';
import { giveBackMemory } from './give-back.ts';
import { findSettings } from './settings-file.ts';
import type { Terminal } from './terminal.ts';

/** A Patchcord that runs in this process. */
export interface Running {
  /** Where it listens, `host:port`; with port 0 in the settings this is the one that it got. */
  readonly address: string;
  /** Ends everything in order; open calls stay in the database for the next start. */
  stop(): Promise<void>;
}

export type Run = (settings: Settings, about: { settingsFile: string | null }) => Promise<Running>;

/** Longer than any orderly end takes; what still runs then is cut off. */
const stopMs = 10_000;

/**
 * `patchcord start`: runs until it is told to stop.
 * @param signals aborts at the first SIGINT or SIGTERM
 * @throws SettingsError; CommandFailure when it does not end in time; what `run` rejects with
 */
export async function start(
  options: { settings?: string },
  terminal: Terminal,
  signals: AbortSignal,
  run: Run,
): Promise<void> {
  const { settings, file } = findSettings(options.settings);
  terminal.note(introduction(settings, file));
  const running = await run(settings, { settingsFile: file });
  const token = readLocalToken(settings.data);
  terminal.note(
    `Patchcord runs: ${urlOf(running.address)}${token === null ? '' : ' (it asks for a token: npx patchcord token)'}. Ctrl-C ends.`,
  );
  giveBackMemory();
  if (!signals.aborted) await new Promise((resolve) => signals.addEventListener('abort', resolve, { once: true }));
  terminal.note('stopping');
  await inTime(running.stop());
}

function introduction(settings: Settings, file: string | null): string {
  if (settings.pbx.length > 0) {
    const names = settings.pbx.map(({ name, host, port }) => `${name} (${host}:${port})`).join(', ');
    return `Settings: ${file}. Asterisk: ${names}.`;
  }
  const why = file === null ? 'There is no patchcord.yaml here' : `${file} names no Asterisk`;
  return (
    `${why}: a DEMO company plays its day, its calls are invented.\n` +
    `To connect your Asterisk: ${file === null ? 'patchcord config sample > patchcord.yaml, fill in' : 'fill in'} pbx, patchcord doctor, start again.`
  );
}

async function inTime(stopped: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CommandFailure(`not stopped within ${stopMs / 1000} s`, null)), stopMs);
  });
  try {
    await Promise.race([stopped, late]);
  } finally {
    clearTimeout(timer);
  }
}
