// One call, over the page: in numbers, as a picture, step by step.
import { get } from './api.js';
import { callClient, drawCallClient } from './call-client.js';
import { callDeliveries } from './call-deliveries.js';
import { chartOf } from './chart.js';
import { clientOf, isMissed, lineOf, resultOf, stageOf } from './describe.js';
import { fill, foreign, h, icon } from './dom.js';
import { historyCall } from './history.js';
import { liveCall } from './live.js';
import { loadPeople, operatorName } from './people.js';
import { failure, wentWrong } from './notice.js';
import { forgetPlayers, player } from './player.js';
import { addSheet, openSheet } from './sheet.js';
import { clockWithSeconds, dateAndTime, duration, t } from './speak.js';
import { stepsOf } from './steps.js';

/** The id in the address, the call that is shown, and the fault when it could not be had. */
let openId = null;
let shown = null;
let fault = null;
/** Drawn apart: the call itself changes every second while it goes on, the rest seldom. */
let parts = null;
let deliveries = null;

export function startCallSheet() {
  addSheet('call', {
    open(id, box) {
      openId = id;
      fault = null;
      const [head, client, sound, steps, told, ids] = [1, 2, 3, 4, 5, 6].map(() => h('div', {}));
      sound.className = 'sound';
      parts = { head, client, sound, steps, told, ids };
      fill(box, Object.values(parts));
      deliveries = callDeliveries(parts.told, drawSound);
      shown = liveCall(id) ?? historyCall(id);
      if (shown) begin();
      else void fetchCall(id);
      drawCall();
      void loadPeople().then(drawCall);
    },
    draw() {
      drawCall();
      drawSound();
      drawCallClient();
      deliveries?.draw();
    },
    close() {
      deliveries.stop();
      forgetPlayers();
      openId = null;
      shown = null;
      parts = null;
    },
  });
  setInterval(() => {
    if (shown?.endedAt === null) drawCall();
  }, 1000);
}

export const openCall = (id) => openSheet('call', id);

/** There is a call to show: whose it is, its recording, and what the CRMs were told. */
function begin() {
  void callClient(parts.client, shown);
  deliveries.follow(shown.id);
  drawSound();
}

async function fetchCall(id) {
  try {
    const call = await get(`/calls/${encodeURIComponent(id)}`);
    if (openId !== id) return;
    shown = call;
    begin();
  } catch (error) {
    if (openId !== id) return;
    if (error.status === 401) wentWrong(error);
    fault = error;
  }
  drawCall();
}

/** News about the call that is shown. */
export function takeSheetEvent(event) {
  if (openId === null || !shown) return;
  if (event.type === 'call.merged' && event.callId === shown.id && event.into) void fetchCall(openId);
  else if (event.callId === shown.id && event.call) {
    shown = event.call;
    drawCall();
    if (event.type === 'call.ended') begin();
  }
}

function drawCall() {
  if (openId === null) return;
  if (!shown) {
    fill(parts.head, missing());
    return;
  }
  fill(parts.head, top(shown));
  fill(parts.steps, course(shown));
  const wasOpen = parts.ids.querySelector('details')?.open ?? false;
  fill(parts.ids, forSupport(shown, wasOpen));
}

/** A recording that Asterisk did not name may be found all the same: then there is work about it. */
function drawSound() {
  if (shown === null || parts === null) return;
  const isNamed = shown.recordings.length > 0;
  const isSought = deliveries.has('encode', 'done');
  if (shown.endedAt === null || (!isNamed && !isSought)) {
    fill(parts.sound);
    return;
  }
  if (parts.sound.dataset.call !== shown.id || !parts.sound.hasChildNodes()) {
    parts.sound.dataset.call = shown.id;
    fill(parts.sound, isNamed && h('h3', {}, t('call.recording')), player(shown.id, !isNamed));
  }
}

const missing = () => {
  if (fault?.status === 404) return h('div', { class: 'empty' }, h('p', {}, t('history.noCall')));
  if (fault !== null) {
    return failure(fault, () => {
      fault = null;
      drawCall();
      void fetchCall(openId);
    });
  }
  return h(
    'div',
    { class: 'skeletons' },
    [1, 2, 3].map(() => h('div', { class: 'skeleton' })),
  );
};

function top(call) {
  const { main, below: under } = clientOf(call);
  const result = resultOf(call);
  const sign = isMissed(call) ? 'missed' : call.direction;
  return [
    h(
      'header',
      { class: 'sheet-head' },
      h('span', { class: `direction direction-${sign}` }, icon(sign, t(`direction.${call.direction}`))),
      h('div', { class: 'names' }, h('h2', {}, foreign(main)), under && foreign(under, { class: 'below' })),
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
  ];
}

const course = (call) => [
  h('h3', {}, t('call.timeline')),
  chartOf(call),
  h('h3', {}, t('call.steps')),
  h('ol', { class: 'steps' }, stepsOf(call).map(step)),
];

const forSupport = (call, isUnfolded) =>
  h(
    'details',
    { class: 'ids', open: isUnfolded },
    h('summary', {}, t('call.ids')),
    h('code', {}, [call.id, call.pbx, ...call.linkedIds, ...call.recordings.map(({ file }) => file)].join('\n')),
  );

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
    ['call.responsible', responsible(call)],
    ['call.line', line === '' ? null : line],
    ['call.queue', call.queue ? `${call.queue.name}, ${duration(call.queue.waitMs)}` : null],
    ['call.hungUp', call.hangupBy === null ? null : t(`call.party.${call.hangupBy}`)],
  ];
  return rows
    .filter(([, value]) => value !== null)
    .map(([key, value]) => h('div', {}, h('dt', {}, t(key)), h('dd', {}, foreign(value))));
}

function responsible({ responsible: who }) {
  if (!who) return null;
  const name = operatorName(who.operatorId);
  return [who.extension, name].filter(Boolean).join(' · ');
}
