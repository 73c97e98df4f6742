// One client of the built-in CRM: who it is, the calls, tasks and notes.
import { get, send } from './api.js';
import { activityRow } from './activities.js';
import { switchOf } from './choice.js';
import { clientForm } from './client-form.js';
import { clientNotes } from './client-notes.js';
import { kindOf, kindTone, leadStatuses, refreshClients } from './clients.js';
import { fill, foreign, h, icon } from './dom.js';
import { forgetKnownClients } from './known-clients.js';
import { failure, notice, wentWrong } from './notice.js';
import { loadPeople, operatorName } from './people.js';
import { forgetPlayers } from './player.js';
import { mayChange } from './rights.js';
import { addSheet, sheetLink } from './sheet.js';
import { dateAndClock, phone, t } from './speak.js';
import { taskCard } from './tasks.js';

let openId = null;
/** {client, company, calls, tasks, notes} or null while it is asked for. */
let card = null;
let isEditing = false;
/** What is drawn apart, so that a note that is being typed outlives what arrives meanwhile. */
let parts = null;
let notes = null;

export function startClientSheet() {
  addSheet('client', {
    open(id, box) {
      openId = id;
      card = null;
      isEditing = false;
      parts = { head: h('div', {}), rest: h('div', {}), notes: h('div', {}) };
      fill(box, parts.head, parts.rest, parts.notes);
      notes = clientNotes(parts.notes, id);
      drawHead();
      void load();
    },
    draw: drawAll,
    close() {
      forgetPlayers();
      openId = null;
      card = null;
      parts = null;
    },
  });
}

async function load() {
  const id = openId;
  try {
    const [found] = await Promise.all([get(`/clients/${encodeURIComponent(id)}`), loadPeople()]);
    if (openId !== id) return;
    const isFirst = card === null;
    card = found;
    if (isFirst) drawAll();
    else drawNews();
  } catch (error) {
    if (openId !== id) return;
    if (error.status === 401) wentWrong(error);
    // What is shown already stays.
    if (card !== null) return;
    fill(
      parts.head,
      error.status === 404
        ? h('div', { class: 'empty' }, h('p', {}, t('client.missing')))
        : failure(error, () => void load()),
    );
  }
}

/** A call has ended: it may be this client's. */
export function refreshClientSheet() {
  if (openId !== null && card !== null) void load();
}

function drawAll() {
  if (card === null) return;
  drawNews();
  notes.draw();
}

function drawNews() {
  if (!isEditing) drawHead();
  drawRest();
  notes.take(card.notes);
}

function drawHead() {
  if (card === null) {
    fill(
      parts.head,
      h('div', { class: 'skeletons' }, h('div', { class: 'skeleton' }), h('div', { class: 'skeleton' })),
    );
    return;
  }
  const { client, company } = card;
  const title = client.phones.includes(client.name) ? phone(client.name) : client.name;
  if (isEditing) {
    fill(
      parts.head,
      h('h2', {}, t('client.edit')),
      clientForm(client, save, () => edit(false)),
    );
    return;
  }
  const hasSwitch = mayChange() && client.kind === 'lead';
  fill(
    parts.head,
    h(
      'header',
      { class: 'sheet-head' },
      h('span', { class: 'direction' }, icon('client')),
      h('div', { class: 'names' }, h('h2', {}, foreign(title))),
    ),
    h(
      'div',
      { class: 'sheet-result' },
      h('span', { class: `pill pill-${kindTone(client)}` }, hasSwitch ? t('client.kind.lead') : kindOf(client)),
      hasSwitch && statusSwitch(client),
      mayChange() && h('button', { type: 'button', class: 'button', onclick: () => edit(true) }, t('client.edit')),
    ),
    h('dl', { class: 'figures' }, figures(client, company)),
    client.note !== '' && h('p', { class: 'remark' }, foreign(client.note)),
  );
}

const statusSwitch = (client) =>
  switchOf({
    name: 'lead-status',
    label: t('client.statusLabel'),
    options: leadStatuses.map((value) => ({ value, label: t(`client.status.${value}`) })),
    value: client.status,
    choose: (status) => void change({ status }, t('client.statusChanged', { status: t(`client.status.${status}`) })),
  });

function figures(client, company) {
  const rows = [
    [
      'client.phones',
      client.phones.length > 0 && client.phones.map((each) => foreign(phone(each), { class: 'line-of' })),
    ],
    ['call.responsible', client.responsible !== null && foreign(operatorName(client.responsible))],
    ['client.company', company && h('a', sheetLink('client', company.id), foreign(company.name))],
    ['client.column.source', client.source && foreign(client.source)],
    ['client.column.since', dateAndClock(client.createdAt)],
    ['client.madeFrom', client.callId && h('a', sheetLink('call', client.callId), t('client.theCall'))],
  ];
  return rows.filter(([, value]) => value).map(([key, value]) => h('div', {}, h('dt', {}, t(key)), h('dd', {}, value)));
}

function edit(next) {
  isEditing = next;
  drawHead();
}

/** @throws ApiFailure */
async function save(fields) {
  const { kind: _kind, ...changes } = fields;
  await patch(changes);
  isEditing = false;
  drawHead();
}

async function change(changes, text) {
  try {
    await patch(changes, text);
  } catch (error) {
    wentWrong(error);
  }
  if (parts !== null) drawHead();
}

/** Changes the client and offers to take it back. @throws ApiFailure */
async function patch(changes, text = t('client.changed')) {
  const { client, previous } = await send('PATCH', `/clients/${card.client.id}`, changes);
  took(client, previous);
  const before = Object.fromEntries(Object.keys(changes).map((key) => [key, previous[key]]));
  const undo = async () => {
    try {
      const back = await send('PATCH', `/clients/${client.id}`, before);
      took(back.client, back.previous);
      notice(t('undone'));
    } catch (error) {
      wentWrong(error);
    }
  };
  notice(text, { label: t('undo'), run: () => void undo() });
}

function took(client, previous) {
  forgetKnownClients([...client.phones, ...previous.phones]);
  refreshClients();
  if (card?.client.id !== client.id) return;
  card = { ...card, client };
  drawHead();
  void load();
}

function drawRest() {
  const { tasks, calls, client } = card;
  const open = tasks.filter(({ closedAt }) => closedAt === null);
  fill(
    parts.rest,
    tasks.length > 0 && [
      h('h3', {}, t('view.tasks')),
      h(
        'ul',
        { class: 'stack' },
        [...open, ...tasks.filter((task) => !open.includes(task))].map((task) =>
          h('li', {}, taskCard(task, { changed: () => void load(), isOfClient: client.id })),
        ),
      ),
    ],
    h('h3', {}, t('view.calls')),
    calls.length === 0
      ? h('p', { class: 'hint' }, t('client.noCalls'))
      : h(
          'ul',
          { class: 'stack' },
          calls.map((activity) => h('li', {}, activityRow(activity))),
        ),
  );
}
