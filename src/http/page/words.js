// Every word of the page, in both languages. A key of one is a key of the other (a test compares them). {name} takes a value; a list of forms
// is chosen by the number {n} as the language's plural rules say.
import { en } from './words-en.js';
import { ru } from './words-ru.js';

export const words = { en, ru };
