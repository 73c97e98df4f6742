// The connections to CRMs: how each is, what is to be done about it, what was asked of it last.
import { get, send } from './api.js';
import { byId, fill, foreign, h } from './dom.js';
import { notice, wentWrong } from './notice.js';
import { mayChange } from './rights.js';
import { openSheet } from './sheet.js';
import { t } from './speak.js';

/** [{name, title, isCrm, asks, parts, hasRejected}] (`asks`: whether it sends requests) in the order of the settings */
let connections = [];
let state = 'loading';
/** name → what the last check said */
const checked = new Map();
const checking = new Set();
let onRejected = () => {};

/** `rejected(name)` when a person wants to see what the connection refused. */
export function startConnections(rejected) {
  onRejected = rejected;
}

export const connectionNames = () => connections.map(({ name }) => name);

export function forgetConnections() {
  connections = [];
  state = 'loading';
  checked.clear();
}

/** The parts of the status that tell of connections, and (for administrators) what the connections are. */
export async function loadConnections() {
  try {
    const status = await get('/status');
    const crms = mayChange() ? (await get('/crm')).connections : [];
    const found = group(status.parts, crms);
    await Promise.all(
      found.map(async (one) => {
        const { deliveries } = await get('/deliveries', { crm: one.name, state: 'rejected', limit: 1 });
        one.hasRejected = deliveries.length > 0;
      }),
    );
    connections = found;
    state = 'shown';
  } catch (error) {
    if (error.status === 401) wentWrong(error);
    if (state === 'loading') state = 'failed';
  }
  drawConnections();
}

function group(parts, crms) {
  const named = new Map(
    crms.map(({ name, title, type }) => [name, { name, title, asks: type !== 'local', isCrm: true, parts: [] }]),
  );
  for (const part of parts) {
    const name = /^(?:crm|deliveries to) (\S+)$/.exec(part.part)?.[1];
    if (name === undefined) continue;
    if (!named.has(name)) named.set(name, { name, title: null, asks: false, isCrm: false, parts: [] });
    named.get(name).parts.push(part);
  }
  return [...named.values()];
}

const worst = (parts) => ['error', 'warning'].find((level) => parts.some((part) => part.level === level)) ?? 'ok';

export function drawConnections() {
  const box = byId('connections');
  byId('connections-section').hidden = state === 'shown' && connections.length === 0;
  const focused = document.activeElement?.dataset?.key;
  if (state === 'loading') fill(box, h('div', { class: 'skeletons' }, h('div', { class: 'skeleton' })));
  else if (state === 'failed') fill(box, h('div', { class: 'empty' }, h('p', {}, t('connections.failed'))));
  else
    fill(
      box,
      h(
        'ul',
        { class: 'rows' },
        connections.map((one) => h('li', {}, card(one))),
      ),
    );
  if (focused) [...box.querySelectorAll('[data-key]')].find((each) => each.dataset.key === focused)?.focus();
}

function card({ name, title, isCrm, asks, parts, hasRejected }) {
  const level = worst(parts);
  // A connection that is down says so twice: by itself, and by what waits for it.
  const said = parts.filter(
    (part) =>
      !parts.some((other) => other !== part && other.mend === part.mend && other.message.endsWith(part.message)),
  );
  const button = (word, onclick, disabled = false) =>
    h('button', { type: 'button', class: 'button', dataset: { key: `${word}-${name}` }, disabled, onclick }, t(word));
  return h(
    'article',
    { class: `connection-card part-${level}` },
    h('i', { class: 'dot', role: 'img', 'aria-label': t(`level.${level}`) }),
    h(
      'div',
      { class: 'connection-main' },
      h('p', {}, h('b', {}, name), ' ', h('span', { class: 'hint' }, title ?? ownTitle(name))),
      said.map((part) => partText(part)),
      checked.has(name) &&
        h(
          'div',
          { class: 'checked' },
          checked.get(name).map((part) => partText(part)),
        ),
    ),
    mayChange() &&
      h(
        'div',
        { class: 'delivery-actions' },
        hasRejected && button('connections.rejected', () => onRejected(name)),
        hasRejected && button('connections.resend', () => void resend(name)),
        asks && button('connections.requests', () => openSheet('requests', name)),
        isCrm &&
          button(
            checking.has(name) ? 'connections.checking' : 'connections.check',
            () => void check(name),
            checking.has(name),
          ),
      ),
  );
}

const ownTitle = (name) => (name === 'recordings' ? t('connections.recordings') : '');

const partText = ({ level, message, mend }) =>
  h(
    'div',
    { class: 'said' },
    h('p', { class: level === 'ok' ? 'hint' : '' }, foreign(message)),
    mend !== null && h('p', { class: 'mend' }, foreign(mend)),
  );

async function resend(name) {
  try {
    const { count } = await send('POST', '/deliveries/resend', { crm: name });
    notice(t('connections.resent', { n: count }));
  } catch (error) {
    wentWrong(error);
  }
  void loadConnections();
}

async function check(name) {
  checking.add(name);
  drawConnections();
  try {
    const { health } = await send('POST', `/crm/${encodeURIComponent(name)}/check`);
    checked.set(name, health);
  } catch (error) {
    wentWrong(error);
  }
  checking.delete(name);
  drawConnections();
}
