// Choosing one of a few: pressed buttons in a row, or a list that drops down.
import { h } from './dom.js';

/** `options`: [{value, label}]. */
export function switchOf({ name, label, options, value, choose }) {
  return h(
    'div',
    { class: 'switch', role: 'radiogroup', 'aria-label': label },
    options.map((option) =>
      h(
        'label',
        {},
        h('input', {
          type: 'radio',
          name,
          value: option.value,
          checked: option.value === value,
          onchange: () => choose(option.value),
        }),
        h('span', {}, option.label),
      ),
    ),
  );
}

export function selectOf({ label, options, value, choose, attributes = {} }) {
  return h(
    'select',
    { ...attributes, 'aria-label': label, onchange: (event) => choose(event.target.value) },
    options.map((option) => h('option', { value: option.value, selected: option.value === value }, option.label)),
  );
}
