// The recordings that HTTP reads, in memory: for the tests of the routes and for looking at the page.
import { createLinks } from '../../recordings/links.ts';
import type { KeptRecording, MediaFiles } from '../../recordings/media.ts';
import type { MediaRow } from '../../recordings/media-table.ts';

export class MemoryMedia implements MediaFiles {
  readonly files = new Map<string, KeptRecording>();
  readonly states = new Map<string, MediaRow>();
  /** Moves the clock by which links expire. */
  aheadMs = 0;
  readonly #links = createLinks('a key of the tests', () => Date.now() + this.aheadMs);

  async file(callId: string): Promise<KeptRecording | null> {
    return this.files.get(callId) ?? null;
  }

  async state(callId: string): Promise<MediaRow | null> {
    return this.states.get(callId) ?? null;
  }

  link(callId: string, lifeSec: number): string {
    return this.#links.path(callId, lifeSec);
  }

  verify(callId: string, expires: string | undefined, signature: string | undefined) {
    return this.#links.verify(callId, expires, signature);
  }
}
