import { readFileSync } from 'node:fs';
import { apiClient, type ApiClient, type ApiOptions, type CrmRequest } from './api-client.ts';
import { localTime } from './call-columns.ts';
import { findingOf } from './checks/crm.ts';
import type { Finding } from './checks/finding.ts';
import { showFinding } from './doctor.ts';
import { badInput, CommandFailure } from './failure.ts';
import { printableJson } from './printable.ts';
import { tableLines, type Column } from './table.ts';
import type { Terminal } from './terminal.ts';

/** The API gives so many at once. */
const pageMax = 200;

type Row = CrmRequest & { crm: string };

const columns: readonly Column<Row>[] = [
  { title: 'TIME', value: ({ at }) => localTime(at) },
  { title: 'CRM', value: ({ crm }) => crm },
  { title: 'REQUEST', value: ({ label }) => label, widthMax: 40 },
  {
    title: 'STATUS',
    value: ({ status }) => (status === null ? 'none' : String(status)),
    colour: ({ status }) => (status === null || status >= 400 ? 'red' : 'green'),
  },
  { title: 'MS', value: ({ tookMs }) => String(tookMs), alignRight: true },
  { title: 'DELIVERY', value: ({ deliveryId }) => (deliveryId === null ? '' : String(deliveryId)), alignRight: true },
  { title: 'ANSWER', value: ({ error, answer }) => error ?? answer, widthMax: 120 },
];

/**
 * `patchcord crm check`
 * @throws CommandFailure also when a finding is an error; SettingsError
 */
export async function crmCheck(
  name: string | undefined,
  options: ApiOptions & { json?: true },
  terminal: Terminal,
): Promise<void> {
  const client = apiClient(options, (path) => readFileSync(path, 'utf8'));
  const findings: Finding[] = [];
  for (const one of await namesOf(client, name)) {
    const found = (await client.crmCheck(one)).health.map(findingOf);
    findings.push(...found);
    if (!options.json) for (const finding of found) showFinding(finding, terminal);
  }
  if (options.json) terminal.line(printableJson({ findings }, 2));
  const errors = findings.filter(({ level }) => level === 'error').length;
  if (errors > 0) throw new CommandFailure(`${errors} of ${findings.length} checks found an error`, null);
}

/**
 * `patchcord crm requests`
 * @throws CommandFailure, SettingsError
 */
export async function crmRequests(
  options: ApiOptions & { crm?: string; failed?: true; limit: number; json?: true },
  terminal: Terminal,
): Promise<void> {
  const client = apiClient(options, (path) => readFileSync(path, 'utf8'));
  const rows: Row[] = [];
  for (const crm of await namesOf(client, options.crm)) {
    rows.push(...(await lastOf(client, crm, options)).map((request) => ({ ...request, crm })));
  }
  const last = rows.sort((a, b) => b.at.localeCompare(a.at) || b.id - a.id).slice(0, options.limit);
  if (options.json) {
    terminal.line(printableJson({ requests: last }, 2));
    return;
  }
  const look = { columns: terminal.columns(), colours: terminal.colours };
  for (const line of tableLines(columns, last, look)) terminal.line(line);
  if (last.length === 0) terminal.note('no requests');
}

async function lastOf(
  client: ApiClient,
  crm: string,
  { failed, limit }: { failed?: true; limit: number },
): Promise<CrmRequest[]> {
  const found: CrmRequest[] = [];
  let before: number | null = null;
  do {
    const page: { requests: CrmRequest[]; next: number | null } = await client.crmRequests(crm, {
      limit: String(Math.min(pageMax, limit - found.length)),
      ...(failed ? { failed: 'true' } : {}),
      ...(before === null ? {} : { before: String(before) }),
    });
    found.push(...page.requests);
    before = page.next;
  } while (before !== null && found.length < limit);
  return found;
}

/** The connection that is meant, or all of them. @throws CommandFailure when it is not there */
async function namesOf(client: ApiClient, wanted: string | undefined): Promise<string[]> {
  const names = (await client.crm()).connections.map(({ name }) => name);
  if (wanted === undefined) {
    if (names.length > 0) return names;
    throw new CommandFailure('no CRM is connected', 'Add one to crm in the settings: patchcord config sample');
  }
  if (names.includes(wanted)) return [wanted];
  throw badInput(`there is no connection ${wanted}`, `Connected: ${names.join(', ') || 'none'}`);
}
