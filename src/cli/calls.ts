import { readFileSync } from 'node:fs';
import type { Call } from '../calls/call.ts';
import { apiClient, type ApiClient, type ApiOptions } from './api-client.ts';
import { historyColumns } from './call-columns.ts';
import { filterOf, type FilterOptions } from './call-filter.ts';
import { showLive } from './live-calls.ts';
import { printableJson } from './printable.ts';
import { tableLines } from './table.ts';
import type { Terminal } from './terminal.ts';

/** The API gives so many at once. */
const pageMax = 200;

export type CallsOptions = ApiOptions & FilterOptions & { limit: number; json?: true; live?: true };

/**
 * `patchcord calls`: with a filter (or when it is no terminal that is written to) the history; else the calls in progress, until
 * it is interrupted.
 * @throws CommandFailure, SettingsError
 */
export async function calls(options: CallsOptions, terminal: Terminal, stop: AbortSignal): Promise<void> {
  const client = apiClient(options, (path) => readFileSync(path, 'utf8'));
  const filter = filterOf(options, Date.now());
  const isLive = options.live ?? (terminal.isTty && !options.json && Object.keys(filter).length === 0);
  if (isLive) return showLive(client, terminal, stop);

  const query = Object.fromEntries(Object.entries(filter).map(([key, value]) => [key, String(value)]));
  const { found, more } = await history(client, query, options.limit);
  if (options.json) {
    terminal.line(printableJson({ calls: found }));
    return;
  }
  const look = { columns: terminal.columns(), colours: terminal.colours };
  for (const line of tableLines(historyColumns, found, look)) terminal.line(line);
  if (found.length === 0) terminal.note('no calls match');
  if (more)
    terminal.note(`there are older ones: --limit ${options.limit * 2}, or --to ${found.at(-1)?.startedAt ?? ''}`);
}

async function history(
  client: ApiClient,
  query: Record<string, string>,
  limit: number,
): Promise<{ found: Call[]; more: boolean }> {
  const found: Call[] = [];
  let before: string | null = null;
  do {
    const page: { calls: Call[]; next: string | null } = await client.calls({
      ...query,
      limit: String(Math.min(pageMax, limit - found.length)),
      ...(before === null ? {} : { before }),
    });
    found.push(...page.calls);
    before = page.next;
  } while (before !== null && found.length < limit);
  return { found, more: before !== null };
}
