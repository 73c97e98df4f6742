import { AmiClient, type AmiError, type AmiFields, type AmiMessage } from '../../ami/index.ts';
import { amiOptionsOf } from '../../pbx/ami-options.ts';
import type { PbxSettings } from '../../settings/schema.ts';

const actionMs = 5000;
const seenMax = 5000;

/** A logged-in connection for the time of the checks. */
export interface AmiSession {
  readonly banner: string;
  /** The response; null when Asterisk refused or did not answer. */
  ask(action: string, fields?: AmiFields): Promise<AmiMessage | null>;
  /** True as soon as an event that fits has come (also before the call), false after so many ms. */
  saw(fits: (event: AmiMessage) => boolean, withinMs: number): Promise<boolean>;
  close(): Promise<void>;
}

/** Connects once. The error, when it fails, is that of the first attempt: nothing is tried again. */
export async function openAmi(pbx: PbxSettings): Promise<AmiSession | AmiError> {
  const client = new AmiClient(amiOptionsOf(pbx));
  const seen: AmiMessage[] = [];
  const watchers = new Set<(event: AmiMessage) => void>();
  client.on('event', (event) => {
    seen.push(event);
    // The latest are enough: what is looked for comes within milliseconds, and a busy PBX sends thousands a second.
    if (seen.length > seenMax) seen.shift();
    for (const watch of watchers) watch(event);
  });
  const outcome = await new Promise<string | AmiError>((resolve) => {
    client.once('up', ({ banner }) => resolve(banner));
    client.on('error', resolve);
    client.start();
  });
  if (typeof outcome !== 'string') {
    await client.stop();
    return outcome;
  }
  return {
    banner: outcome,
    async ask(action, fields = {}) {
      try {
        return await client.action(action, fields, { timeoutMs: actionMs });
      } catch {
        // Refused, late or cut off: for a check all of these mean that it could not be asked.
        return null;
      }
    },
    saw: (fits, withinMs) =>
      new Promise((resolve) => {
        if (seen.some(fits)) return resolve(true);
        const done = (result: boolean) => {
          clearTimeout(timer);
          watchers.delete(watch);
          resolve(result);
        };
        const watch = (event: AmiMessage) => fits(event) && done(true);
        const timer = setTimeout(() => done(false), withinMs);
        watchers.add(watch);
      }),
    close: () => client.stop(),
  };
}
