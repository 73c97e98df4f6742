// From the AMI to the database by the parts of the live source; but for the time of an event, which is the PBX's own, because the day passes
// a thousand times as fast as it would.
import { AmiClient, type AmiMessage } from '../../src/ami/index.ts';
import { Tracker } from '../../src/calls/tracker.ts';
import { AmiTranslator } from '../../src/pbx/ami-events.ts';
import { askDevices, type Devices } from '../../src/pbx/endpoints.ts';
import { eventClasses, eventFilters } from '../../src/pbx/live.ts';
import { trackingOf } from '../../src/pbx/pbx.ts';
import { Recorder } from '../../src/pbx/recorder.ts';
import { mobileOwners } from '../../src/phones/mobiles.ts';
import { settingsSchema } from '../../src/settings/schema.ts';
import type { Mobile } from '../../src/phones/mobiles.ts';
import type { Store } from '../../src/store/store.ts';

/** Facts that may wait for the database before reading stops. */
const waitingFacts = 5000;
const confirmMs = 3_600_000;

export const pbxName = 'day';

export interface PipelineOptions {
  readonly port: number;
  readonly username: string;
  readonly secret: string;
  readonly store: Store;
  readonly mobiles: readonly Mobile[];
  /** Told of the time of the PBX as it passes, unix ms. */
  readonly onTime: (atMs: number) => void;
}

export class Pipeline {
  readonly client: AmiClient;
  readonly tracker: Tracker;
  readonly recorder: Recorder;
  events = 0;
  private readonly translator = new AmiTranslator();
  private readonly onTime: (atMs: number) => void;
  private devices: Devices = new Map();
  private atMs = 0;
  private confirmAtMs = 0;
  private waiting = false;

  constructor({ port, username, secret, store, mobiles, onTime }: PipelineOptions) {
    this.onTime = onTime;
    const pbx = { name: pbxName, host: '127.0.0.1', port, username, secret };
    const settings = settingsSchema.parse({ pbx: [pbx], mobiles: [...mobiles] });
    const [own] = settings.pbx;
    if (!own) throw new Error('the settings have lost the PBX');
    const ownerOf = mobileOwners([...mobiles], settings.region);
    const people = { ownerOf: (number: string) => ownerOf(number)?.extension ?? null, operatorOf: () => null };
    this.tracker = new Tracker(trackingOf({ ...own, secret }, { ...settings, pbx: [] }, () => this.devices, people));
    const quiet = (): void => {};
    const logger = { error: console.error, warn: console.warn, info: quiet, debug: quiet };
    this.recorder = new Recorder({ pbx: pbxName, tracker: this.tracker, store, logger, shown: String });
    this.client = new AmiClient({ ...pbx, events: eventClasses, filters: eventFilters });
    this.client.on('event', (message) => this.take(message));
    this.client.on('up', () => void this.begin());
  }

  private async begin(): Promise<void> {
    this.devices = await askDevices(this.client);
  }

  private take(message: AmiMessage): void {
    this.events++;
    const stamp = Number(message.get('Timestamp'));
    if (stamp > 0) this.passTo(Math.round(stamp * 1000));
    for (const event of this.translator.translate(message, this.atMs)) this.recorder.take(event);
    if (!this.waiting && this.recorder.status().waiting > waitingFacts) void this.catchUp();
  }

  /** The list of channels is asked for again and again, as by the live source. */
  private passTo(atMs: number): void {
    this.atMs = atMs;
    this.onTime(atMs);
    if (atMs < this.confirmAtMs) return;
    this.confirmAtMs = atMs + confirmMs;
    this.client.action('Status', {}, { timeoutMs: 600_000 }).catch(console.error);
  }

  private async catchUp(): Promise<void> {
    this.waiting = true;
    this.client.pause();
    await this.recorder.idle();
    this.waiting = false;
    this.client.resume();
  }

  /** Waits until everything that the PBX has sent is stored. */
  async drain(): Promise<void> {
    // The answer comes behind every event that was sent before it.
    await this.client.action('Ping', {}, { timeoutMs: 600_000 });
    await this.recorder.idle();
  }
}
