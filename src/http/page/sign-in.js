// Asking for the token.
import { get } from './api.js';
import { byId, fill, h } from './dom.js';
import { keptToken } from './keep.js';
import { t } from './speak.js';

let message = null;
let onDone = () => {};

/** Shows the form; `done(about)` once the API takes a token. `why` is a key of the words, or null. */
export function askForToken(done, why = null) {
  onDone = done;
  message = why === null ? null : () => t(why);
  byId('sign-in').hidden = false;
  drawSignIn();
  byId('token')?.focus();
}

export function drawSignIn() {
  const box = byId('sign-in');
  if (box.hidden) return;
  const typed = byId('token')?.value ?? '';
  const remember = byId('remember')?.checked ?? false;
  fill(
    box,
    h(
      'form',
      { class: 'card sign-in-card', onsubmit: submit },
      h('h1', {}, t('signIn.title')),
      h('label', { for: 'token' }, t('signIn.token')),
      h('input', {
        id: 'token',
        type: 'password',
        autocomplete: 'off',
        autocapitalize: 'off',
        spellcheck: 'false',
        required: true,
        value: typed,
        placeholder: 'pc_…',
        'aria-describedby': 'sign-in-message',
      }),
      h(
        'label',
        { class: 'tick' },
        h('input', { id: 'remember', type: 'checkbox', checked: remember }),
        t('signIn.remember'),
      ),
      h('p', { id: 'sign-in-message', class: 'sign-in-message', role: 'alert' }, message?.() ?? ''),
      h('button', { type: 'submit', class: 'button button-main' }, t('signIn.go')),
      h('p', { class: 'hint' }, t('signIn.hint'), ' ', h('code', {}, 'npx patchcord token')),
    ),
  );
}

async function submit(event) {
  event.preventDefault();
  const token = byId('token').value.trim();
  const remember = byId('remember').checked;
  const button = event.target.querySelector('button');
  button.disabled = true;
  try {
    // A header takes visible ASCII only; anything else is no token.
    const about = /^[\x21-\x7e]+$/.test(token) ? await get('/about', {}, token) : null;
    if (about) {
      keptToken.set(token, remember);
      byId('token').value = '';
      byId('sign-in').hidden = true;
      onDone(about);
      return;
    }
    message = () => t('signIn.wrong');
  } catch (error) {
    message = () => explain(error);
  }
  drawSignIn();
  byId('token').select();
}

function explain(error) {
  if (error.status === 429) return t('signIn.tooMany', { n: error.retryAfterSec ?? 60 });
  if (error.status === 403) return t('signIn.scope');
  return t(error.status === 401 ? 'signIn.wrong' : 'signIn.offline');
}
