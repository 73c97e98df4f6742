import type { Call } from '../calls/call.ts';
import type { ApiClient } from './api-client.ts';
import { liveColumns } from './call-columns.ts';
import { CommandFailure } from './failure.ts';
import { paint, tableLines } from './table.ts';
import type { Terminal } from './terminal.ts';

const waitSec = 25;
const redrawMs = 1000;
const retryMs = 2000;

/** Begin and end of a full-screen display: the alternate screen with no cursor, so that what stood there before comes back. */
const screenOn = '\u001b[?1049h\u001b[?25l';
const screenOff = '\u001b[?25h\u001b[?1049l';
const home = '\u001b[H';
const clearLine = '\u001b[K';
const clearBelow = '\u001b[J';

/** Shows the calls in progress, redrawn at every event and every second, until `stop`. A lost connection is told and tried again. */
export async function showLive(client: ApiClient, terminal: Terminal, stop: AbortSignal): Promise<void> {
  const open = new Map<string, Call>();
  let trouble: string | null = null;
  const draw = () =>
    terminal.write(screen([...open.values()], { trouble, url: client.url, nowMs: Date.now() }, terminal));
  // The first answer before the screen is taken over: a wrong address or token is told like any other failure.
  let after = await snapshot(client, open);
  terminal.write(screenOn);
  const timer = setInterval(draw, redrawMs);
  try {
    while (!stop.aborted) {
      draw();
      try {
        if (trouble !== null) after = await snapshot(client, open);
        trouble = null;
        draw();
        const { events, next } = await client.events(after, waitSec, stop);
        for (const event of events) follow(open, event);
        after = next;
      } catch (error) {
        if (stop.aborted) break;
        if (!(error instanceof CommandFailure)) throw error;
        trouble = error.message;
        draw();
        await pause(retryMs, stop);
      }
    }
  } finally {
    clearInterval(timer);
    terminal.write(screenOff);
  }
}

async function snapshot(client: ApiClient, open: Map<string, Call>): Promise<number> {
  const { seq, calls } = await client.liveCalls();
  open.clear();
  for (const call of calls) open.set(call.id, call);
  return seq;
}

/** Brings the open calls up to date with an event; the call in it is as it was then. */
export function follow(open: Map<string, Call>, event: { type: string; callId: string; call: Call | null }): void {
  if (event.type === 'call.merged' || event.call === null || event.call.endedAt !== null) open.delete(event.callId);
  else open.set(event.callId, event.call);
}

/** One frame. Every line is cleared to its end instead of the whole screen at once, which would flicker. */
export function screen(
  open: readonly Call[],
  about: { trouble: string | null; url: string; nowMs: number },
  terminal: Pick<Terminal, 'columns' | 'rows' | 'colours'>,
): string {
  const byStart = open.toSorted((a, b) => a.startedAt.localeCompare(b.startedAt));
  const table = tableLines(
    liveColumns(() => about.nowMs),
    byStart,
    { columns: terminal.columns(), colours: terminal.colours },
  );
  const head = `${open.length} call${open.length === 1 ? '' : 's'} in progress at ${about.url}, Ctrl-C ends`;
  const trouble = about.trouble === null ? [] : [paint(about.trouble, 'red', terminal.colours)];
  const roomForCalls = Math.max(1, terminal.rows() - 3 - trouble.length);
  const shown = table.slice(0, roomForCalls);
  const hiddenCount = table.length - shown.length;
  const lines = [head, ...trouble, ...shown, ...(hiddenCount > 0 ? [`and ${hiddenCount} more`] : [])];
  return `${home}${lines.map((line) => line + clearLine).join('\r\n')}${clearBelow}`;
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  if (stop.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stop.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stop.addEventListener('abort', done);
  });
}
