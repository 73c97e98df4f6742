// The sheet over the page: which one is open is said by the address, so that "back" closes it.
import { go, readAddress, sheetAddress, viewAddress } from './address.js';
import { byId, fill, h, icon } from './dom.js';
import { placeNotice } from './notice.js';
import { t } from './speak.js';

/** name → {open(id, box), draw(), close()}: `box` is the sheet's own empty element. */
const kinds = new Map();
let open = null;
/** What was in focus before, to go back to. */
let cameFrom = null;

export function addSheet(name, kind) {
  kinds.set(name, kind);
}

export function startSheets() {
  const sheet = byId('sheet');
  // Escape, or the phone's own "back": the browser has closed it by itself.
  sheet.addEventListener('close', () => {
    if (open !== null) closeSheet();
  });
  // A click beside the sheet is on the dialog itself.
  sheet.addEventListener('click', (event) => {
    if (event.target === sheet) closeSheet();
  });
}

export function openSheet(name, id = '') {
  cameFrom = document.activeElement?.dataset?.key ?? cameFrom;
  go(sheetAddress(name, id));
}

/** A link's attributes: it opens the sheet, and can be opened in another tab as well. */
export const sheetLink = (name, id) => ({
  href: sheetAddress(name, id),
  onclick: (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    openSheet(name, id);
  },
});

/** Back to the view below. */
export function closeSheet() {
  const { view, sheet } = readAddress();
  if (sheet !== null) history.pushState(null, '', view === 'calls' ? location.pathname : viewAddress(view));
  followSheet();
}

/** Shows the sheet that the address names, or none. */
export function followSheet() {
  const dialog = byId('sheet');
  const { sheet, id } = readAddress();
  if (open?.name === sheet && open?.id === id) return;
  if (open !== null) kinds.get(open.name).close();
  const kind = kinds.get(sheet);
  open = kind ? { name: sheet, id } : null;
  if (!kind) {
    dialog.close();
    fill(dialog);
    placeNotice();
    if (cameFrom) [...document.querySelectorAll('[data-key]')].find((each) => each.dataset.key === cameFrom)?.focus();
    cameFrom = null;
    return;
  }
  const box = h('div', { class: 'sheet-content' });
  const body = h('div', { class: 'sheet-body' }, closeButton(), box);
  fill(dialog, body);
  if (!dialog.open) dialog.showModal();
  placeNotice();
  kind.open(id, box);
}

/** In the language that was chosen anew. */
export function drawSheets() {
  if (open === null) return;
  byId('sheet').querySelector('.sheet-close').replaceWith(closeButton());
  kinds.get(open.name).draw();
}

const closeButton = () =>
  h(
    'button',
    {
      type: 'button',
      class: 'tool sheet-close',
      'aria-label': t('call.close'),
      title: t('call.close'),
      onclick: closeSheet,
    },
    icon('close'),
  );
