import type { PortalSettings } from './settings.ts';

const WINDOW_MS = 600_000;
const MINUTE_MS = 60_000;
const FREE_BELOW_SECONDS = 0.1;

interface Bucket {
  level: number;
  atMs: number;
}

interface Spent {
  minutes: Map<number, number>;
}

/** The two limits of the cloud: requests per source address, and operating time per method. */
export class Limits {
  readonly #settings: PortalSettings;
  readonly #buckets = new Map<string, Bucket>();
  readonly #spent = new Map<string, Spent>();

  constructor(settings: PortalSettings) {
    this.#settings = settings;
  }

  /** False when the bucket of this address is full; otherwise the request has been added to it. */
  admit(address: string, nowMs: number): boolean {
    const { rate } = this.#settings;
    if (!rate || this.#settings.edition === 'box') return true;
    const bucket = this.#buckets.get(address) ?? { level: 0, atMs: nowMs };
    this.#buckets.set(address, bucket);
    const passed = Math.max(0, nowMs - bucket.atMs) / 1000;
    bucket.level = Math.max(0, bucket.level - rate.drainPerSecond * passed);
    bucket.atMs = nowMs;
    if (bucket.level >= rate.threshold) return false;
    bucket.level += 1;
    return true;
  }

  /** The level of an address as of its last request. */
  level(address: string): number {
    return this.#buckets.get(address)?.level ?? 0;
  }

  /** Fills the bucket, as another program behind the same address would. */
  fill(address: string, nowMs: number): void {
    this.#buckets.set(address, { level: this.#settings.rate?.threshold ?? 0, atMs: nowMs });
  }

  /** Whether a method has used up its operating time; asked before it runs. */
  exhausted(authId: string, method: string, nowMs: number): boolean {
    const limit = this.#settings.operatingLimitSeconds;
    if (limit === null || this.#settings.edition === 'box') return false;
    return this.#sum(`${authId} ${method}`, nowMs) > limit;
  }

  /** Books what a method took and tells the sum; absent on a box. */
  book(
    authId: string,
    method: string,
    tookSeconds: number,
    nowMs: number,
  ): { seconds: number; resetAtMs: number } | undefined {
    if (this.#settings.edition === 'box') return undefined;
    const key = `${authId} ${method}`;
    const seconds = tookSeconds < FREE_BELOW_SECONDS ? 0 : tookSeconds;
    const before = this.#sum(key, nowMs);
    const spent = this.#spent.get(key) ?? { minutes: new Map<number, number>() };
    if (seconds > 0) {
      const minute = Math.floor(nowMs / MINUTE_MS);
      spent.minutes.set(minute, (spent.minutes.get(minute) ?? 0) + seconds);
      this.#spent.set(key, spent);
    }
    const oldest = Math.min(nowMs, ...[...spent.minutes.keys()].map((minute) => minute * MINUTE_MS));
    return { seconds: before + seconds, resetAtMs: oldest + WINDOW_MS };
  }

  #sum(key: string, nowMs: number): number {
    const spent = this.#spent.get(key);
    if (!spent) return 0;
    for (const minute of spent.minutes.keys())
      if (minute * MINUTE_MS + WINDOW_MS <= nowMs) spent.minutes.delete(minute);
    return [...spent.minutes.values()].reduce((sum, seconds) => sum + seconds, 0);
  }
}
