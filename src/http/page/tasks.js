// The tasks of the built-in CRM: whom to call back, by when.
import { send } from './api.js';
import { selectOf, switchOf } from './choice.js';
import { byId, fill, foreign, h } from './dom.js';
import { pagedList } from './list.js';
import { notice, wentWrong } from './notice.js';
import { loadPeople, operatorName, operators } from './people.js';
import { mayChange } from './rights.js';
import { sheetLink } from './sheet.js';
import { dateAndClock, phone, t } from './speak.js';

const none = { open: 'true', responsible: '' };
let chosen = { ...none };

const list = pagedList({
  box: () => byId('tasks'),
  ask: () => ({ path: '/tasks', parameters: chosen }),
  key: 'tasks',
  draw: (tasks) =>
    h(
      'ul',
      { class: 'rows' },
      tasks.map((task) => h('li', {}, taskCard(task, { changed: () => list.refresh() }))),
    ),
  empty: () => ({
    icon: 'task',
    text: t(chosen.open === 'true' ? 'task.noneOpen' : 'task.noneClosed'),
    hint: t('task.noneHint'),
  }),
});

export function startTasks() {
  byId('tasks-filters').addEventListener('submit', (event) => event.preventDefault());
}

export function showTasks() {
  void loadPeople().then(drawTasks);
  if (list.isLoaded()) list.refresh();
  else void list.load();
}

export const refreshTasks = (waitMs) => list.refresh(waitMs);
export const forgetTasks = () => {
  chosen = { ...none };
  list.forget();
};

export function drawTasks() {
  fill(byId('tasks-title'), t('view.tasks'));
  drawFilters();
  list.show();
}

function set(key, value) {
  chosen = { ...chosen, [key]: value };
  void list.load();
}

function drawFilters() {
  const everybody = { value: '', label: t('task.everybody') };
  fill(
    byId('tasks-filters'),
    switchOf({
      name: 'task-open',
      label: t('task.openOrClosed'),
      options: [
        { value: 'true', label: t('task.open') },
        { value: 'false', label: t('task.closed') },
      ],
      value: chosen.open,
      choose: (value) => set('open', value),
    }),
    h(
      'label',
      { class: 'field' },
      selectOf({
        label: t('call.responsible'),
        options: [everybody, ...operators().map(({ id, name }) => ({ value: id, label: name }))],
        value: chosen.responsible,
        choose: (value) => set('responsible', value),
      }),
    ),
  );
}

/** `changed()` after it was closed or opened; `isOfClient`: the client on whose sheet it stands, so that it is not named again. */
export function taskCard(task, { changed, isOfClient = null }) {
  const { id, title, text, responsible, deadlineAt, number, callId, entityId, closedAt, closedBy } = task;
  const isOpen = closedAt === null;
  const facts = [
    responsible !== null && h('b', {}, foreign(operatorName(responsible))),
    number !== null && isOfClient === null && foreign(phone(number)),
    entityId !== null && entityId !== isOfClient && h('a', sheetLink('client', entityId), t('task.client')),
    callId !== null && h('a', sheetLink('call', callId), t('task.call')),
  ].filter(Boolean);
  return h(
    'article',
    { class: `task ${isOpen ? '' : 'task-closed'}`, dataset: { task: id } },
    h(
      'div',
      { class: 'task-main' },
      h('p', { class: 'task-title' }, foreign(title)),
      text !== '' && h('p', { class: 'task-text' }, foreign(text)),
      h(
        'p',
        { class: 'facts' },
        facts.map((fact) => h('span', {}, fact)),
      ),
    ),
    h('div', { class: 'task-when' }, isOpen ? deadline(deadlineAt) : closed(closedAt, closedBy)),
    mayChange() &&
      h(
        'button',
        {
          type: 'button',
          class: 'button',
          dataset: { key: `task-${id}` },
          onclick: (event) => {
            event.target.disabled = true;
            void turn(id, isOpen ? 'close' : 'open', changed);
          },
        },
        t(isOpen ? 'task.doClose' : 'task.doOpen'),
      ),
  );
}

function deadline(at) {
  if (at === null) return null;
  if (Date.parse(at) >= Date.now()) return h('span', { class: 'due' }, t('task.by', { time: dateAndClock(at) }));
  return h('span', { class: 'pill pill-bad' }, t('task.overdue', { time: dateAndClock(at) }));
}

/** A call's id is its PBX and when it began at Asterisk; anything else is whoever closed it. */
const isCall = (text) => /-\d+\.\d+$/.test(text);

const closed = (at, by) =>
  h(
    'span',
    { class: 'due' },
    t('task.closedAt', { time: dateAndClock(at) }),
    by !== null && by !== '' && [h('br'), isCall(by) ? h('a', sheetLink('call', by), t('task.byCall')) : foreign(by)],
  );

async function turn(id, change, changed) {
  const back = change === 'close' ? 'open' : 'close';
  try {
    await send('POST', `/tasks/${id}/${change}`);
    const undo = { label: t('undo'), run: () => void turn(id, back, changed) };
    notice(t(change === 'close' ? 'task.wasClosed' : 'task.wasOpened'), undo);
  } catch (error) {
    wentWrong(error);
  }
  list.refresh();
  changed();
}
