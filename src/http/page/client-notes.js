// What people wrote down about a client, and writing more.
import { send } from './api.js';
import { fill, foreign, h } from './dom.js';
import { wentWrong } from './notice.js';
import { mayChange } from './rights.js';
import { dateAndClock, t } from './speak.js';

/** In `box`; `take(notes)` shows them without touching what is being typed, `draw()` draws all anew. */
export function clientNotes(box, clientId) {
  let notes = [];
  let typed = '';
  const list = h('ul', { class: 'stack' });

  const drawList = () =>
    fill(
      list,
      notes.map(({ text, author, at }) =>
        h(
          'li',
          { class: 'note' },
          h('p', {}, foreign(text)),
          h('p', { class: 'hint' }, foreign(author), ' · ', dateAndClock(at)),
        ),
      ),
    );

  async function write(event) {
    event.preventDefault();
    const [field, button] = event.target.querySelectorAll('textarea, button');
    button.disabled = true;
    try {
      ({ notes } = await send('POST', `/clients/${clientId}/notes`, { text: typed.trim() }));
      typed = '';
      field.value = '';
      drawList();
    } catch (error) {
      wentWrong(error);
    } finally {
      button.disabled = false;
    }
  }

  const form = () =>
    h(
      'form',
      { class: 'writing', onsubmit: (event) => void write(event) },
      h(
        'textarea',
        {
          rows: 2,
          maxlength: 5000,
          required: true,
          placeholder: t('client.writeNote'),
          'aria-label': t('client.writeNote'),
          oninput: (event) => {
            typed = event.target.value;
          },
        },
        typed,
      ),
      h('button', { type: 'submit', class: 'button' }, t('client.addNote')),
    );

  return {
    take(next) {
      notes = next;
      drawList();
    },
    draw() {
      drawList();
      fill(
        box,
        h('h3', {}, t('client.notes')),
        mayChange() ? form() : notes.length === 0 && h('p', { class: 'hint' }, t('client.noNotes')),
        list,
      );
    },
  };
}
