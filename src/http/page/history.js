// The calls that have ended, newest first, page by page.
import { get } from './api.js';
import { clientOf, isMissed, lineOf, operatorsOf, resultOf } from './describe.js';
import { byId, fill, foreign, h, icon } from './dom.js';
import { clearFilters, filterParameters, filtersAreSet } from './filters.js';
import { clock, dayName, dayOf, duration, t } from './speak.js';

const pageSize = 50;

/** What is shown. `asked` numbers the questions, so that a late answer to an old one is thrown away. */
let calls = [];
let next = null;
let state = 'loading';
let asked = 0;
let onOpen = () => {};
let onFailure = () => {};
let refreshTimer = null;

/** `open(id)` when a person chooses a call; `failure(error)` when the API refuses. */
export function startHistory(open, failure) {
  onOpen = open;
  onFailure = failure;
}

export const historyCall = (id) => calls.find((call) => call.id === id) ?? null;

/** From the first page on, after the filters changed. */
export function loadHistory() {
  state = 'loading';
  return ask(null, (page) => {
    calls = page.calls;
    next = page.next;
  });
}

/** Calls have ended: the newest page again, above the older ones that are shown already. Several at once are one question. */
export function refreshHistory() {
  refreshTimer ??= setTimeout(() => {
    refreshTimer = null;
    if (state !== 'shown') return;
    void ask(null, (page) => {
      const last = page.calls.at(-1);
      const fresh = new Set(page.calls.map((call) => call.id));
      const older =
        page.next === null || !last
          ? []
          : calls.filter((call) => call.startedAt <= last.startedAt && !fresh.has(call.id));
      if (older.length === 0) next = page.next;
      calls = [...page.calls, ...older];
    });
  }, 400);
}

/** Nothing of the calls stays behind after signing out. */
export function forgetHistory() {
  asked += 1;
  calls = [];
  next = null;
  state = 'loading';
  drawHistory();
}

function loadMore() {
  state = 'more';
  void ask(next, (page) => {
    calls = [...calls, ...page.calls];
    next = page.next;
  });
}

async function ask(before, take) {
  const mine = ++asked;
  drawHistory();
  try {
    const page = await get('/calls', { ...filterParameters(), limit: pageSize, before });
    if (mine !== asked) return;
    take(page);
    state = 'shown';
  } catch (error) {
    if (mine !== asked) return;
    state = 'failed';
    onFailure(error);
  }
  drawHistory();
}

export function drawHistory() {
  fill(byId('history-title'), t('history.title'));
  const box = byId('history');
  box.classList.toggle('busy', state === 'loading' && calls.length > 0);
  box.setAttribute('aria-busy', String(state === 'loading'));
  const focused = document.activeElement?.dataset?.call;
  fill(box, content());
  if (focused) [...box.querySelectorAll('[data-call]')].find((each) => each.dataset.call === focused)?.focus();
}

function content() {
  if (state === 'failed') return failed();
  if (calls.length === 0) return state === 'loading' ? skeleton() : empty();
  return [table(), next !== null && h('div', { class: 'more' }, moreButton())];
}

const moreButton = () =>
  h(
    'button',
    { type: 'button', class: 'button', disabled: state === 'more', onclick: loadMore },
    t(state === 'more' ? 'history.loading' : 'history.more'),
  );

function table() {
  const columns = ['time', 'client', 'line', 'operator', 'result', 'wait', 'talk'];
  // These hide on a narrow screen, and a cell over all columns would make them anew.
  const hiding = ['line', 'wait'];
  return h(
    'table',
    {},
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        columns.map((column) => h('th', { scope: 'col', class: `c-${column}` }, t(`column.${column}`))),
      ),
    ),
    byDay().map(({ name, list }) =>
      h(
        'tbody',
        {},
        h(
          'tr',
          { class: 'day' },
          h('th', { colspan: columns.length - hiding.length, scope: 'rowgroup' }, name),
          hiding.map((column) => h('td', { class: `c-${column}` })),
        ),
        list.map(row),
      ),
    ),
  );
}

function byDay() {
  const days = [];
  for (const call of calls) {
    const day = dayOf(call.startedAt);
    if (days.at(-1)?.day !== day) days.push({ day, name: dayName(call.startedAt), list: [] });
    days.at(-1).list.push(call);
  }
  return days;
}

function row(call) {
  const { main, below } = clientOf(call);
  const result = resultOf(call);
  const sign = isMissed(call) ? 'missed' : call.direction;
  return h(
    'tr',
    {
      class: 'call',
      tabindex: 0,
      dataset: { call: call.id, key: call.id },
      onclick: () => onOpen(call.id),
      onkeydown: (event) => {
        if (event.key === 'Enter' || event.key === ' ') {
          event.preventDefault();
          onOpen(call.id);
        }
      },
    },
    h('td', { class: 'c-time' }, clock(call.startedAt)),
    h(
      'td',
      { class: 'c-client' },
      h(
        'span',
        { class: 'who' },
        h('span', { class: `direction direction-${sign}` }, icon(sign, t(`direction.${call.direction}`))),
        h('span', { class: 'names' }, foreign(main, { class: 'main' }), below && foreign(below, { class: 'below' })),
      ),
    ),
    h('td', { class: 'c-line' }, foreign(lineOf(call))),
    h('td', { class: 'c-operator' }, foreign(operatorsOf(call), { class: call.responsible ? '' : 'rung' })),
    h('td', { class: 'c-result' }, h('span', { class: `result result-${result.tone}` }, result.text)),
    h('td', { class: 'c-wait' }, call.direction === 'internal' ? '' : duration(call.waitMs)),
    h('td', { class: 'c-talk' }, call.answered ? duration(call.talkMs) : '—'),
  );
}

const empty = () =>
  filtersAreSet()
    ? h(
        'div',
        { class: 'empty' },
        icon('search'),
        h('p', {}, t('history.none')),
        h('p', { class: 'hint' }, t('history.noneHint')),
        h('button', { type: 'button', class: 'button', onclick: clearFilters }, t('filter.clear')),
      )
    : h(
        'div',
        { class: 'empty' },
        icon('phone'),
        h('p', {}, t('history.empty')),
        h('p', { class: 'hint' }, t('history.emptyHint')),
      );

const failed = () =>
  h(
    'div',
    { class: 'empty empty-failed' },
    h('p', {}, t('history.failed')),
    h('button', { type: 'button', class: 'button', onclick: () => void loadHistory() }, t('history.again')),
  );

const skeleton = () =>
  h(
    'div',
    { class: 'skeletons' },
    [1, 2, 3, 4, 5].map(() => h('div', { class: 'skeleton' })),
  );
