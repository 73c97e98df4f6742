// Our lines as external lines of the portal: what the directory has is there, what we made and is no more goes.
import { lineNumbers } from '../../people/lookups.ts';
import { rowsOf, textOf } from './answers.ts';
import type { Context } from './context.ts';
import { PortalError } from './portal.ts';

/** The portal cuts what is longer. */
const NUMBER_MAX = 50;
const about = { lane: 'sync' } as const;

/**
 * Lines of others, and lines that the portal made by itself at a first call, are left alone but for the missing name.
 * @throws PortalError
 */
export async function syncLines(context: Context): Promise<void> {
  const { portal, given } = context;
  const wanted = wantedLines(context);
  const key = 'lines';
  const made = new Set(madeOf(await given.secrets.get(key)));
  const rows = rowsOf((await portal.call('telephony.externalline.get', {}, about)).result);
  const there = new Map(rows.map((row) => [textOf(row['NUMBER']) ?? '', textOf(row['NAME']) ?? '']));
  for (const [number, name] of wanted) {
    const current = there.get(number);
    if (current === undefined) {
      // Remembered first: what may have been made is ours to take away.
      made.add(number);
      await given.secrets.put(key, JSON.stringify([...made]));
      // Leads are made by our own policy, also for clicks.
      await change(context, 'add', { NUMBER: number, NAME: name, CRM_AUTO_CREATE: 'N' });
    } else if (current !== name && (made.has(number) || current === '')) {
      await change(context, 'update', { NUMBER: number, NAME: name });
    }
  }
  const gone = [...made].filter((number) => !wanted.has(number));
  for (const number of gone) {
    if (there.has(number)) await change(context, 'delete', { NUMBER: number });
    made.delete(number);
  }
  if (gone.length > 0) await given.secrets.put(key, JSON.stringify([...made]));
}

/** Number → name of the lines of this connection. */
export function wantedLines({ given }: Pick<Context, 'given'>): Map<string, string> {
  const lines = given.directory().lines.filter(({ crms }) => crms === null || crms.includes(given.name));
  const wanted = new Map<string, string>();
  for (const line of lines)
    for (const number of lineNumbers(line, given.region))
      if (number.length <= NUMBER_MAX && !wanted.has(number)) wanted.set(number, line.name);
  return wanted;
}

/** One line that the portal does not take holds up no other. */
async function change({ portal, given }: Context, what: 'add' | 'update' | 'delete', params: Record<string, string>) {
  try {
    await portal.call(`telephony.externalline.${what}`, params, about);
  } catch (error) {
    if (!(error instanceof PortalError) || error.kind !== 'domain') throw error;
    given.logger.warn({ err: error, line: params['NUMBER'] }, 'The portal did not take a line');
  }
}

function madeOf(kept: string | null): string[] {
  const parsed: unknown = kept === null ? [] : JSON.parse(kept);
  return Array.isArray(parsed) ? parsed.filter((number) => typeof number === 'string') : [];
}
