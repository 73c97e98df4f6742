// What the contract suite asks of an adapter's fake CRM: a real server on a real socket that can be told to be unkind.

/**
 * - `kind`: as it should be.
 * - `down`: nobody listens.
 * - `busy`: 503 and `limited`: 429 to everything, with Retry-After when the real CRM sends it.
 * - `html`: a page instead of what the CRM answers, with status 200, as a proxy in front of it does.
 * - `cut-before`: the connection is cut and nothing has happened; `cut-after`: it has happened, and then the connection is cut.
 * - `slow`: what was asked happens, and the answer never comes.
 * - `echo`: 500, with all that was sent (address, headers, body) in the answer.
 */
export const moods = ['kind', 'down', 'busy', 'limited', 'html', 'cut-before', 'cut-after', 'slow', 'echo'] as const;
export type Mood = (typeof moods)[number];

export interface FakeCrm {
  /** The settings of a connection to it, without name and type, as a person would write them. */
  settings: Record<string, unknown>;
  /** The same with credentials that the CRM does not take. */
  wrongSettings: Record<string, unknown>;
  /** Tokens and the like that it gives out at run time; besides what the settings mark as secret. */
  secrets?: () => string[];
  /** From now on, until told otherwise. */
  be(mood: Mood): void | Promise<void>;
  /** What deliveries have brought about in it, one line for each thing that is there: two for what was doubled. */
  effects(): string[] | Promise<string[]>;
  /** All text that it was given, as it understood it. */
  received(): string | Promise<string>;
  stop(): Promise<void>;
}
