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
  const fresh = [...wanted.keys()].filter((number) => !there.has(number));
  if (fresh.length > 0) {
    // Remembered first: what may have been made is ours to take away.
    for (const number of fresh) made.add(number);
    await given.secrets.put(key, JSON.stringify([...made]));
  }
  const gone = [...made].filter((number) => !wanted.has(number));
  const changes: Change[] = [...wanted].flatMap(([number, name]): Change[] => {
    const current = there.get(number);
    // Leads are made by our own policy, also for clicks.
    if (current === undefined) return [['add', { NUMBER: number, NAME: name, CRM_AUTO_CREATE: 'N' }]];
    const isOurs = made.has(number) || current === '';
    return current !== name && isOurs ? [['update', { NUMBER: number, NAME: name }]] : [];
  });
  for (const number of gone) if (there.has(number)) changes.push(['delete', { NUMBER: number }]);
  // Together: they travel in few requests.
  await Promise.all(changes.map((one) => change(context, ...one)));
  for (const number of gone) made.delete(number);
  if (gone.length > 0) await given.secrets.put(key, JSON.stringify([...made]));
}

type Change = ['add' | 'update' | 'delete', Record<string, string>];

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
async function change({ portal, given }: Context, ...[what, params]: Change) {
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
