// A line at the foot of the page: what was done, with a way to take it back, or what went wrong and the mend.
import { byId, fill, h, icon } from './dom.js';
import { t } from './speak.js';

const shownMs = 8000;
const box = h('div', { class: 'notice', role: 'status', hidden: true });
let timer = null;
let onRefused = () => {};

/** `refused()` when a token is not taken any more. */
export function startNotices(refused) {
  onRefused = refused;
}

/** `action`: {label, run} or null. */
export function notice(text, action = null) {
  show('notice-done', [
    h('span', {}, text),
    action &&
      h(
        'button',
        {
          type: 'button',
          class: 'quiet notice-action',
          onclick: () => {
            hideNotice();
            action.run();
          },
        },
        action.label,
      ),
  ]);
  timer = setTimeout(hideNotice, shownMs);
}

/** What could not be done; stays until it is closed. */
export function wentWrong(error) {
  if (error.status === 401) {
    onRefused();
    return;
  }
  const { what, mend } = explained(error);
  show('notice-failed', [h('span', {}, h('b', {}, what), mend && h('span', { class: 'mend' }, mend))]);
}

/** An error of the API in words: {what, mend}. */
export function explained(error) {
  if (error.status === 0) return { what: t('signIn.offline'), mend: null };
  if (error.status === 403) return { what: t('error.scope'), mend: t('error.scopeMend') };
  if (error.message === '') return { what: t('error.unknown', { n: error.status }), mend: null };
  return { what: error.message[0].toUpperCase() + error.message.slice(1), mend: error.mend };
}

/** The same, in the place where something would have stood. */
export function failure(error, again) {
  const { what, mend } = explained(error);
  return h(
    'div',
    { class: 'empty empty-failed' },
    h('p', {}, what),
    mend && h('p', { class: 'hint' }, mend),
    h('button', { type: 'button', class: 'button', onclick: again }, t('history.again')),
  );
}

export function hideNotice() {
  clearTimeout(timer);
  box.hidden = true;
  fill(box);
}

function show(kind, children) {
  clearTimeout(timer);
  box.className = `notice ${kind}`;
  fill(
    box,
    children,
    h(
      'button',
      { type: 'button', class: 'tool', 'aria-label': t('call.close'), title: t('call.close'), onclick: hideNotice },
      icon('close'),
    ),
  );
  box.hidden = false;
  placeNotice();
}

/** Inside the sheet while it is open: what is outside a modal dialog cannot be clicked. */
export function placeNotice() {
  const sheet = byId('sheet');
  (sheet.open ? sheet : document.body).append(box);
}
