export interface LocalTime {
  year: string;
  month: string;
  day: string;
  /** hhmmss */
  time: string;
}

/** The day and the time of day, as the clocks of this zone show them; null: those of this machine. */
export function dayIn(timeZone: string | null, atMs: number): LocalTime {
  const parts = new Intl.DateTimeFormat('en-GB', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    ...(timeZone === null ? {} : { timeZone }),
  }).formatToParts(atMs);
  const of = (type: Intl.DateTimeFormatPartTypes): string => parts.find((part) => part.type === type)?.value ?? '';
  return { year: of('year'), month: of('month'), day: of('day'), time: `${of('hour')}${of('minute')}${of('second')}` };
}
