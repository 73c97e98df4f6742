// What became of one call at each CRM.
import { get } from './api.js';
import { deliveryCard } from './delivery.js';
import { fill, h } from './dom.js';
import { t } from './speak.js';

const limit = 200;
const againMs = 3000;

/** Shows them in `box` and asks again while the sheet is open. `news()` when they have been read. */
export function callDeliveries(box, news) {
  let deliveries = [];
  let more = false;
  let callId = null;
  let timer = null;

  async function load() {
    clearTimeout(timer);
    const id = callId;
    try {
      const page = await get('/deliveries', { call: id, limit });
      if (callId !== id) return;
      deliveries = page.deliveries;
      more = page.next !== null;
      news();
    } catch {
      // What was read stays; the connection's own sign tells when Patchcord is away.
    }
    if (callId !== id) return;
    // Not under the hands of somebody who is asked whether to give one up.
    if (!box.querySelector('.button-bad')) draw();
    timer = setTimeout(() => void load(), againMs);
  }

  function draw() {
    const told = deliveries.filter((each) => !isCalm(each)).toReversed();
    const focused = document.activeElement?.dataset?.key;
    fill(
      box,
      deliveries.length > 0 && [
        h('h3', {}, t('call.deliveries')),
        h(
          'ul',
          { class: 'stack' },
          told.map((delivery) => h('li', {}, deliveryCard(delivery, { of: null, changed: () => void load() }))),
          calmOnes(deliveries).map((some) => h('li', {}, together(some))),
        ),
        more && h('p', { class: 'hint' }, t('call.deliveriesMore', { n: limit })),
      ],
    );
    if (focused) [...box.querySelectorAll('[data-key]')].find((each) => each.dataset.key === focused)?.focus();
  }

  return {
    follow(id) {
      callId = id;
      void load();
    },
    draw,
    has: (kind, state) => deliveries.some((each) => each.kind === kind && each.state === state),
    stop() {
      callId = null;
      clearTimeout(timer);
    },
  };
}

/** Every fact goes to a receiver of events: those of which there is nothing to say are one line. */
const isCalm = ({ kind, state, attempts }) =>
  kind === 'event' && (state === 'done' || (state === 'waiting' && attempts === 0));

/** In groups of one connection and one state. */
function calmOnes(deliveries) {
  const groups = new Map();
  for (const delivery of deliveries.filter(isCalm)) {
    const key = `${delivery.crm} ${delivery.state}`;
    groups.set(key, [...(groups.get(key) ?? []), delivery]);
  }
  return [...groups.values()];
}

function together(deliveries) {
  const [{ crm, state }] = deliveries;
  return h(
    'article',
    { class: 'delivery' },
    h('span', { class: `pill pill-${state === 'done' ? 'good' : 'warm'}` }, t(`delivery.state.${state}`)),
    h('p', { class: 'delivery-title' }, h('b', {}, crm), ' · ', t('call.events', { n: deliveries.length })),
  );
}
