// Patchcord's API as this page uses it.
import { keptToken } from './keep.js';

/** A refusal, or (with status 0) no answer at all. `mend`: what to do about it, or null. */
export class ApiFailure extends Error {
  constructor(status, message, mend = null, retryAfterSec = null) {
    super(message);
    this.status = status;
    this.mend = mend;
    this.retryAfterSec = retryAfterSec;
  }
}

/** @throws ApiFailure */
export async function get(path, parameters = {}, token = keptToken.get()) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== null && value !== ''));
  return json(await ask(`${path}${query.size > 0 ? `?${query}` : ''}`, { token }));
}

/** POST, PATCH and the like; without `body` none is sent. @throws ApiFailure */
export async function send(method, path, body) {
  return json(await ask(path, { method, body }));
}

/** What is no JSON: a recording. The token goes in the header, never in the address. @throws ApiFailure */
export async function file(path) {
  const answer = await ask(path, { waitMs: 300_000 });
  if (!answer.ok) return json(answer);
  const name = /filename="([^"]+)"/.exec(answer.headers.get('content-disposition') ?? '')?.[1] ?? 'recording';
  try {
    return { name, blob: await answer.blob() };
  } catch {
    throw new ApiFailure(0, '');
  }
}

async function ask(path, { method = 'GET', body, token = keptToken.get(), waitMs = 45_000 }) {
  try {
    return await fetch(`/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(waitMs),
    });
  } catch {
    throw new ApiFailure(0, '');
  }
}

async function json(answer) {
  const body = await answer.json().catch(() => null);
  if (answer.ok && body) return body;
  const { message = '', mend = null } = body?.error ?? {};
  throw new ApiFailure(answer.status, message, mend, Number(answer.headers.get('retry-after')) || null);
}

const firstWaitMs = 500;
const longestWaitMs = 15_000;

/**
 * The live feed, connected again for ever until `stop()`.
 *
 * `on.snapshot(calls)`, `on.event(event)`, `on.state('connecting' | 'live' | 'lost')`, `on.refused()` when the token is not taken.
 */
export function openFeed(on) {
  let socket = null;
  let timer = null;
  let waitMs = firstWaitMs;
  let stopped = false;

  const connect = () => {
    clearTimeout(timer);
    socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/v1/feed`);
    // A server that takes the connection and says nothing must not hold us for ever.
    timer = setTimeout(() => socket.close(), 10_000);
    socket.addEventListener('open', () => socket.send(JSON.stringify({ token: keptToken.get() })));
    socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === 'snapshot') {
        clearTimeout(timer);
        waitMs = firstWaitMs;
        on.state('live');
        on.snapshot(message.calls);
      } else {
        for (const event of message.events) on.event(event);
      }
    });
    socket.addEventListener('close', ({ code }) => {
      clearTimeout(timer);
      if (stopped) return;
      if (code === 4401 || code === 4403) {
        on.refused();
        return;
      }
      on.state('lost');
      // A little by chance, so that a room full of pages does not come back in one moment.
      timer = setTimeout(connect, waitMs * (0.75 + Math.random() / 2));
      waitMs = Math.min(waitMs * 2, longestWaitMs);
    });
  };

  const hurry = () => {
    if (!stopped && socket?.readyState === WebSocket.CLOSED) connect();
  };
  addEventListener('online', hurry);
  on.state('connecting');
  connect();

  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      removeEventListener('online', hurry);
      socket?.close();
    },
  };
}
