// The last requests to one CRM with their answers, as they were logged: secrets are hidden by then.
import { switchOf } from './choice.js';
import { fill, foreign, h } from './dom.js';
import { pagedList } from './list.js';
import { addSheet } from './sheet.js';
import { clockWithSeconds, dayName, t } from './speak.js';

let name = null;
let failedOnly = '';
let head = null;
let place = null;
/** Those that a person has unfolded. */
let unfolded = new Set();

const list = pagedList({
  box: () => place ?? h('div', {}),
  ask: () => ({ path: `/crm/${encodeURIComponent(name)}/requests`, parameters: { failed: failedOnly } }),
  key: 'requests',
  draw: (requests) =>
    h(
      'ul',
      { class: 'rows requests' },
      requests.map((request) => h('li', {}, line(request))),
    ),
  empty: () => ({ icon: 'delivery', text: t(failedOnly === '' ? 'requests.none' : 'requests.noneFailed') }),
});

export function startRequestsSheet() {
  const draw = () => {
    drawHead();
    list.show();
  };
  addSheet('requests', {
    open(id, box) {
      name = id;
      head = h('div', {});
      place = h('div', { class: 'card request-list' });
      unfolded = new Set();
      fill(box, head, place);
      drawHead();
      list.forget();
      void list.load();
    },
    draw,
    close() {
      list.forget();
      place = null;
      head = null;
    },
  });
}

function drawHead() {
  fill(
    head,
    h('h2', {}, foreign(t('requests.title', { name }))),
    h('p', { class: 'hint' }, t('requests.hint')),
    h(
      'div',
      { class: 'sheet-result' },
      switchOf({
        name: 'requests-failed',
        label: t('requests.which'),
        options: [
          { value: '', label: t('filter.all') },
          { value: 'true', label: t('requests.failed') },
        ],
        value: failedOnly,
        choose(value) {
          failedOnly = value;
          void list.load();
        },
      }),
      h('button', { type: 'button', class: 'button', onclick: () => void list.load() }, t('requests.again')),
    ),
  );
}

function line({ id, at, tookMs, label, method, url, request, status, answer, error, deliveryId }) {
  const isBad = error !== null || status === null || status >= 400;
  return h(
    'details',
    {
      class: 'request',
      open: unfolded.has(id),
      ontoggle: (event) => {
        if (event.target.open) unfolded.add(id);
        else unfolded.delete(id);
      },
    },
    h(
      'summary',
      {},
      h('span', { class: `pill pill-${isBad ? 'bad' : 'good'}` }, status ?? t('requests.noAnswer')),
      h('b', {}, foreign(label)),
      h('span', { class: 'hint' }, t('requests.took', { n: tookMs })),
      h('time', { class: 'hint', datetime: at, title: dayName(at) }, clockWithSeconds(at)),
    ),
    error !== null && h('p', { class: 'form-fault' }, foreign(error)),
    h('h4', {}, t('requests.request'), deliveryId !== null && ` · ${t('requests.delivery', { n: deliveryId })}`),
    h('pre', {}, foreign(`${method} ${url}\n${request}`)),
    answer !== '' && [h('h4', {}, t('requests.answer')), h('pre', {}, foreign(answer))],
  );
}
