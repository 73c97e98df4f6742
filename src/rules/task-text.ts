// The words of a task for a missed call, from its template.
import type { Call } from '../calls/call.ts';
import type { TaskTemplate } from '../people/directory.ts';
import type { Decision } from './decision.ts';

const stageNames: Record<string, string> = {
  greeting: 'greeting',
  ivr: 'voice menu',
  queue: 'queue',
  ringing: 'ringing',
  voicemail: 'voicemail',
  rejected: 'turned away',
};

/**
 * Fills `{number}`, `{name}`, `{line}`, `{time}`, `{stage}` and `{operator}` (who rang last); what is not known becomes a dash. What a
 * client's name holds is never read as a placeholder.
 * @param timeZone for `{time}`
 */
export function taskText(
  template: Pick<TaskTemplate, 'title' | 'text'>,
  call: Pick<Call, 'startedAt' | 'lostStage'>,
  decision: Pick<Decision, 'clientNumber' | 'clientName' | 'line' | 'lineNumber' | 'rangLast' | 'rangLastExtension'>,
  timeZone: string,
): { title: string; text: string } {
  const at = new Intl.DateTimeFormat('ru-RU', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  const values: Record<string, string | null> = {
    number: decision.clientNumber,
    name: decision.clientName,
    line: decision.line?.name ?? decision.lineNumber,
    time: at.format(new Date(call.startedAt)),
    stage: call.lostStage === null ? null : (stageNames[call.lostStage] ?? call.lostStage),
    operator: decision.rangLast?.name ?? decision.rangLastExtension,
  };
  const fill = (text: string): string =>
    text.replaceAll(/\{([a-z]+)\}/g, (whole, key: string) => (key in values ? (values[key] ?? '—') : whole));
  return { title: fill(template.title), text: fill(template.text) };
}
