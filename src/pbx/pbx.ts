// One Asterisk of the settings, put together: its tracker, its recorder, its live connection, and how they are.
import { Tracker } from '../calls/tracker.ts';
import { isAnonymous } from '../phones/anonymous.ts';
import { mobileOwners } from '../phones/mobiles.ts';
import { toE164 } from '../phones/number.ts';
import { rewriter } from '../phones/rewrite.ts';
import type { PbxSettings, Settings } from '../settings/schema.ts';
import type { Store } from '../store/store.ts';
import type { TrackerOptions } from '../calls/tracker.ts';
import { amiOptionsOf } from './ami-options.ts';
import { classifier, type Devices } from './endpoints.ts';
import { LivePbx } from './live.ts';
import type { Logger } from './logger.ts';
import { Recorder } from './recorder.ts';

export interface Pbx {
  readonly name: string;
  readonly live: LivePbx;
  readonly recorder: Recorder;
  /** For everything else that follows this PBX: the same classification, the same numbers. */
  readonly tracking: TrackerOptions;
}

/** What a tracker of this PBX is made with; CEL's tracker gets the same. */
export function trackingOf(pbx: PbxSettings, settings: Settings, devices: () => Devices): TrackerOptions {
  const ownerOf = mobileOwners(settings.mobiles, settings.region);
  const rewritten = rewriter(settings.rewrite.fromPbx);
  return {
    pbx: pbx.name,
    extensionOf: classifier(pbx, devices),
    ownerOf: (number) => ownerOf(number)?.extension ?? null,
    anonymous: isAnonymous,
    e164: (number) => toE164(rewritten(number).number, settings.region),
  };
}

/** Built, not started: `recorder.restore()`, then `live.start()`. */
export function createPbx(given: {
  pbx: PbxSettings;
  settings: Settings;
  store: Store;
  logger: Logger;
  now: () => number;
  onGap: () => void;
}): Pbx {
  const { pbx, store, logger } = given;
  let devices: () => Devices = () => new Map();
  const tracking = trackingOf(pbx, given.settings, () => devices());
  const recorder = new Recorder({ pbx: pbx.name, tracker: new Tracker(tracking), store, logger });
  const live = new LivePbx({
    name: pbx.name,
    ami: amiOptionsOf(pbx),
    recorder,
    logger,
    now: given.now,
    onGap: given.onGap,
  });
  devices = () => live.devices;
  return { name: pbx.name, live, recorder, tracking };
}
