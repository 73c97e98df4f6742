import { expect, it } from 'vitest';
import { taskText } from './task-text.ts';

const call = { startedAt: '2026-11-20T09:05:00.000Z', lostStage: 'ringing' as const };
const decision = {
  clientNumber: '+79161234567',
  clientName: 'Eve {line} $& <b>',
  line: null,
  lineNumber: '+74951000101',
  rangLast: null,
  rangLastExtension: '102',
};

it('fills every placeholder, and only those of the template', () => {
  const template = {
    title: 'Call back {number}',
    text: '{name} rang {line} at {time}, {stage}, {operator}; {nothing}',
  };
  expect(taskText(template, call, decision, 'Europe/Moscow')).toEqual({
    title: 'Call back +79161234567',
    text: 'Eve {line} $& <b> rang +74951000101 at 20.11.2026, 12:05, ringing, 102; {nothing}',
  });
});

it('puts a dash for what is not known', () => {
  const unknown = { ...decision, clientNumber: null, clientName: null, lineNumber: null, rangLastExtension: null };
  const template = { title: '{number}', text: '{name}{line}{operator}{stage}' };
  expect(taskText(template, { ...call, lostStage: null }, unknown, 'UTC')).toEqual({ title: '—', text: '————' });
});
