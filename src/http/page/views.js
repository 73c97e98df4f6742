// The views of the page and the way between them. Each stays as it was left: what was typed, how far it was read.
import { go, readAddress, viewAddress, views } from './address.js';
import { byId, fill, h } from './dom.js';
import { t } from './speak.js';

/** name → {show()}: called each time when the view comes to the front. */
const shown = new Map();
const scrolled = new Map();
let current = null;
/** Views with something for a person to look at. */
let marked = new Set();

export function addView(name, onShow) {
  shown.set(name, onShow);
}

export const currentView = () => current;

/** Shows the view that the address names. */
export function followView() {
  const { view } = readAddress();
  if (view === current) return;
  if (current !== null) scrolled.set(current, scrollY);
  current = view;
  for (const each of views) byId(`view-${each}`).hidden = each !== view;
  drawNavigation();
  shown.get(view)?.();
  scrollTo(0, scrolled.get(view) ?? 0);
}

/** Signed out: the next person begins with what the address names. */
export function forgetViews() {
  current = null;
  marked = new Set();
  scrolled.clear();
  byId('navigation').hidden = true;
}

export function markViews(names) {
  marked = new Set(names);
  drawNavigation();
}

export function drawNavigation() {
  const box = byId('navigation');
  box.hidden = current === null;
  if (current === null) return;
  box.setAttribute('aria-label', t('navigation'));
  fill(
    box,
    views.map((view) =>
      h(
        'a',
        {
          href: viewAddress(view),
          'aria-current': view === current ? 'page' : null,
          onclick: (event) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            go(viewAddress(view));
          },
        },
        t(`view.${view}`),
        marked.has(view) && h('i', { class: 'dot', role: 'img', 'aria-label': t('status.error') }),
      ),
    ),
  );
}
