// `patchcord deliveries`: what was delivered to the CRMs, and what a person decides about the rest.
import { readFileSync } from 'node:fs';
import { apiClient, type ApiClient, type ApiDelivery, type ApiOptions } from './api-client.ts';
import { localTime } from './call-columns.ts';
import { badInput } from './failure.ts';
import { printable, printableJson } from './printable.ts';
import { tableLines, type Colour, type Column } from './table.ts';
import type { Terminal } from './terminal.ts';

const colours: Record<string, Colour> = {
  done: 'green',
  rejected: 'red',
  waiting: 'yellow',
  working: 'cyan',
  dropped: 'dim',
};

const columns: readonly Column<ApiDelivery>[] = [
  { title: 'ID', value: ({ id }) => String(id), alignRight: true },
  { title: 'MADE', value: ({ createdAt }) => localTime(createdAt) },
  { title: 'CRM', value: ({ crm }) => crm },
  { title: 'KIND', value: ({ kind }) => kind },
  { title: 'STATE', value: ({ state }) => state, colour: ({ state }) => colours[state] ?? null },
  { title: 'TRIES', value: ({ attempts }) => String(attempts), alignRight: true },
  { title: 'CALL', value: ({ callId }) => callId, widthMax: 32 },
  { title: 'WHAT CAME OF IT', value: ({ note }) => note ?? '', widthMax: 120 },
];

const pagesMax = 50;

export interface ListOptions extends ApiOptions {
  crm?: string;
  state?: string;
  kind?: string;
  call?: string;
  limit: number;
  json?: true;
}

/** `patchcord deliveries`. What to do about refused ones is told below the table. @throws CommandFailure, SettingsError */
export async function listDeliveries(options: ListOptions, terminal: Terminal): Promise<void> {
  const client = clientOf(options);
  const { crm, state, kind, call, limit, json } = options;
  const filter = {
    ...(crm !== undefined && { crm }),
    ...(state !== undefined && { state }),
    ...(kind !== undefined && { kind }),
    ...(call !== undefined && { call }),
  };
  const deliveries: ApiDelivery[] = [];
  let next: number | null = null;
  // A page of something rare may be empty and still have one after it.
  for (let page = 0; page < pagesMax && (page === 0 || next !== null) && deliveries.length < limit; page++) {
    const before = next === null ? {} : { before: String(next) };
    const found = await client.deliveries({ ...filter, ...before, limit: String(limit - deliveries.length) });
    deliveries.push(...found.deliveries);
    next = found.next;
  }
  if (json) {
    terminal.line(printableJson({ deliveries }, 2));
    return;
  }
  const look = { columns: terminal.columns(), colours: terminal.colours };
  for (const line of tableLines(columns, deliveries, look)) terminal.line(line);
  if (deliveries.length === 0) terminal.note('no deliveries');
  if (next !== null) terminal.note('there may be older ones: --limit, or a narrower question');
  for (const mend of new Set(deliveries.filter(isOpen).map((one) => one.mend))) {
    if (mend !== null) terminal.note(`mend: ${printable(mend)}`);
  }
}

/** `patchcord deliveries resend` @throws CommandFailure, SettingsError */
export async function resendDeliveries(
  id: number | undefined,
  options: ApiOptions & { all?: string },
  terminal: Terminal,
): Promise<void> {
  const { all } = options;
  if ((id === undefined) === (all === undefined)) {
    throw badInput('say either which delivery, or --all and a connection', 'patchcord deliveries --state rejected');
  }
  const client = clientOf(options);
  if (id !== undefined) {
    tell(await client.changeDelivery(id, 'resend'), terminal);
    return;
  }
  const { count } = await client.resendDeliveries(all ?? '');
  if (count === 0) terminal.note(`nothing that was to go to ${printable(all ?? '')} was refused`);
  terminal.line(count === 1 ? '1 delivery is sent again' : `${count} deliveries are sent again`);
}

/** `patchcord deliveries drop` @throws CommandFailure, SettingsError */
export async function dropDelivery(id: number, options: ApiOptions, terminal: Terminal): Promise<void> {
  tell(await clientOf(options).changeDelivery(id, 'drop'), terminal);
}

function tell({ id, kind, crm, callId, state }: ApiDelivery, terminal: Terminal): void {
  terminal.line(printable(`delivery ${id} (${kind} of ${callId} to ${crm}) is ${state}`));
}

function isOpen({ state }: ApiDelivery): boolean {
  return state === 'waiting' || state === 'rejected';
}

function clientOf(options: ApiOptions): ApiClient {
  return apiClient(options, (path) => readFileSync(path, 'utf8'));
}
