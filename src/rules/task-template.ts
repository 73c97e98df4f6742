// Which template a missed call's task is made by.
import type { Directory, Line, Policy, TaskTemplate } from '../people/directory.ts';
import { numberIndex } from '../people/number-index.ts';

/** Nobody can be called back whose number is not known, so that there is no task then. */
export function taskTemplateFor(
  directory: Directory,
  policy: Policy,
  line: Line | null,
  client: string | null,
  region: string,
): TaskTemplate | null {
  const id = line?.taskTemplate ?? policy.taskTemplate;
  const template = directory.taskTemplates.find((one) => one.id === id);
  if (!template || client === null) return null;
  if (line && template.exceptLines.includes(line.id)) return null;
  return exceptedNumbers(template, region)(client) ? null : template;
}

const excepted = new WeakMap<TaskTemplate, Map<string, (number: string) => true | null>>();

function exceptedNumbers(template: TaskTemplate, region: string): (number: string) => true | null {
  let regions = excepted.get(template);
  if (!regions) excepted.set(template, (regions = new Map()));
  let index = regions.get(region);
  if (!index) {
    const entries = template.exceptNumbers.map((entry) => [entry, true] as const);
    regions.set(region, (index = numberIndex(entries, region)));
  }
  return index;
}
