// What the demo company's administrator would have filled in: who works there, what its numbers are for, what becomes of missed calls.
import { type Directory, directorySchemas } from '../people/directory.ts';
import type { Company } from './company.ts';

/** Complete, so that it can be imported as it is. */
export function demoDirectory(company: Company): Directory {
  const { staff, queues, ivrLine, greetingLine, groupLine, trunks } = company;
  const line = (id: string, name: string, number: string, source: string, first: string | null) =>
    directorySchemas.lines.parse({ id, name, numbers: [number], sources: { local: source }, firstResponsible: first });
  const idOf = (extension: string): string => `e${extension}`;
  const [chief] = staff;
  return {
    operators: staff.map(({ extension, name, mobile }) =>
      directorySchemas.operators.parse({
        id: idOf(extension),
        name,
        extensions: [extension],
        mobiles: mobile === null ? [] : [mobile],
        schedule: 'office',
      }),
    ),
    groups: [],
    schedules: [
      directorySchemas.schedules.parse({
        id: 'office',
        name: 'Office hours',
        timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        week: [{ days: [1, 2, 3, 4, 5], from: '09:00', to: '18:00' }],
      }),
    ],
    lines: [
      line('menu', 'Voice menu', ivrLine, 'Site', null),
      line('greeting', 'Greeting', greetingLine, 'Leaflet', null),
      line('group', 'Everybody rings', groupLine, 'Recommended', null),
      ...queues.map(({ name, line: number, members: [head] }) =>
        line(name, `Queue ${name}`, number, `Advertising ${name}`, head ? idOf(head.extension) : null),
      ),
      directorySchemas.lines.parse({ id: 'other', name: 'Direct numbers', trunks: [...trunks] }),
    ],
    taskTemplates: [
      directorySchemas.taskTemplates.parse({
        id: 'call-back',
        title: 'Call back {number}',
        text: '{name} {number} called {line} at {time} and reached nobody ({stage}). Rang last: {operator}.',
        deadlineMin: 30,
        schedule: 'office',
      }),
    ],
    lists: [],
    policies: [
      directorySchemas.policies.parse({
        id: '*',
        defaultOperator: chief ? idOf(chief.extension) : null,
        taskTemplate: 'call-back',
        missedOwner: 1,
      }),
    ],
  };
}
