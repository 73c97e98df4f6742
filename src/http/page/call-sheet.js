// One call, over the page: in numbers, as a picture, step by step.
import { get } from './api.js';
import { chartOf } from './chart.js';
import { clientOf, isMissed, lineOf, resultOf, stageOf } from './describe.js';
import { byId, fill, foreign, h, icon } from './dom.js';
import { historyCall } from './history.js';
import { liveCall } from './live.js';
import { clockWithSeconds, dateAndTime, duration, t } from './speak.js';
import { stepsOf } from './steps.js';

/** The id in the address, the call that is shown, or `failed` when it could not be had. */
let openId = null;
let shown = null;
let failed = false;
let onFailure = () => {};
/** What was in focus before, to go back to. */
let cameFrom = null;

const prefix = '#/call/';

export function startSheet(failure) {
  onFailure = failure;
  const sheet = byId('call');
  // Escape, or the phone's own "back": the browser has closed it by itself.
  sheet.addEventListener('close', () => {
    if (openId !== null) closeSheet();
  });
  // A click beside the sheet is on the dialog itself.
  sheet.addEventListener('click', (event) => {
    if (event.target === sheet) closeSheet();
  });
  addEventListener('hashchange', followAddress);
  setInterval(() => {
    if (shown?.endedAt === null) drawSheet();
  }, 1000);
}

export function openCall(id) {
  cameFrom = document.activeElement?.dataset?.call ?? null;
  location.hash = `${prefix}${encodeURIComponent(id)}`;
}

export function closeSheet() {
  if (location.hash !== '') history.pushState(null, '', location.pathname);
  followAddress();
}

/** Shows the call that the address names, or none. */
export function followAddress() {
  const sheet = byId('call');
  openId = location.hash.startsWith(prefix) ? decodeURIComponent(location.hash.slice(prefix.length)) : null;
  if (openId === null) {
    shown = null;
    sheet.close();
    fill(sheet);
    if (cameFrom) [...document.querySelectorAll('[data-call]')].find((each) => each.dataset.call === cameFrom)?.focus();
    return;
  }
  failed = false;
  shown = liveCall(openId) ?? historyCall(openId);
  drawSheet();
  if (!sheet.open) sheet.showModal();
  if (!shown) void fetchCall(openId);
}

async function fetchCall(id) {
  try {
    const call = await get(`/calls/${encodeURIComponent(id)}`);
    if (openId !== id) return;
    shown = call;
  } catch (error) {
    if (openId !== id) return;
    failed = true;
    onFailure(error);
  }
  drawSheet();
}

/** News about the call that is shown. */
export function takeSheetEvent(event) {
  if (openId === null || !shown) return;
  if (event.type === 'call.merged' && event.callId === shown.id && event.into) void fetchCall(openId);
  else if (event.callId === shown.id && event.call) {
    shown = event.call;
    drawSheet();
  }
}

export function drawSheet() {
  if (openId === null) return;
  const sheet = byId('call');
  const { scrollTop } = sheet.firstElementChild ?? sheet;
  fill(sheet, h('div', { class: 'sheet-body' }, closeButton(), shown ? body(shown) : waiting()));
  sheet.firstElementChild.scrollTop = scrollTop;
}

const closeButton = () =>
  h(
    'button',
    {
      type: 'button',
      class: 'tool sheet-close',
      'aria-label': t('call.close'),
      title: t('call.close'),
      onclick: closeSheet,
    },
    icon('close'),
  );

const waiting = () =>
  failed
    ? h('div', { class: 'empty' }, h('p', {}, t('history.noCall')))
    : h(
        'div',
        { class: 'skeletons' },
        [1, 2, 3].map(() => h('div', { class: 'skeleton' })),
      );

function body(call) {
  const { main, below } = clientOf(call);
  const result = resultOf(call);
  const sign = isMissed(call) ? 'missed' : call.direction;
  return [
    h(
      'header',
      { class: 'sheet-head' },
      h('span', { class: `direction direction-${sign}` }, icon(sign, t(`direction.${call.direction}`))),
      h('div', { class: 'names' }, h('h2', {}, foreign(main)), below && foreign(below, { class: 'below' })),
    ),
    h(
      'p',
      { class: 'sheet-result' },
      call.endedAt === null
        ? h('span', { class: `stage stage-${stageOf(call)}` }, h('i', { class: 'dot' }), t(`stage.${stageOf(call)}`))
        : h('span', { class: `result result-${result.tone}` }, result.text),
      h(
        'span',
        { class: 'kind' },
        [t(`direction.${call.direction}`), call.origin && t(`call.origin.${call.origin}`)].filter(Boolean).join(' · '),
      ),
    ),
    call.gap && h('p', { class: 'gap' }, t('call.gap')),
    h('dl', { class: 'figures' }, figures(call)),
    h('h3', {}, t('call.timeline')),
    chartOf(call),
    h('h3', {}, t('call.steps')),
    h('ol', { class: 'steps' }, stepsOf(call).map(step)),
    call.recordings.length > 0 && [
      h('h3', {}, t('call.recordings')),
      h(
        'ul',
        { class: 'files' },
        call.recordings.map((recording) => h('li', {}, foreign(recording.file))),
      ),
    ],
    h(
      'details',
      { class: 'ids' },
      h('summary', {}, t('call.ids')),
      h('code', {}, [call.id, call.pbx, ...call.linkedIds].join('\n')),
    ),
  ];
}

const step = ({ at, text, kind }) =>
  h('li', { class: `step step-${kind}` }, h('time', { datetime: at }, clockWithSeconds(at)), foreign(text));

function figures(call) {
  const line = lineOf(call);
  const endMs = call.endedAt === null ? Date.now() : Date.parse(call.endedAt);
  const rows = [
    ['call.started', dateAndTime(call.startedAt)],
    ['call.lasted', duration(endMs - Date.parse(call.startedAt))],
    ['call.waited', call.direction === 'internal' || call.endedAt === null ? null : duration(call.waitMs)],
    ['call.talked', call.answered ? duration(call.talkMs) : null],
    ['call.responsible', call.responsible?.extension ?? null],
    ['call.line', line === '' ? null : line],
    ['call.queue', call.queue ? `${call.queue.name}, ${duration(call.queue.waitMs)}` : null],
    ['call.hungUp', call.hangupBy === null ? null : t(`call.party.${call.hangupBy}`)],
  ];
  return rows
    .filter(([, value]) => value !== null)
    .map(([key, value]) => h('div', {}, h('dt', {}, t(key)), h('dd', {}, foreign(value))));
}
