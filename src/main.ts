// The one place where everything is wired: settings in, a running Patchcord out. Stops in the opposite order.
import { basename } from 'node:path';
import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { DemoPbx } from './demo/demo-pbx.ts';
import { listen } from './http/listen.ts';
import { createHttp } from './http/server.ts';
import type { PartStatus } from './http/status.ts';
import { TokenFile } from './http/token-file.ts';
import { createPbx, type Pbx } from './pbx/pbx.ts';
import { pbxStatus } from './pbx/status.ts';
import type { PbxSettings, Settings } from './settings/schema.ts';
import { DataFolderError, saveLocalToken, tokensFile } from './settings/token.ts';
import { openStore } from './store/open-store.ts';
import type { Store } from './store/store.ts';

const TIDY_MS = 60_000;
const DEMO_SEED = 1;

export interface RunningPatchcord {
  /** Where it listens, `host:port`. */
  readonly address: string;
  stop(): Promise<void>;
}

/**
 * @throws StoreError when the database cannot be opened; ListenError when the address is taken; DataFolderError when the folder of the setting `data` cannot be used
 */
export async function runPatchcord(
  settings: Settings,
  about: { settingsFile: string | null },
): Promise<RunningPatchcord> {
  const logger = pino({ level: settings.log.level }, pino.destination({ dest: 2, sync: false }));
  const store = await openStore(settings.database);
  const stops: (() => Promise<unknown> | void)[] = [() => store.close()];
  try {
    const demo = settings.pbx.length === 0 ? await startDemo() : null;
    if (demo) stops.push(() => demo.stop());
    const tuned: Settings = demo ? { ...settings, mobiles: [...settings.mobiles, ...demo.mobiles] } : settings;
    const pbxs: Pbx[] = [];
    for (const pbx of demo ? [demoSettings(demo)] : settings.pbx) {
      pbxs.push(await createPbx({ pbx, settings: tuned, store, logger, now: Date.now }));
    }
    // Before anyone can ask: calls that go on must not seem to be over.
    for (const pbx of pbxs) await pbx.recorder.restore();
    const address = await serve({ settings, about, store, pbxs, demo: demo !== null, logger, stops });
    for (const pbx of pbxs) {
      pbx.start();
      stops.push(() => pbx.stop());
    }
    keepTidy(store, stops);
    return { address, stop: () => stopAll(stops) };
  } catch (error) {
    await stopAll(stops);
    throw error;
  }
}

async function serve(given: {
  settings: Settings;
  about: { settingsFile: string | null };
  store: Store;
  pbxs: Pbx[];
  demo: boolean;
  logger: pino.Logger;
  stops: (() => Promise<unknown> | void)[];
}): Promise<string> {
  const { settings, store, pbxs } = given;
  const tokens = tokensIn(settings.data);
  const app = createHttp({
    store,
    live: { openCalls: () => pbxs.flatMap((pbx) => pbx.recorder.openCalls()) },
    status: async () => [
      await databaseStatus(store),
      ...pbxs.flatMap((pbx) => [
        ...pbxStatus(pbx.name, pbx.live.status(), pbx.recorder.status(), Date.now()),
        ...(pbx.past?.status() ?? []),
      ]),
    ],
    metrics: metricsOf(pbxs),
    tokens,
    logger: given.logger,
    about: {
      version: versionOf(),
      demo: given.demo,
      settingsFile: basename(given.about.settingsFile ?? 'patchcord.yaml'),
      pbxs: pbxs.map((pbx) => pbx.name),
    },
  });
  given.stops.push(() => app.close());
  return listen(app, settings.listen);
}

/** The API's tokens, with a new one for this machine. @throws DataFolderError */
function tokensIn(folder: string): TokenFile {
  try {
    const tokens = new TokenFile(tokensFile(folder));
    saveLocalToken(folder, tokens.addForThisRun('this machine', ['admin']));
    return tokens;
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw new DataFolderError(folder, error);
    throw error;
  }
}

async function databaseStatus(store: Store): Promise<PartStatus> {
  const { ok, message, mend } = await store.status();
  return { part: 'database', level: ok ? 'ok' : 'error', message, mend };
}

function metricsOf(pbxs: Pbx[]): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, value: (pbx: Pbx) => number): void => {
    const collect = (): void => {
      for (const pbx of pbxs) made.set({ pbx: pbx.name }, value(pbx));
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

async function startDemo(): Promise<DemoPbx> {
  const { startDemoPbx } = await import('./demo/demo-pbx.ts');
  return startDemoPbx({ seed: DEMO_SEED });
}

function demoSettings(demo: DemoPbx): PbxSettings {
  const { host, port, username, secret, trunks } = demo;
  return { name: 'demo', host, port, username, secret, tls: false, trunks: [...trunks], extensions: [] };
}

/** The store's upkeep: once a minute, and again at once while it says that more is waiting. */
function keepTidy(store: Store, stops: (() => void)[]): void {
  let timer: NodeJS.Timeout;
  const tidy = async (): Promise<void> => {
    // A database that does not answer is told by the status; its upkeep waits.
    const more = await store.tidy(Date.now()).catch(() => false);
    timer = setTimeout(() => void tidy(), more ? 50 : TIDY_MS);
  };
  timer = setTimeout(() => void tidy(), TIDY_MS);
  stops.push(() => clearTimeout(timer));
}

async function stopAll(stops: (() => Promise<unknown> | void)[]): Promise<void> {
  for (const stop of stops.reverse()) await stop();
}

function versionOf(): string {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  return manifest.version;
}
