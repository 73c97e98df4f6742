// The operators by name: the other lists name them by id.
import { get } from './api.js';

const staleMs = 60_000;
let byOperatorId = new Map();
let loadedAtMs = null;
let loading = null;

/** Asked at most once a minute; a failure leaves the ids to stand for the names. */
export function loadPeople() {
  if (loadedAtMs !== null && Date.now() - loadedAtMs < staleMs) return Promise.resolve();
  loading ??= ask().finally(() => {
    loading = null;
  });
  return loading;
}

async function ask() {
  const found = new Map();
  let after = '';
  try {
    do {
      const page = await get('/directory/operators', { limit: 1000, after });
      for (const operator of page.records) found.set(operator.id, operator);
      after = page.next ?? '';
    } while (after !== '');
  } catch {
    return;
  }
  byOperatorId = found;
  loadedAtMs = Date.now();
}

export function forgetPeople() {
  byOperatorId = new Map();
  loadedAtMs = null;
}

/** Of those who work here, in order of name. */
export const operators = () =>
  [...byOperatorId.values()].filter(({ active }) => active).sort((a, b) => a.name.localeCompare(b.name));

/** The name behind an operator's id; the id when it is not known; empty for null. */
export const operatorName = (id) => (id === null ? '' : (byOperatorId.get(id)?.name ?? id));
