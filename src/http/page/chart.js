// The picture of a call: the client's line of time, and below it a line for each leg.
import { whoOf } from './describe.js';
import { foreign, h } from './dom.js';
import { duration, t } from './speak.js';

export function chartOf(call) {
  const startMs = Date.parse(call.startedAt);
  const endMs = call.endedAt === null ? Date.now() : Date.parse(call.endedAt);
  const totalMs = Math.max(1000, endMs - startMs);
  /** A stretch of a line; both ends ISO or null (the end of the call). */
  const bar = (kind, from, to, label) => {
    const left = Math.max(0, (from === null ? endMs : Date.parse(from)) - startMs);
    const right = Math.min(totalMs, (to === null ? endMs : Date.parse(to)) - startMs);
    const element = h('span', { class: `bar bar-${kind}`, title: `${label} ${duration(right - left)}` });
    element.style.left = `${(left / totalMs) * 100}%`;
    element.style.width = `${(Math.max(0, right - left) / totalMs) * 100}%`;
    return element;
  };
  const line = (name, below, bars) =>
    h(
      'div',
      { class: 'chart-line' },
      h('div', { class: 'chart-name' }, foreign(name), below && h('small', {}, below)),
      h('div', { class: 'chart-track' }, bars),
    );
  const client = call.direction !== 'internal' && [
    call.direction === 'inbound'
      ? bar('waits', call.startedAt, call.answeredAt, t('chart.waits'))
      : bar(
          call.answered || call.endedAt === null ? 'rings' : 'unanswered',
          call.startedAt,
          call.answeredAt,
          t('chart.rings'),
        ),
    call.answeredAt !== null && bar('talks', call.answeredAt, null, t('chart.talks')),
  ];
  return h(
    'div',
    { class: 'chart' },
    client && line(t('chart.client'), null, client),
    call.legs.map((leg) => line(whoOf(leg), t(`role.${leg.role}`), legBars(leg, bar))),
    h('div', { class: 'chart-line chart-axis' }, h('div', {}), h('div', { class: 'chart-track' }, ticks(totalMs))),
    legend(call),
  );
}

function legBars(leg, bar) {
  if (leg.role === 'caller') return [bar('dials', leg.startedAt, leg.endedAt, t('chart.dials'))];
  const rings = leg.answeredAt === null && leg.outcome !== null ? 'unanswered' : 'rings';
  const ringing = bar(rings, leg.startedAt, leg.answeredAt ?? leg.endedAt, t('chart.rings'));
  if (leg.answeredAt === null) return [ringing];
  const talksFrom = consultsFirst(leg)
    ? new Date(Date.parse(leg.answeredAt) + leg.consultMs).toISOString()
    : leg.answeredAt;
  return [
    ringing,
    consultsFirst(leg) && bar('consults', leg.answeredAt, talksFrom, t('chart.consults')),
    leg.talkMs > 0 || !consultsFirst(leg) ? bar('talks', talksFrom, leg.endedAt, t('chart.talks')) : null,
  ];
}

/** Whoever is asked before a transfer talks with the operator first, then perhaps with the client. When others consulted is not known. */
const consultsFirst = (leg) => leg.consultMs > 0 && (leg.role === 'transfer-target' || leg.role === 'consulted');

/** Up to five round times along the axis. */
function ticks(totalMs) {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600].map((seconds) => seconds * 1000);
  const step = steps.find((each) => totalMs / each <= 5) ?? Math.ceil(totalMs / 5 / 3_600_000) * 3_600_000;
  const times = [];
  for (let at = 0; at <= totalMs * 0.9; at += step) times.push(at);
  return times.map((at) => {
    const tick = h('span', { class: 'mark' }, duration(at));
    tick.style.left = `${(at / totalMs) * 100}%`;
    return tick;
  });
}

function legend(call) {
  const kinds = call.direction === 'inbound' ? ['waits', 'rings', 'talks'] : ['rings', 'talks'];
  if (call.legs.some(consultsFirst)) kinds.push('consults');
  if (call.legs.some((leg) => leg.role === 'caller')) kinds.push('dials');
  return h(
    'div',
    { class: 'legend' },
    kinds.map((kind) => h('span', {}, h('i', { class: `bar-${kind}` }), t(`chart.${kind}`))),
  );
}
