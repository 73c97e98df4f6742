// Whose a call is, for lists that name calls by id: asked once for each, a few at a time.
import { get } from './api.js';
import { clientOf } from './describe.js';
import { historyCall } from './history.js';
import { liveCall } from './live.js';
import { clock, t } from './speak.js';

const keptMax = 1000;
const atOnce = 3;
/** id → call, or null while it is asked for or when it could not be had */
const calls = new Map();
const waiting = [];
let running = 0;
let onNews = () => {};

export function startKnownCalls(news) {
  onNews = news;
}

export function callTitle(id) {
  const call = liveCall(id) ?? historyCall(id) ?? calls.get(id);
  if (call) return `${clientOf(call).main}, ${clock(call.startedAt)}`;
  if (!calls.has(id)) {
    if (calls.size >= keptMax) calls.delete(calls.keys().next().value);
    calls.set(id, null);
    waiting.push(id);
    if (running < atOnce) void work();
  }
  return t('task.call');
}

export function forgetKnownCalls() {
  calls.clear();
  waiting.length = 0;
}

async function work() {
  running += 1;
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    try {
      calls.set(id, await get(`/calls/${encodeURIComponent(id)}`));
    } catch {
      // It stays a call without a name.
    }
  }
  running -= 1;
  onNews();
}
