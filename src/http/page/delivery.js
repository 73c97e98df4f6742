// One piece of work for one CRM: how it stands, why, and what a person may do about it.
import { send } from './api.js';
import { foreign, h } from './dom.js';
import { notice, wentWrong } from './notice.js';
import { mayChange } from './rights.js';
import { dateAndClock, t } from './speak.js';

const tones = { waiting: 'warm', working: 'accent', done: 'good', dropped: 'calm', rejected: 'bad' };

/** `of`: what stands for the call, null on the call's own sheet. `changed(delivery)` after a decision. */
export function deliveryCard(delivery, { of, changed }) {
  const { id, crm, kind, state, attempts, createdAt, dueAt, endedAt, note, mend } = delivery;
  const isOpen = state === 'waiting' || state === 'rejected';
  const isLater = state === 'waiting' && attempts > 0 && Date.parse(dueAt) > Date.now() + 1000;
  const facts = [
    of,
    dateAndClock(endedAt ?? createdAt),
    attempts > 1 && t('delivery.attempts', { n: attempts }),
    isLater && t('delivery.again', { time: dateAndClock(dueAt) }),
  ].filter(Boolean);
  // What was said before it went well is of no more interest.
  const says = note !== null && (state !== 'done' || mend !== null);
  return h(
    'article',
    { class: 'delivery', dataset: { delivery: id } },
    h('span', { class: `pill pill-${tones[state]}` }, t(`delivery.state.${state}`)),
    h(
      'div',
      { class: 'delivery-main' },
      h('p', { class: 'delivery-title' }, h('b', {}, crm), ' · ', t(`delivery.kind.${kind}`)),
      h(
        'p',
        { class: 'facts' },
        facts.map((fact) => h('span', {}, fact)),
      ),
      says && h('p', { class: 'delivery-note' }, foreign(note)),
      says && isOpen && mend !== null && h('p', { class: 'mend' }, foreign(mend)),
    ),
    mayChange() && isOpen && actions(delivery, changed),
  );
}

function actions({ id }, changed) {
  const box = h('div', { class: 'delivery-actions' });
  const button = (word, onclick, kind = '') =>
    h('button', { type: 'button', class: `button ${kind}`, onclick, dataset: { key: `${word}-${id}` } }, t(word));
  const act = async (path, word) => {
    for (const each of box.querySelectorAll('button')) each.disabled = true;
    try {
      changed(await send('POST', `/deliveries/${id}/${path}`));
      notice(t(word));
    } catch (error) {
      wentWrong(error);
      changed(null);
    }
  };
  const first = () => [
    button('delivery.resend', () => void act('resend', 'delivery.willBeSent')),
    button('delivery.drop', () => {
      box.replaceChildren(...asked());
      box.querySelector('button').focus();
    }),
  ];
  const asked = () => [
    h('span', { class: 'hint' }, t('delivery.dropAsk')),
    button('delivery.dropYes', () => void act('drop', 'delivery.wasDropped'), 'button-bad'),
    button('delivery.dropNo', () => box.replaceChildren(...first())),
  ];
  box.append(...first());
  return box;
}
