// `patchcord contacts import`: clients of the built-in CRM out of a file.
import { readFileSync } from 'node:fs';
import { apiClient, type ApiOptions } from './api-client.ts';
import { badInput } from './failure.ts';
import { printable } from './printable.ts';
import type { Terminal } from './terminal.ts';

/** What the API takes, with room for what JSON adds. */
const bytesMax = 8 * 1024 * 1024;

/** @throws CommandFailure (exit code 2 for a file that is not right), SettingsError */
export async function importContacts(
  path: string,
  options: ApiOptions & { dryRun?: true },
  terminal: Terminal,
): Promise<void> {
  const text = read(path);
  const client = apiClient(options, (file) => readFileSync(file, 'utf8'));
  const { dryRun = false } = options;
  const { added, known, refused } = await client.importContacts(text, dryRun);
  for (const { contact, reason } of refused) terminal.note(printable(`${contact}: ${reason}`));
  const left = `${known} known already, ${refused.length === 100 ? '100 or more' : refused.length} refused`;
  terminal.line(dryRun ? `${added} would be added, ${left}; nothing was changed` : `${added} added, ${left}`);
}

function read(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path === '-' ? 0 : path);
  } catch (error) {
    throw badInput(`cannot read ${path}: ${(error as Error).message}`, 'Name a file, or - for standard input');
  }
  if (bytes.length > bytesMax) throw badInput(`${path} is larger than 8 MiB`, 'Import it in parts');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw badInput(
      `${path} is not written in UTF-8`,
      'Save it as “CSV UTF-8”, or: iconv -f WINDOWS-1251 -t UTF-8 FILE | patchcord contacts import -',
    );
  }
}
