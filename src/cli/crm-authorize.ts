// `patchcord crm authorize`: how an administrator of the CRM lets Patchcord in.
import { readFileSync } from 'node:fs';
import { apiClient, type ApiOptions } from './api-client.ts';
import { badInput, CommandFailure } from './failure.ts';
import { printable, printableJson } from './printable.ts';
import type { Terminal } from './terminal.ts';

/**
 * Prints the address to open; with `returned` finishes what the browser could not.
 * @throws CommandFailure, also when the CRM did not let us in; SettingsError
 */
export async function crmAuthorize(
  name: string,
  options: ApiOptions & { returned?: string; json?: true },
  terminal: Terminal,
): Promise<void> {
  const client = apiClient(options, (path) => readFileSync(path, 'utf8'));
  if (options.returned !== undefined) {
    const { ok, text } = await client.crmReturned(name, searchOf(options.returned));
    if (!ok) throw new CommandFailure(printable(text), `Begin again: patchcord crm authorize ${name}`);
    terminal.line(printable(text));
    return;
  }
  const { url, returnUrl } = await client.crmAuthorize(name);
  if (options.json) {
    terminal.line(printableJson({ url, returnUrl }, 2));
    return;
  }
  terminal.line(printable(url));
  terminal.note('Open it within 10 minutes, signed in to the CRM as an administrator.');
  terminal.note(
    returnUrl === null
      ? 'publicUrl is not set, so your browser may end at an address that it cannot open. Then copy that address within 30 s and give it to:'
      : `It ends at ${printable(returnUrl)}, which has to be the handler address of the application. If your browser cannot open that, copy the address where it ended, within 30 s, and give it to:`,
  );
  terminal.note(`  patchcord crm authorize ${name} --returned 'ADDRESS'`);
}

/** The query of an address with what the CRM gave. @throws CommandFailure when it is none */
function searchOf(address: string): string {
  const search = URL.canParse(address) ? new URL(address).searchParams : null;
  const [code, state] = [search?.get('code'), search?.get('state')];
  if (!code || !state) {
    throw badInput(
      '--returned is no address with code and state in it',
      'Copy the whole address out of the browser, and put it between quotes',
    );
  }
  const domain = search?.get('server_domain');
  return `?${new URLSearchParams({ code, state, ...(domain && { server_domain: domain }) }).toString()}`;
}
