// A list that is read page by page, as three of the views show one.
import { get } from './api.js';
import { fill, h, icon } from './dom.js';
import { failure, wentWrong } from './notice.js';
import { t } from './speak.js';

const pageSize = 50;
/** What one question may ask for at most. */
const askedMax = 500;

/**
 * `box()`: the element that holds it; `ask()`: {path, parameters}; `key`: the name of the list in the answer; `draw(items)`: its elements;
 * `empty()`: {icon, text, hint} when there is nothing.
 */
export function pagedList({ box, ask, key, draw, empty }) {
  let items = [];
  let next = null;
  let state = 'loading';
  let fault = null;
  /** Numbers the questions, so that a late answer to an old one is thrown away. */
  let asked = 0;
  let timer = null;

  /** `quiet`: what is shown stays when it fails. */
  async function question(extra, take, quiet = false) {
    const mine = ++asked;
    show();
    try {
      const { path, parameters } = ask();
      const page = await get(path, { ...parameters, ...extra });
      if (mine !== asked) return;
      take(page);
      state = 'shown';
    } catch (error) {
      if (mine !== asked) return;
      if (error.status === 401) wentWrong(error);
      if (quiet) return;
      fault = error;
      state = 'failed';
    }
    show();
  }

  function show() {
    const element = box();
    element.classList.toggle('busy', state === 'loading' && items.length > 0);
    element.setAttribute('aria-busy', String(state === 'loading'));
    const focused = document.activeElement?.dataset?.key;
    fill(element, content());
    if (focused) [...element.querySelectorAll('[data-key]')].find((each) => each.dataset.key === focused)?.focus();
  }

  function content() {
    if (state === 'failed') return failure(fault, load);
    if (items.length > 0) return [draw(items), next !== null && h('div', { class: 'more' }, moreButton())];
    if (state === 'loading') {
      return h(
        'div',
        { class: 'skeletons' },
        [1, 2, 3, 4].map(() => h('div', { class: 'skeleton' })),
      );
    }
    const { icon: picture, text, hint, action } = empty();
    return h(
      'div',
      { class: 'empty' },
      icon(picture),
      h('p', {}, text),
      hint && h('p', { class: 'hint' }, hint),
      action,
    );
  }

  const moreButton = () =>
    h(
      'button',
      { type: 'button', class: 'button', disabled: state === 'more', onclick: more },
      t(state === 'more' ? 'history.loading' : 'list.more'),
    );

  function more() {
    state = 'more';
    void question({ limit: pageSize, before: next }, (page) => {
      items = [...items, ...page[key]];
      next = page.next;
    });
  }

  /** From the first page on. */
  function load() {
    state = 'loading';
    return question({ limit: pageSize }, (page) => {
      items = page[key];
      next = page.next;
    });
  }

  /** As much as is shown, once more; several wishes within `waitMs` are one. */
  function refresh(waitMs = 0) {
    timer ??= setTimeout(() => {
      timer = null;
      if (state !== 'shown' || items.length > askedMax) return;
      const take = (page) => {
        items = page[key];
        next = page.next;
      };
      void question({ limit: Math.max(pageSize, items.length) }, take, true);
    }, waitMs);
  }

  /** Nothing stays behind after signing out. */
  function forget() {
    asked += 1;
    items = [];
    next = null;
    state = 'loading';
    show();
  }

  return { load, refresh, forget, show, items: () => items, isLoaded: () => state !== 'loading' };
}
