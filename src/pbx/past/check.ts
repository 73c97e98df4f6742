// What `patchcord doctor` looks at before CEL and CDR are relied on.
import type { PastSettings, PbxSettings } from '../../settings/schema.ts';
import type { CelRow } from '../cel-row.ts';
import { missingLinkedId } from './cdr-copy.ts';
import { CelDecoder } from './cel-decode.ts';
import { wrongZone } from './cel-reading.ts';
import { celWarning } from './missing-extra.ts';
import { openSource, type OpenSource, type What } from './open-source.ts';
import { PastError } from './past-error.ts';
import { bornMs } from './wall-clock.ts';

/** As `Finding` of the command, which stands above this folder. */
export interface PastFinding {
  name: string;
  level: 'ok' | 'warning' | 'error';
  message: string;
  mend: string | null;
}

const tailRows = 2_000;
/** Fewer rows may lack a type by chance. */
const tellingRows = 200;
const oldMs = 24 * 3_600_000;

/** Kinds of rows without which no call can be understood. */
const neededTypes = [['CHAN_START'], ['HANGUP', 'CHAN_END'], ['BRIDGE_ENTER']];

/**
 * Whether both tables can be reached and read, have the columns, are written, and by the clock that the settings say. Never rejects.
 * @param nowMs unix ms
 */
export async function checkPast(pbx: PbxSettings, nowMs: number): Promise<PastFinding[]> {
  const findings: PastFinding[] = [];
  if (pbx.cel === undefined) {
    findings.push({
      name: `pbx ${pbx.name}: CEL`,
      level: 'warning',
      message: 'none is configured: what happens while Patchcord is away stays unknown',
      mend: 'Give cel for this pbx in the settings, so that calls during an absence are found afterwards',
    });
  } else findings.push(...(await checkOne('cel', pbx.name, pbx.cel, nowMs)));
  if (pbx.cdr !== undefined) findings.push(...(await checkOne('cdr', pbx.name, pbx.cdr, nowMs)));
  return findings;
}

async function checkOne(what: What, pbx: string, settings: PastSettings, nowMs: number): Promise<PastFinding[]> {
  const name = `pbx ${pbx}: ${what.toUpperCase()}`;
  const setting = `pbx ${pbx}: ${what}`;
  let open: OpenSource | null = null;
  try {
    open = await openSource(what, settings, setting);
    const problems =
      what === 'cel'
        ? await celProblems(open, setting, settings.table, nowMs)
        : await cdrProblems(open, setting, nowMs);
    if (problems.length > 0) return problems.map((one) => ({ name, ...one }));
    return [{ name, level: 'ok', message: 'can be read, has the columns, and is being written', mend: null }];
  } catch (error) {
    const { mend, level } = error instanceof PastError ? error : { mend: 'Report it', level: 'error' as const };
    return [{ name, level, message: (error as Error).message, mend }];
  } finally {
    await open?.source.close().catch(() => {});
  }
}

type Told = Omit<PastFinding, 'name'>;

async function celProblems(open: OpenSource, setting: string, table: string, nowMs: number): Promise<Told[]> {
  const { source, clock } = open;
  const problems: Told[] = [];
  const warning = celWarning(open, setting, table);
  if (warning) problems.push({ level: 'warning', ...warning });
  const decoder = new CelDecoder(source.columns, clock);
  const cells = await source.tail(tailRows);
  const rows = cells.map((row) => decoder.decode(row)).filter((row) => row !== null);
  if (cells.length > 0 && rows.length === 0) {
    problems.push({
      level: 'error',
      message: `${setting}: the times in its rows cannot be read`,
      mend: `Name the right column in ${setting}.columns.eventtime, or set dateformat = %F %T in cel.conf`,
    });
    return problems;
  }
  const births = rows.filter(({ type, uniqueid }) => type === 'CHAN_START' && bornMs(uniqueid) !== null);
  const skews = births.map(({ atMs, uniqueid }) => atMs - (bornMs(uniqueid) ?? 0));
  const zone = skews.length === 0 ? null : wrongZone(skews, clock.timeZone, setting);
  if (zone) problems.push({ level: 'error', message: zone.message, mend: zone.mend });
  else
    problems.push(
      ...ageProblems(rows.at(-1)?.atMs ?? null, nowMs, setting, 'cel show status, and enable=yes in cel.conf'),
    );
  if (rows.length >= tellingRows) problems.push(...typeProblems(rows, setting));
  return problems;
}

function typeProblems(rows: readonly CelRow[], setting: string): Told[] {
  const types = new Set(rows.map(({ type }) => type));
  const absent = neededTypes.filter((some) => !some.some((type) => types.has(type))).map((some) => some.join(' or '));
  if (absent.length === 0) return [];
  return [
    {
      level: 'error',
      message: `${setting}: among the last ${rows.length} rows there is no ${absent.join(', no ')}`,
      mend: 'Set events=ALL in cel.conf (in FreePBX: cel_general_custom.conf) and "module reload cel"',
    },
  ];
}

async function cdrProblems({ source, clock, has }: OpenSource, setting: string, nowMs: number): Promise<Told[]> {
  const problems: Told[] = has.has('linkedid') ? [] : [{ level: 'warning', ...missingLinkedId(setting) }];
  const at = source.columns.indexOf('calldate');
  const times = (await source.tail(100)).map((row) => clock.read(String(row[at]), () => 0)).filter((ms) => ms !== null);
  const newest = times.length === 0 ? null : Math.max(...times);
  return [...problems, ...ageProblems(newest, nowMs, setting, 'cdr show status')];
}

function ageProblems(newestMs: number | null, nowMs: number, setting: string, look: string): Told[] {
  const mend = `Make a test call; if no row comes, look at "${look}" in Asterisk's console, and whether ${setting} names the table that Asterisk writes`;
  if (newestMs === null) return [{ level: 'warning', message: `${setting}: there is no row yet`, mend }];
  const ageMs = nowMs - newestMs;
  if (ageMs < oldMs) return [];
  return [{ level: 'warning', message: `${setting}: the last row is ${Math.round(ageMs / 3_600_000)} h old`, mend }];
}
