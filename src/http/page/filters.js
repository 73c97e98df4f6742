// The filters above the history, and what they mean to the API.
import { byId, fill, h, icon } from './dom.js';
import { t } from './speak.js';

const none = { number: '', outcome: 'all', direction: '', operator: '', from: '', to: '' };
let chosen = { ...none };
let onChange = () => {};
let timer = null;

export function startFilters(changed) {
  onChange = changed;
  byId('filters').addEventListener('submit', (event) => event.preventDefault());
  byId('clear').addEventListener('click', clearFilters);
}

export const filtersAreSet = () => Object.keys(none).some((key) => chosen[key] !== none[key]);

export function clearFilters() {
  chosen = { ...none };
  drawFilters();
  onChange();
}

/** As parameters of GET /calls. Days are the reader's own; the last one counts whole. */
export function filterParameters() {
  const digits = chosen.number.replaceAll(/\D/g, '');
  return {
    open: 'false',
    number: digits,
    answered: chosen.outcome === 'answered' ? 'true' : '',
    missed: chosen.outcome === 'missed' ? 'true' : '',
    direction: chosen.direction,
    extension: chosen.operator.trim(),
    from: chosen.from === '' ? '' : startOfDay(chosen.from, 0),
    to: chosen.to === '' ? '' : startOfDay(chosen.to, 1),
  };
}

function startOfDay(day, daysLater) {
  const [year, month, date] = day.split('-').map(Number);
  return new Date(year, month - 1, date + daysLater).toISOString();
}

/** Typing is not asked about at every key. */
function set(key, value, waitMs = 0) {
  chosen = { ...chosen, [key]: value };
  byId('clear').hidden = !filtersAreSet();
  clearTimeout(timer);
  timer = setTimeout(onChange, waitMs);
}

export function drawFilters() {
  fill(byId('clear'), icon('close'), t('filter.clear'));
  byId('clear').hidden = !filtersAreSet();
  fill(
    byId('filters'),
    h('label', { class: 'field search' }, icon('search'), text('number', t('filter.number'), 'search', 'tel')),
    outcomes(),
    h('label', { class: 'field' }, directions()),
    h('label', { class: 'field operator' }, text('operator', t('filter.operator'), 'text', 'text')),
    h('label', { class: 'field day' }, h('span', {}, t('filter.from')), day('from')),
    h('label', { class: 'field day' }, h('span', {}, t('filter.to')), day('to')),
  );
}

const text = (key, label, type, inputmode) =>
  h('input', {
    type,
    inputmode,
    maxlength: 40,
    placeholder: label,
    'aria-label': label,
    value: chosen[key],
    oninput: (event) => set(key, event.target.value, 250),
  });

const day = (key) =>
  h('input', { type: 'date', value: chosen[key], onchange: (event) => set(key, event.target.value) });

function directions() {
  const option = (value, label) => h('option', { value, selected: chosen.direction === value }, label);
  return h(
    'select',
    { 'aria-label': t('filter.direction'), onchange: (event) => set('direction', event.target.value) },
    option('', t('filter.anyDirection')),
    ['inbound', 'outbound', 'internal'].map((value) => option(value, t(`direction.${value}`))),
  );
}

function outcomes() {
  const choice = (value) =>
    h(
      'label',
      {},
      h('input', {
        type: 'radio',
        name: 'outcome',
        value,
        checked: chosen.outcome === value,
        onchange: () => set('outcome', value),
      }),
      h('span', {}, t(`filter.${value}`)),
    );
  return h(
    'div',
    { class: 'switch', role: 'radiogroup', 'aria-label': t('filter.outcome') },
    ['all', 'answered', 'missed'].map(choice),
  );
}
