import type { Call } from '../calls/call.ts';
import type { Column } from './table.ts';

const arrows = { inbound: 'in', outbound: 'out', internal: 'int' } as const;

/** Columns of the history. */
export const historyColumns: readonly Column<Call>[] = [
  { title: 'STARTED', value: (call) => localTime(call.startedAt) },
  ...whoColumns(),
  { title: 'RESULT', value: resultOf, colour: (call) => (call.answered ? 'green' : isMissed(call) ? 'red' : null) },
  { title: 'WAIT', value: (call) => duration(call.waitMs), alignRight: true },
  { title: 'TALK', value: (call) => duration(call.talkMs), alignRight: true },
  { title: 'ID', value: ({ id }) => id, colour: () => 'dim' },
];

/** Columns of the calls in progress; `now` gives the time that they are shown for, in unix ms. */
export function liveColumns(now: () => number): readonly Column<Call>[] {
  return [
    { title: 'FOR', value: (call) => duration(Math.max(0, now() - Date.parse(call.startedAt))), alignRight: true },
    ...whoColumns(),
    {
      title: 'STAGE',
      value: (call) => call.stage ?? '',
      colour: (call) => (call.stage === 'talking' ? 'green' : call.answered ? null : 'yellow'),
    },
    { title: 'RINGING', value: ringing, widthMax: 30 },
    { title: 'QUEUE', value: (call) => call.queue?.name ?? '', widthMax: 16 },
  ];
}

function whoColumns(): Column<Call>[] {
  return [
    { title: 'DIR', value: ({ direction }) => arrows[direction] },
    { title: 'CLIENT', value: clientOf, widthMax: 32 },
    { title: 'LINE', value: ({ line }) => line?.number ?? line?.trunk ?? '', widthMax: 16 },
    { title: 'OPERATOR', value: operatorOf, widthMax: 24 },
  ];
}

/** Number and name of the client; who calls whom when it is an internal call. */
function clientOf({ client, legs }: Call): string {
  if (client === null) return legs.map(({ extension, number }) => extension ?? number ?? '').join(' ');
  const number = client.e164 ?? client.number ?? 'withheld';
  return client.name === null || client.name === client.number ? number : `${number} ${client.name}`;
}

function operatorOf(call: Call): string {
  const talked = call.legs.filter((leg) => leg.answeredAt !== null).map((leg) => leg.extension ?? leg.of ?? '');
  const all = [...talked, call.responsible?.extension ?? ''].filter((extension) => extension !== '');
  return [...new Set(all)].join(' > ');
}

function ringing({ legs }: Call): string {
  const now = legs.filter((leg) => leg.endedAt === null && leg.answeredAt === null);
  return now.map((leg) => leg.extension ?? leg.number ?? '').join(' ');
}

function resultOf(call: Call): string {
  if (call.endedAt === null) return call.stage ?? 'open';
  if (call.answered) return 'answered';
  return call.lostStage === null ? `not answered ${call.result.code ?? ''}` : `missed (${call.lostStage})`;
}

function isMissed(call: Call): boolean {
  return call.direction === 'inbound' && call.endedAt !== null && !call.answered;
}

/** `2:05` or `1:02:05`; nothing for nothing. */
export function duration(ms: number): string {
  const total = Math.round(ms / 1000);
  if (total === 0) return '';
  const pad = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds)}` : `${minutes}:${pad(seconds)}`;
}

/** A time of the API in this machine's time zone, to the second. */
export function localTime(iso: string): string {
  const at = new Date(iso);
  const pad = (value: number) => String(value).padStart(2, '0');
  const date = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  return `${date} ${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
}
