// The top of the page: language, theme, connection, how the parts are, and the demo's banner.
import { get } from './api.js';
import { byId, fill, h, icon } from './dom.js';
import { keep } from './keep.js';
import { currentLanguage, languages, setLanguage, t } from './speak.js';

const themes = ['auto', 'light', 'dark'];
let theme = themes.includes(keep.get('theme')) ? keep.get('theme') : 'auto';
let connection = null;
let status = null;
let about = null;
let onLanguage = () => {};
let onStatus = () => {};

/** `statusNews(status)` when the parts have been asked how they are; null: not known. */
export function startHead(language, signOut, statusNews) {
  onLanguage = language;
  onStatus = statusNews;
  byId('sign-out').addEventListener('click', signOut);
  byId('theme').addEventListener('click', nextTheme);
  addEventListener('click', (event) => {
    const open = byId('status').querySelector('details[open]');
    if (open && !open.contains(event.target)) open.open = false;
  });
  setInterval(() => void loadStatus(), 15_000);
}

export function setConnection(next) {
  connection = next;
  drawHead();
}

/** `next` null: signed out. */
export function setAbout(next) {
  about = next;
  status = null;
  if (next === null) connection = null;
  drawHead();
  void loadStatus();
}

async function loadStatus() {
  if (about === null || document.hidden) return;
  try {
    status = await get('/status');
  } catch {
    // The connection's own sign tells that Patchcord is away; what was known of the parts would be stale.
    status = null;
  }
  drawStatus();
  onStatus(status);
}

export function drawHead() {
  document.documentElement.lang = currentLanguage();
  drawLanguages();
  const themeButton = byId('theme');
  fill(themeButton, icon(theme));
  label(themeButton, t(`theme.${theme}`));
  const signOut = byId('sign-out');
  signOut.hidden = about === null;
  fill(signOut, icon('leave'));
  label(signOut, t('signOut'));
  const sign = byId('connection');
  sign.hidden = connection === null;
  if (connection !== null) {
    sign.className = `connection connection-${connection}`;
    fill(sign, h('i', { class: 'dot' }), h('span', {}, t(`connection.${connection}`)));
  }
  drawStatus();
  drawDemo();
}

function label(button, text) {
  button.setAttribute('aria-label', text);
  button.title = text;
}

function drawLanguages() {
  const choice = (language) =>
    h(
      'button',
      {
        type: 'button',
        'aria-pressed': String(language === currentLanguage()),
        onclick: () => {
          setLanguage(language);
          onLanguage();
        },
      },
      language.toUpperCase(),
    );
  fill(byId('languages'), languages.toReversed().map(choice));
}

function nextTheme() {
  theme = themes[(themes.indexOf(theme) + 1) % themes.length];
  keep.set('theme', theme);
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  drawHead();
}

function drawStatus() {
  const box = byId('status');
  box.hidden = about === null || status === null;
  if (box.hidden) return;
  const wasOpen = box.querySelector('details')?.open ?? false;
  const part = ({ part: name, level, message, mend }) =>
    h(
      'li',
      { class: `part part-${level}` },
      h('i', { class: 'dot' }),
      h('div', {}, h('b', {}, name), h('p', {}, message), mend && h('p', { class: 'mend' }, mend)),
    );
  fill(
    box,
    h(
      'details',
      { open: wasOpen },
      h(
        'summary',
        { class: `level level-${status.level}` },
        h('i', { class: 'dot' }),
        h('span', {}, t(`status.${status.level}`)),
      ),
      h('ul', { class: 'card parts' }, status.parts.map(part)),
    ),
  );
}

function drawDemo() {
  const box = byId('demo');
  box.hidden = !about?.demo;
  if (box.hidden) return;
  fill(
    box,
    h(
      'p',
      {},
      h('b', {}, t('demo.title')),
      ' ',
      t('demo.text'),
      ' ',
      h('code', {}, `npx patchcord config sample > ${about.settingsFile}`),
    ),
  );
}
