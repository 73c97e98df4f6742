// What starting needed and running does not.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Long enough for everything to be loaded and connected. */
const afterMs = 5_000;

/**
 * Gives the memory back that starting left unused. By itself V8 would only look for it when the heap has doubled, and an idle Patchcord never
 * gets so far: it would hold some 10 MB for nothing. Keeps the program from ending no longer than it has to run.
 */
export function giveBackMemory(waitMs = afterMs): void {
  setTimeout(() => {
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('gc');
    setFlagsFromString('--no-expose-gc');
    if (typeof collect === 'function') collect();
  }, waitMs).unref();
}
