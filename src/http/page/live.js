// The calls in progress.
import { clientOf, legNow, lineOf, operatorsOf, stageOf, waits, whoOf } from './describe.js';
import { byId, fill, foreign, h, icon } from './dom.js';
import { knownName } from './known-clients.js';
import { clockWithSeconds, duration, t } from './speak.js';

/** id → call */
let calls = new Map();
let state = 'connecting';
let lastNewsAtMs = null;
let onOpen = () => {};

/** `open(id)` is called when a person chooses a call. */
export function startLive(open) {
  onOpen = open;
  setInterval(tick, 1000);
}

export function showSnapshot(list) {
  calls = new Map(list.map((call) => [call.id, call]));
  lastNewsAtMs = Date.now();
  drawLive();
}

/** Takes one event of the feed over. */
export function takeEvent(event) {
  lastNewsAtMs = Date.now();
  const { callId, call } = event;
  if (event.type === 'call.merged' || event.type === 'call.ended' || (call && call.endedAt !== null))
    calls.delete(callId);
  else if (call) calls.set(callId, call);
  drawSoon();
}

export function setLiveState(next) {
  state = next;
  drawLive();
}

export function forgetLive() {
  calls = new Map();
  lastNewsAtMs = null;
  drawLive();
}

export const liveCall = (id) => calls.get(id) ?? null;

let drawing = false;
/** A burst of events is drawn once. */
function drawSoon() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    drawLive();
  });
}

export function drawLive() {
  const all = [...calls.values()].sort((a, b) => waits(b) - waits(a) || a.startedAt.localeCompare(b.startedAt));
  const waiting = all.filter(waits).length;
  const talking = all.filter((call) => stageOf(call) === 'talking').length;
  fill(byId('live-title'), t('live.title'));
  fill(
    byId('live-counts'),
    all.length > 0 && [
      h('span', { class: 'count' }, t('live.calls', { n: all.length })),
      waiting > 0 && h('span', { class: 'count count-waiting' }, t('live.waiting', { n: waiting })),
      talking > 0 && h('span', { class: 'count count-talking' }, t('live.talking', { n: talking })),
    ],
  );
  const box = byId('live');
  const focused = document.activeElement?.dataset?.call;
  box.classList.toggle('stale', state !== 'live');
  fill(
    box,
    state === 'lost' &&
      lastNewsAtMs !== null &&
      h('p', { class: 'stale-note' }, t('connection.since', { time: clockWithSeconds(lastNewsAtMs) })),
    all.length > 0 ? h('ul', { class: 'live-list' }, all.map(row)) : lastNewsAtMs === null ? skeleton() : empty(),
  );
  if (focused) [...box.querySelectorAll('[data-call]')].find((each) => each.dataset.call === focused)?.focus();
}

function row(call) {
  const stage = stageOf(call);
  const { main, below } = clientOf(call, knownName(call));
  const line = lineOf(call);
  return h(
    'li',
    {},
    h(
      'button',
      { type: 'button', class: 'live-row', dataset: { call: call.id, key: call.id }, onclick: () => onOpen(call.id) },
      h('span', { class: `stage stage-${stage}` }, h('i', { class: 'dot' }), t(`stage.${stage}`)),
      h(
        'span',
        { class: 'who' },
        h(
          'span',
          { class: `direction direction-${call.direction}` },
          icon(call.direction, t(`direction.${call.direction}`)),
        ),
        h('span', { class: 'names' }, foreign(main, { class: 'main' }), below && foreign(below, { class: 'below' })),
      ),
      h(
        'span',
        { class: 'line', title: t('column.line') },
        line && foreign(line),
        call.queue && foreign(call.queue.name, { class: 'queue' }),
      ),
      h('span', { class: 'people' }, people(call)),
      h(
        'span',
        { class: 'running', dataset: { since: call.startedAt } },
        duration(Date.now() - Date.parse(call.startedAt)),
      ),
    ),
  );
}

/** Operators whose phones ring or who talk; of an outbound call the caller, and no second time the number that is dialled. */
function people(call) {
  const ours = call.legs.filter((leg) => legNow(leg) !== null && (leg.extension !== null || leg.of !== null));
  if (ours.length === 0 && call.direction !== 'internal')
    return operatorsOf(call) === '' ? [] : [chip(operatorsOf(call), null)];
  return ours.map((leg) => chip(whoOf(leg), leg.role === 'caller' && stageOf(call) !== 'talking' ? null : legNow(leg)));
}

const chip = (text, now) =>
  h(
    'span',
    { class: `chip ${now ? `chip-${now}` : ''}`, title: now && t(`who.${now}`) },
    now === 'rings' && icon('phone'),
    foreign(text),
  );

function tick() {
  for (const element of byId('live').querySelectorAll('[data-since]')) {
    element.textContent = duration(Date.now() - Date.parse(element.dataset.since));
  }
}

const empty = () =>
  h(
    'div',
    { class: 'empty' },
    icon('phone'),
    h('p', {}, t('live.empty')),
    h('p', { class: 'hint' }, t('live.emptyHint')),
  );

const skeleton = () =>
  h(
    'div',
    { class: 'skeletons', 'aria-busy': 'true' },
    [1, 2].map(() => h('div', { class: 'skeleton' })),
  );
