/** What can befall a request. The README says what each one does. */
export const UNKIND_KINDS = [
  'slow',
  'slow-answer',
  'limit',
  'limit-empty',
  'hang',
  'html',
  'cut-before',
  'cut-inside',
  'cut-middle',
  'cut-after',
  'revoke',
  'redirect',
  'wrong-type',
  'truncate',
  'refuse',
] as const;
export type UnkindKind = (typeof UNKIND_KINDS)[number];

export interface Unkindness {
  kind: UnkindKind;
  /** Method name in lower case, `*` for anything; a batch is met when one of its commands is. Default `*`. */
  method?: string;
  /** 0..1, default 1. */
  probability?: number;
  /** Befalls only the next n matching requests; default for ever. */
  times?: number;
  /** Lets the first n matching requests pass. */
  after?: number;
  /** For slow and slow-answer. */
  ms?: number;
  /** For refuse: what the method answers, also as one command of a batch. */
  error?: { code: string; description: string; status?: number };
  /** For redirect: scheme and host of the new address. */
  location?: string;
}

interface Active {
  rule: Unkindness;
  left: number;
  skip: number;
  pattern: RegExp;
}

const patternOf = (method: string): RegExp =>
  new RegExp(
    `^${method
      .toLowerCase()
      .replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')}$`,
  );

/** Mulberry32: the same seed gives the same misfortunes. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export class Switchboard {
  #active: Active[] = [];
  #random = randomFrom(1);
  /** Added to the portal's clock. */
  skewMs = 0;
  /** How often each kind struck. */
  readonly struck = new Map<UnkindKind, number>();

  /** Starts the dice again from a seed. */
  seed(seed: number): void {
    this.#random = randomFrom(seed);
  }

  /** Puts a rule into force; the answer takes it away again. */
  add(rule: Unkindness): () => void {
    const active = {
      rule,
      left: rule.times ?? Infinity,
      skip: rule.after ?? 0,
      pattern: patternOf(rule.method ?? '*'),
    };
    this.#active.push(active);
    return () => {
      this.#active = this.#active.filter((other) => other !== active);
    };
  }

  clear(): void {
    this.#active = [];
    this.skewMs = 0;
  }

  rules(): Unkindness[] {
    return this.#active.map(({ rule, left }) => (left === Infinity ? rule : { ...rule, times: left }));
  }

  /** What befalls one request of these methods (a batch names its commands too); each rule is used up by that. */
  strike(methods: string[], kinds: (kind: UnkindKind) => boolean): Unkindness[] {
    const hits: Unkindness[] = [];
    for (const active of this.#active) {
      const { rule, pattern } = active;
      if (!kinds(rule.kind) || active.left <= 0 || !methods.some((method) => pattern.test(method))) continue;
      if (active.skip > 0) {
        active.skip -= 1;
        continue;
      }
      if (this.#random() >= (rule.probability ?? 1)) continue;
      active.left -= 1;
      hits.push(rule);
      this.struck.set(rule.kind, (this.struck.get(rule.kind) ?? 0) + 1);
    }
    this.#active = this.#active.filter(({ left }) => left > 0);
    return hits;
  }
}
