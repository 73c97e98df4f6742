// The clients of the built-in CRM: found by name, number, kind and status.
import { selectOf, switchOf } from './choice.js';
import { byId, fill, foreign, h, icon } from './dom.js';
import { pagedList } from './list.js';
import { loadPeople, operatorName } from './people.js';
import { mayChange } from './rights.js';
import { openSheet } from './sheet.js';
import { dateAndClock, phone, t } from './speak.js';

export const clientKinds = ['contact', 'company', 'lead'];
export const leadStatuses = ['open', 'won', 'lost'];

const none = { search: '', kind: '', status: '' };
let chosen = { ...none };
let timer = null;

const list = pagedList({
  box: () => byId('clients'),
  ask: () => ({ path: '/clients', parameters: { ...chosen, search: chosen.search.trim() } }),
  key: 'clients',
  draw: table,
  empty: () =>
    Object.keys(none).some((key) => chosen[key] !== none[key])
      ? {
          icon: 'search',
          text: t('client.none'),
          hint: t('history.noneHint'),
          action: h('button', { type: 'button', class: 'button', onclick: clear }, t('filter.clear')),
        }
      : { icon: 'client', text: t('client.empty'), hint: t('client.emptyHint') },
});

export function startClients() {
  byId('clients-filters').addEventListener('submit', (event) => event.preventDefault());
}

export function showClients() {
  void loadPeople().then(list.show);
  if (list.isLoaded()) list.refresh();
  else void list.load();
}

export const refreshClients = (waitMs) => list.refresh(waitMs);
export const forgetClients = () => {
  chosen = { ...none };
  list.forget();
};

function clear() {
  chosen = { ...none };
  drawClients();
  void list.load();
}

/** Typing is not asked about at every key. */
function set(key, value, waitMs = 0) {
  chosen = { ...chosen, [key]: value };
  // Only a lead has a status.
  if (key === 'kind' && value !== 'lead') chosen.status = '';
  if (key === 'kind') drawFilters();
  clearTimeout(timer);
  timer = setTimeout(() => void list.load(), waitMs);
}

export function drawClients() {
  fill(byId('clients-title'), t('view.clients'));
  fill(byId('clients-tools'), mayChange() && [tool('new-client', 'client.add'), tool('import', 'client.import')]);
  drawFilters();
  list.show();
}

const tool = (sheet, word) =>
  h('button', { type: 'button', class: 'button', dataset: { key: sheet }, onclick: () => openSheet(sheet) }, t(word));

function drawFilters() {
  const search = h('input', {
    type: 'search',
    maxlength: 100,
    placeholder: t('client.search'),
    'aria-label': t('client.search'),
    value: chosen.search,
    oninput: (event) => set('search', event.target.value, 250),
  });
  const kinds = ['', ...clientKinds].map((value) => ({
    value,
    label: t(value === '' ? 'filter.all' : `client.kinds.${value}`),
  }));
  const statuses = ['', ...leadStatuses].map((value) => ({
    value,
    label: t(value === '' ? 'client.anyStatus' : `client.status.${value}`),
  }));
  fill(
    byId('clients-filters'),
    h('label', { class: 'field search' }, icon('search'), search),
    switchOf({
      name: 'client-kind',
      label: t('client.kind'),
      options: kinds,
      value: chosen.kind,
      choose: (value) => set('kind', value),
    }),
    chosen.kind === 'lead' &&
      h(
        'label',
        { class: 'field' },
        selectOf({
          label: t('client.statusLabel'),
          options: statuses,
          value: chosen.status,
          choose: (value) => set('status', value),
        }),
      ),
  );
}

/** "Lead, open": what a client is. */
export const kindOf = ({ kind, status }) =>
  status === null ? t(`client.kind.${kind}`) : `${t(`client.kind.${kind}`)}, ${t(`client.status.${status}`)}`;

export const kindTone = ({ kind, status }) =>
  kind === 'lead' ? { open: 'warm', won: 'good', lost: 'calm' }[status] : 'accent';

const columns = ['name', 'kind', 'operator', 'source', 'since'];

function table(clients) {
  return h(
    'table',
    { class: 'items' },
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        columns.map((column) => h('th', { scope: 'col', class: `c-${column}` }, t(`client.column.${column}`))),
      ),
    ),
    h('tbody', {}, clients.map(row)),
  );
}

function row(client) {
  const open = () => openSheet('client', client.id);
  const phones = client.phones.map(phone).join(', ');
  const isNumber = client.phones.includes(client.name);
  return h(
    'tr',
    {
      class: 'item',
      tabindex: 0,
      dataset: { key: `client-${client.id}` },
      onclick: open,
      onkeydown: (event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        open();
      },
    },
    h(
      'td',
      { class: 'c-name' },
      h(
        'span',
        { class: 'names' },
        foreign(isNumber ? phone(client.name) : client.name, { class: 'main' }),
        !isNumber && phones !== '' && foreign(phones, { class: 'below' }),
      ),
    ),
    h('td', { class: 'c-kind' }, h('span', { class: `pill pill-${kindTone(client)}` }, kindOf(client))),
    h('td', { class: 'c-operator' }, foreign(operatorName(client.responsible))),
    h('td', { class: 'c-source' }, foreign(client.source ?? '')),
    h('td', { class: 'c-since' }, dateAndClock(client.createdAt)),
  );
}
