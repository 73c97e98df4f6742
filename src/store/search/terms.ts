// What a packed day can be asked. A term is a condition that a call meets or not; a filter is some terms that all must hold, and then the exact
// conditions (conditions.ts) over what is left. So terms may say yes too often, never too seldom. Pure.
import type { CallFilter } from '../store.ts';
import { digitsOf } from '../call-rows.ts';

/** A call as `packDay` reads it. */
export interface TermSource {
  pbx: string;
  direction: string;
  answered: number;
  open: number;
  lost_stage: string | null;
  line: string | null;
  trunk: string | null;
  responsible: string | null;
  result_code: number | null;
  queue: string | null;
  talk_ms: number;
  transferred: number;
  recorded: number;
  digits: string | null;
  e164: string | null;
}

/** A talk of at least so long. */
const talkStepsMs = [
  1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 120, 180, 240, 300, 420, 600, 720, 900, 1200, 1500, 1800, 2400, 3000, 3600, 5400,
  7200,
].map((seconds) => seconds * 1_000);

/** Digits in a row that are a term. */
const gramLength = 3;

/** A trunk may send any text as the number that was dialled. */
const valueMax = 64;

function term(kind: string, value: string | number): string {
  return `${kind}:${String(value).replaceAll('\0', '').slice(0, valueMax)}`;
}

/** @param extensions of the legs */
export function termsOfCall(call: TermSource, extensions: readonly string[]): Set<string> {
  const terms = new Set<string>();
  terms.add(term('pbx', call.pbx));
  terms.add(term('direction', call.direction));
  terms.add(term('answered', call.answered));
  terms.add(term('open', call.open));
  terms.add(term('transferred', call.transferred));
  terms.add(term('recorded', call.recorded));
  terms.add(term('missed', call.direction === 'inbound' && call.answered === 0 ? 1 : 0));
  if (call.lost_stage !== null) terms.add(term('lost', call.lost_stage));
  if (call.line !== null) terms.add(term('line', call.line));
  if (call.trunk !== null) terms.add(term('trunk', call.trunk));
  if (call.result_code !== null) terms.add(term('code', call.result_code));
  if (call.queue !== null) terms.add(term('queue', call.queue));
  if (call.responsible !== null) {
    terms.add(term('responsible', call.responsible));
    terms.add(term('extension', call.responsible));
  }
  for (const extension of extensions) terms.add(term('extension', extension));
  for (const step of talkStepsMs) if (call.talk_ms >= step) terms.add(term('talk', step));
  for (const digits of [call.digits, call.e164])
    for (const gram of gramsOf(digits ?? '')) terms.add(term('digits', gram));
  return terms;
}

/** The terms that every call of the filter meets, the rarest kinds first. */
export function termsOfFilter(filter: CallFilter): string[] {
  const terms = new Set<string>();
  const add = (kind: string, value: string | number | undefined): void => {
    if (value !== undefined) terms.add(term(kind, value));
  };
  const addBit = (kind: string, value: boolean | undefined): void =>
    add(kind, value === undefined ? undefined : Number(value));
  for (const gram of gramsOf(digitsOf(filter.e164))) add('digits', gram);
  for (const gram of gramsOf(digitsOf(filter.number))) add('digits', gram);
  add('responsible', filter.responsible);
  add('extension', filter.extension);
  add('lost', filter.lostStage);
  add('queue', filter.queue);
  add('line', filter.line);
  add('code', filter.resultCode);
  add('trunk', filter.trunk);
  if (filter.open === true) addBit('open', true);
  addBit('transferred', filter.transferred);
  addBit('missed', filter.missed);
  add(
    'talk',
    talkStepsMs.findLast((step) => step <= (filter.minTalkMs ?? 0)),
  );
  addBit('recorded', filter.recorded);
  addBit('answered', filter.answered);
  add('direction', filter.direction);
  add('pbx', filter.pbx);
  if (filter.open === false) addBit('open', false);
  return [...terms];
}

function gramsOf(digits: string): string[] {
  const grams: string[] = [];
  for (let at = 0; at + gramLength <= digits.length; at++) grams.push(digits.slice(at, at + gramLength));
  return grams;
}
