import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { callCsvHead, callCsvLine } from './call-csv.ts';
import { filterOf, type FilterOptions } from './call-filter.ts';
import { findSettings } from './settings-file.ts';
import { withStore } from './store-of.ts';
import type { Terminal } from './terminal.ts';
import { badInput, CommandFailure } from './failure.ts';

const pageLimit = 1000;

export type ExportOptions = FilterOptions & {
  settings?: string;
  format: 'csv' | 'jsonl';
  out?: string;
  directory?: true;
};

/**
 * `patchcord export`: calls straight from the database, newest first, whether or not Patchcord runs; or the directory. A file appears only when it is
 * complete.
 * @throws CommandFailure, SettingsError, StoreError
 */
export async function exportCalls(options: ExportOptions, terminal: Terminal, stdout: Writable): Promise<void> {
  const filter = filterOf(options, Date.now());
  if (options.directory) return exportDirectory(options, Object.keys(filter), terminal, stdout);
  const { settings } = findSettings(options.settings);
  const lineOf = options.format === 'csv' ? callCsvLine : jsonLine;
  const head = options.format === 'csv' ? callCsvHead : '';

  await withStore(settings.database, async (store) => {
    await writing(options.out, stdout, async (out) => {
      let count = 0;
      let before: string | undefined;
      await put(out, head);
      do {
        const page = await store.calls(filter, { limit: pageLimit, ...(before === undefined ? {} : { before }) });
        await put(out, page.calls.map(lineOf).join(''));
        count += page.calls.length;
        before = page.next ?? undefined;
      } while (before !== undefined);
      terminal.note(`${count} calls exported`);
    });
  });
}

async function exportDirectory(
  options: ExportOptions,
  filters: string[],
  terminal: Terminal,
  stdout: Writable,
): Promise<void> {
  if (filters.length > 0) throw badInput('--directory takes no filter: it is about no calls', 'Leave one of them out');
  const { directoryText } = await import('./directory.ts');
  const text = await directoryText(options, terminal);
  await writing(options.out, stdout, (out) => put(out, text));
}

function jsonLine(call: unknown): string {
  return `${JSON.stringify(call)}\n`;
}

/** Writes and waits while the reader is slow, so that ten million calls do not pile up in memory. */
async function put(out: Writable, text: string): Promise<void> {
  if (text !== '' && !out.write(text)) await once(out, 'drain');
}

async function writing(
  file: string | undefined,
  stdout: Writable,
  write: (out: Writable) => Promise<void>,
): Promise<void> {
  if (file === undefined) return write(stdout);
  const draft = `${file}.${process.pid}.part`;
  const out = createWriteStream(draft, { mode: 0o600 });
  try {
    await once(out, 'open');
    await write(out);
    out.end();
    await once(out, 'finish');
    await rename(draft, file);
  } catch (error) {
    out.destroy();
    await rm(draft, { force: true });
    if (error instanceof Error && 'code' in error && 'path' in error) {
      throw new CommandFailure(
        `${file} cannot be written (${String(error.code)})`,
        'Check the folder and its free space',
      );
    }
    throw error;
  }
}
