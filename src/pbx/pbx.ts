// One Asterisk of the settings, put together: its tracker, its recorder, its live connection, and how they are.
import { Tracker } from '../calls/tracker.ts';
import { isAnonymous } from '../phones/anonymous.ts';
import { internalNumbers } from '../phones/internal.ts';
import { maskNumber } from '../phones/mask.ts';
import { toE164 } from '../phones/number.ts';
import { rewriter } from '../phones/rewrite.ts';
import type { PbxSettings, Settings } from '../settings/schema.ts';
import type { Store } from '../store/store.ts';
import type { TrackerOptions } from '../calls/tracker.ts';
import { amiOptionsOf } from './ami-options.ts';
import { classifier, type Devices } from './endpoints.ts';
import { LivePbx } from './live.ts';
import type { PastSource } from './past/past-source.ts';
import type { Logger } from './logger.ts';
import { Recorder } from './recorder.ts';

export interface Pbx {
  readonly name: string;
  readonly live: LivePbx;
  readonly recorder: Recorder;
  /** CEL and CDR; null when the settings name neither. */
  readonly past: PastSource | null;
  /** Connects; calls that were open at the last end must have been restored before. */
  start(): void;
  stop(): Promise<void>;
}

/** How long CEL waits for Asterisk to say which device is whose; then it goes by their names. */
const DEVICES_WAIT_MS = 10_000;

/** Asterisk writes the last rows of a call a moment after its end. */
const ROWS_WAIT_MS = 2_000;

/** Who is who among the employees, as far as the directory knows. */
export type People = Required<Pick<TrackerOptions, 'ownerOf' | 'operatorOf'>>;

/** What a tracker of this PBX is made with; CEL's tracker gets the same. */
export function trackingOf(
  pbx: PbxSettings,
  settings: Settings,
  devices: () => Devices,
  people: People,
): TrackerOptions {
  const rewritten = rewriter(settings.rewrite.fromPbx);
  return {
    pbx: pbx.name,
    extensionOf: classifier(pbx, devices),
    ...people,
    anonymous: isAnonymous,
    internal: internalNumbers(settings.internalNumbers),
    e164: (number) => toE164(rewritten(number).number, settings.region),
  };
}

/** Built, not started: `recorder.restore()`, then `start()`. CEL is read once the connection is there, and after every gap. */
export async function createPbx(given: {
  pbx: PbxSettings;
  settings: Settings;
  store: Store;
  logger: Logger;
  /** Unix ms. */
  now: () => number;
  people: People;
}): Promise<Pbx> {
  const { pbx, settings, store, logger, now, people } = given;
  let devices: () => Devices = () => new Map();
  const tracking = trackingOf(pbx, settings, () => devices(), people);
  const shown = settings.log.maskNumbers ? maskNumber : (number: string) => number;
  let completing: NodeJS.Timeout | undefined;
  const recorder = new Recorder({
    pbx: pbx.name,
    tracker: new Tracker(tracking),
    store,
    logger,
    shown,
    onGapEnded: () => {
      clearTimeout(completing);
      completing = setTimeout(() => void past?.catchUp(), ROWS_WAIT_MS);
    },
  });
  const past = pbx.cel || pbx.cdr ? await createPast({ pbx, tracking, store, logger, now, recorder }) : null;
  let waiting: NodeJS.Timeout | undefined;
  let reading = false;
  const readPast = (): void => {
    clearTimeout(waiting);
    if (reading) void past?.catchUp();
    else past?.start();
    reading = true;
  };
  const live = new LivePbx({ name: pbx.name, ami: amiOptionsOf(pbx), recorder, logger, now, onGap: readPast });
  devices = () => live.devices;
  return {
    name: pbx.name,
    live,
    recorder,
    past,
    start() {
      live.start();
      waiting = setTimeout(readPast, DEVICES_WAIT_MS);
    },
    async stop() {
      clearTimeout(waiting);
      await live.stop();
      clearTimeout(completing);
      await past?.stop();
      await recorder.stop();
    },
  };
}

async function createPast(given: {
  pbx: PbxSettings;
  tracking: TrackerOptions;
  store: Store;
  logger: Logger;
  now: () => number;
  recorder: Recorder;
}): Promise<PastSource> {
  // Loaded only where it is set up: it brings the drivers of three databases.
  const { PastSource } = await import('./past/past-source.ts');
  return new PastSource({ ...given, settled: () => given.recorder.idle() });
}
