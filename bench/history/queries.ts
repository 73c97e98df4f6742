import type { CallFilter } from '../../src/store/store.ts';
import { clientDigits, lineNumber, nowMs } from './calls.ts';

export interface Query {
  name: string;
  filter: CallFilter;
  /** How far into the results the measured page is, as a part of the whole history's time; 0 is the first page. */
  depth?: number;
}

const dayMs = 86_400_000;
const ago = (days: number): string => new Date(nowMs - days * dayMs).toISOString();
const client = clientDigits(777);
const seldom = clientDigits(290_000);

/** What an operator, a supervisor and a CRM ask, and what is hard: rare, common with rare, and nothing at all. */
export const queries: readonly Query[] = [
  { name: 'newest page', filter: {} },
  { name: 'page in the middle of the history', filter: {}, depth: 0.5 },
  { name: 'last pages of the history', filter: {}, depth: 0.999 },
  { name: 'a day two years ago', filter: { from: ago(730), to: ago(729) } },
  { name: 'inbound', filter: { direction: 'inbound' } },
  { name: 'inbound, middle of the history', filter: { direction: 'inbound' }, depth: 0.5 },
  { name: 'missed', filter: { missed: true } },
  { name: 'answered = false, internal', filter: { answered: false, direction: 'internal' } },
  { name: 'open (there is none)', filter: { open: true } },
  { name: 'lost in voicemail', filter: { lostStage: 'voicemail' } },
  { name: 'a busy line', filter: { line: lineNumber(0) } },
  { name: 'a line that does not exist', filter: { line: '74950000000' } },
  { name: 'a trunk', filter: { trunk: 'trunk-3' } },
  { name: 'an extension on any leg', filter: { extension: '117' } },
  { name: 'an extension, deep page', filter: { extension: '117' }, depth: 0.7 },
  { name: 'responsible', filter: { responsible: '142' } },
  { name: 'result 503 (one of 10,000)', filter: { resultCode: 503 } },
  { name: 'a queue', filter: { queue: 'service' } },
  { name: 'talks of 10 minutes and more', filter: { minTalkMs: 600_000 } },
  { name: 'talks of 25 minutes and more (no step of the sets)', filter: { minTalkMs: 1_500_000 } },
  { name: 'transferred and recorded', filter: { transferred: true, recorded: true } },
  {
    name: 'missed on a seldom line by one extension',
    filter: { missed: true, line: lineNumber(19), extension: '105' },
  },
  {
    name: 'six conditions at once',
    filter: {
      direction: 'inbound',
      answered: true,
      queue: 'service',
      extension: '131',
      transferred: true,
      minTalkMs: 300_000,
    },
  },
  {
    name: 'rare and rare: 503, seldom line, one extension',
    filter: { resultCode: 503, line: lineNumber(18), extension: '120' },
  },
  { name: 'two that exclude each other', filter: { lostStage: 'ivr', minTalkMs: 1_000 } },
  { name: 'one extension, a month two years ago', filter: { extension: '117', from: ago(730), to: ago(700) } },
  { name: 'number: 2 digits (79)', filter: { number: '79' } },
  { name: 'number: 3 digits (916)', filter: { number: '916' } },
  { name: 'number: 3 digits, deep page', filter: { number: '777' }, depth: 0.6 },
  { name: 'number: first 4', filter: { number: `8${client.slice(0, 3)}` } },
  { name: 'number: 4 in the middle', filter: { number: client.slice(4, 8) } },
  { name: 'number: last 4', filter: { number: client.slice(-4) } },
  { name: 'number: 5 in the middle', filter: { number: client.slice(3, 8) } },
  { name: 'number: last 7 of a frequent client', filter: { number: client.slice(-7) } },
  { name: 'number: last 7 of a seldom client', filter: { number: seldom.slice(-7) } },
  { name: 'number: all 11', filter: { number: `8${client}` } },
  { name: 'number: one digit repeated (0000)', filter: { number: '0000' } },
  { name: 'number: 10 digits, nobody', filter: { number: '0000000001' } },
  { name: 'number: 4 digits, missed, one line', filter: { number: '9955', missed: true, line: lineNumber(3) } },
  { name: 'number: 3 digits with a rare condition', filter: { number: '912', resultCode: 503 } },
  { name: 'E.164 of a frequent client', filter: { e164: `+7${clientDigits(0)}` } },
];
