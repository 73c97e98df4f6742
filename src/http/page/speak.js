// The language of the page, and times and numbers in it.
import { keep } from './keep.js';
import { words } from './words.js';

export const languages = Object.keys(words);

const chosen = keep.get('language');
const wished = (navigator.languages ?? [navigator.language]).map((tag) => tag.slice(0, 2).toLowerCase());
let language = languages.includes(chosen) ? chosen : (wished.find((tag) => languages.includes(tag)) ?? 'en');

export const currentLanguage = () => language;

export function setLanguage(next) {
  language = next;
  keep.set('language', next);
}

/** The words of a key with the values put in. */
export function t(key, values = {}) {
  const entry = words[language][key];
  const text = typeof entry === 'object' ? entry[new Intl.PluralRules(language).select(values.n)] : entry;
  return text.replaceAll(/\{(\w+)\}/g, (_whole, name) => String(values[name]));
}

const locale = () => (language === 'ru' ? 'ru-RU' : 'en-GB');

/** 9 → 0:09, 3,725 s → 1:02:05. */
export function duration(ms) {
  const total = Math.max(0, Math.floor(ms / 1000));
  const seconds = String(total % 60).padStart(2, '0');
  const minutes = Math.floor(total / 60) % 60;
  const hours = Math.floor(total / 3600);
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${seconds}` : `${minutes}:${seconds}`;
}

const timeOf = (iso, options) => new Intl.DateTimeFormat(locale(), options).format(new Date(iso));

export const clock = (iso) => timeOf(iso, { hour: '2-digit', minute: '2-digit' });
export const clockWithSeconds = (iso) => timeOf(iso, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
export const dateAndTime = (iso) =>
  `${timeOf(iso, { day: '2-digit', month: '2-digit', year: 'numeric' })}, ${clockWithSeconds(iso)}`;

/** "14:05" of today, else with the day before it, and the year when it is another one. */
export function dateAndClock(iso) {
  if (dayOf(iso) === dayOf(Date.now())) return clock(iso);
  const isThisYear = new Date(iso).getFullYear() === new Date().getFullYear();
  return `${timeOf(iso, { day: 'numeric', month: 'short', ...(!isThisYear && { year: 'numeric' }) })}, ${clock(iso)}`;
}

/** The reader's own day of a time, as 2026-11-20. */
export function dayOf(time) {
  const date = new Date(time);
  const two = (value) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** "Today", "Yesterday", else the date. */
export function dayName(iso) {
  const yesterday = new Date();
  yesterday.setDate(yesterday.getDate() - 1);
  if (dayOf(iso) === dayOf(Date.now())) return t('day.today');
  if (dayOf(iso) === dayOf(yesterday)) return t('day.yesterday');
  return timeOf(iso, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
}

/** A Russian number in groups; others as they are, since their groups differ by country. */
export function phone(number) {
  const russian = /^(?:\+?7|8)(\d{3})(\d{3})(\d{2})(\d{2})$/.exec(number);
  return russian ? `+7 ${russian[1]} ${russian[2]}-${russian[3]}-${russian[4]}` : number;
}
