// What the CRMs were told, what waits, what they refused.
import { selectOf } from './choice.js';
import { connectionNames, drawConnections, loadConnections, startConnections } from './connections.js';
import { deliveryCard } from './delivery.js';
import { byId, fill, h } from './dom.js';
import { callTitle, startKnownCalls } from './known-calls.js';
import { pagedList } from './list.js';
import { sheetLink } from './sheet.js';
import { t } from './speak.js';
import { currentView } from './views.js';

const deliveryStates = ['waiting', 'working', 'rejected', 'dropped', 'done'];
const kinds = [
  'card',
  'answered',
  'merged',
  'ended',
  'missed',
  'reached',
  'encode',
  'record',
  'mark',
  'order-failed',
  'event',
];
const refreshMs = 4000;

const none = { state: '', crm: '', kind: '' };
let chosen = { ...none };

const list = pagedList({
  box: () => byId('deliveries'),
  ask: () => ({ path: '/deliveries', parameters: chosen }),
  key: 'deliveries',
  draw: (deliveries) =>
    h(
      'ul',
      { class: 'rows' },
      deliveries.map((delivery) =>
        h('li', {}, deliveryCard(delivery, { of: callOf(delivery), changed: () => list.refresh() })),
      ),
    ),
  empty: () => ({
    icon: 'delivery',
    text: t(chosen.state === '' ? 'delivery.none' : `delivery.noneOf.${chosen.state}`),
    hint: chosen.crm !== '' || chosen.kind !== '' ? t('history.noneHint') : null,
  }),
});

/** An order that never became a call has no call to show. */
const callOf = ({ callId }) =>
  callId.startsWith('order:')
    ? t('delivery.order')
    : h('a', { ...sheetLink('call', callId), dataset: { key: `call-${callId}` } }, callTitle(callId));

export function startDeliveries() {
  byId('deliveries-filters').addEventListener('submit', (event) => event.preventDefault());
  startConnections(showRejected);
  startKnownCalls(() => {
    if (!isAsking()) list.show();
  });
  setInterval(() => {
    if (currentView() !== 'deliveries' || document.hidden) return;
    refreshDeliveries();
    void loadConnections();
  }, refreshMs);
}

export function showDeliveries() {
  void loadConnections().then(drawFilters);
  if (list.isLoaded()) list.refresh();
  else void list.load();
}

/** Not under the hands of somebody who is asked whether to give one up. */
const isAsking = () => byId('deliveries').querySelector('.button-bad') !== null;

export function refreshDeliveries() {
  if (!isAsking()) list.refresh();
}

export const forgetDeliveries = () => {
  chosen = { ...none };
  list.forget();
};

export function drawDeliveries() {
  fill(byId('connections-title'), t('connections.title'));
  fill(byId('deliveries-title'), t('view.deliveries'));
  drawConnections();
  drawFilters();
  list.show();
}

/** From a connection: its rejected ones. */
function showRejected(crm) {
  chosen = { ...none, crm, state: 'rejected' };
  drawFilters();
  void list.load();
  byId('deliveries-title').scrollIntoView({ behavior: 'smooth' });
}

function set(key, value) {
  chosen = { ...chosen, [key]: value };
  void list.load();
}

function drawFilters() {
  const choice = (key, label, any, options) =>
    h(
      'label',
      { class: 'field' },
      selectOf({
        label,
        options: [{ value: '', label: any }, ...options],
        value: chosen[key],
        choose: (value) => set(key, value),
        attributes: { dataset: { key: `deliveries-${key}` } },
      }),
    );
  const named = (prefix, values) => values.map((value) => ({ value, label: t(`${prefix}.${value}`) }));
  const names = connectionNames().map((value) => ({ value, label: value }));
  fill(
    byId('deliveries-filters'),
    choice('state', t('delivery.stateLabel'), t('delivery.anyState'), named('delivery.state', deliveryStates)),
    choice('crm', t('delivery.connection'), t('delivery.anyConnection'), names),
    choice('kind', t('delivery.kindLabel'), t('delivery.anyKind'), named('delivery.kind', kinds)),
  );
}
