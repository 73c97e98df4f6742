// Who is who and what is whose, out of a snapshot of the directory. What a snapshot is asked for often is indexed once.
import { toE164 } from '../phones/number.ts';
import { compilePattern, type Pattern } from '../phones/pattern.ts';
import type { Mobile } from '../phones/mobiles.ts';
import type { Directory, Line, Operator } from './directory.ts';
import { isNumber, numberIndex, remembering, type NumberIndex } from './number-index.ts';

interface Index {
  operators: ReadonlyMap<string, Operator>;
  byExtension: ReadonlyMap<string, Operator>;
  trunks: readonly [Pattern, Line][];
  regions: Map<string, Regional>;
}

interface Regional {
  mobiles: NumberIndex<Operator>;
  lines: NumberIndex<Line>;
}

const indices = new WeakMap<Directory, Index>();

function indexOf(directory: Directory): Index {
  let index = indices.get(directory);
  if (!index) {
    index = {
      operators: new Map(directory.operators.map((one) => [one.id, one])),
      byExtension: new Map(
        // The last one set wins: an operator who is active before one who has left, and the first before the second.
        activeFirst(directory)
          .toReversed()
          .flatMap((one) => one.extensions.map((extension) => [extension, one] as const)),
      ),
      trunks: directory.lines.flatMap((line) => line.trunks.map((trunk) => [compilePattern(trunk), line] as const)),
      regions: new Map(),
    };
    indices.set(directory, index);
  }
  return index;
}

function regional(directory: Directory, region: string): Regional {
  const { regions } = indexOf(directory);
  let found = regions.get(region);
  if (!found) {
    const mobiles = activeFirst(directory).flatMap((one) => one.mobiles.map((mobile) => [mobile, one] as const));
    const lines = directory.lines.flatMap((line) => line.numbers.map((number) => [number, line] as const));
    found = { mobiles: remembering(numberIndex(mobiles, region)), lines: remembering(numberIndex(lines, region)) };
    regions.set(region, found);
  }
  return found;
}

function activeFirst({ operators }: Directory): Operator[] {
  return [...operators.filter((one) => one.active), ...operators.filter((one) => !one.active)];
}

export function operatorById(directory: Directory, id: string | null): Operator | null {
  return id === null ? null : (indexOf(directory).operators.get(id) ?? null);
}

/** An active one when there is any, else one who has left: old calls were his. */
export function operatorByExtension(directory: Directory, extension: string): Operator | null {
  return indexOf(directory).byExtension.get(extension) ?? null;
}

/** Whose mobile this is, in whatever form the number comes. */
export function operatorByNumber(directory: Directory, number: string, region: string): Operator | null {
  return regional(directory, region).mobiles(number);
}

/** The operator who is this user of a connection. */
export function operatorByUser(directory: Directory, crm: string, user: string): Operator | null {
  const all = directory.operators.filter((one) => one.crmUsers[crm] === user);
  return all.find((one) => one.active) ?? all[0] ?? null;
}

/** Id of the operator's user there; null when he has none. */
export function userOf(operator: Operator, crm: string): string | null {
  return operator.crmUsers[crm] ?? null;
}

/** A line by a number of ours in any form, else by the trunk. */
export function lineOf(
  directory: Directory,
  call: { number: string | null; trunk: string | null },
  region: string,
): Line | null {
  const { number, trunk } = call;
  const byNumber = number === null ? null : regional(directory, region).lines(number);
  if (byNumber || trunk === null) return byNumber;
  return indexOf(directory).trunks.find(([pattern]) => pattern.matches(trunk))?.[1] ?? null;
}

/** A number of ours as CRMs are told it: E.164 where that can be told, else its digits. */
export function lineNumber(number: string, region: string): string {
  return toE164(number, region) ?? number.replaceAll(/[ ()./-]/g, '');
}

/** The numbers of a line that are no patterns, as `Decision.lineNumber` has them: what a CRM's own list of lines should hold. */
export function lineNumbers(line: Line, region: string): string[] {
  return [...new Set(line.numbers.filter(isNumber).map((number) => lineNumber(number, region)))];
}

/** Mobiles of active operators with an extension, for the tracker: a call to one is a call to its owner. */
export function mobilesOf(directory: Directory): Mobile[] {
  return directory.operators
    .filter((one) => one.active)
    .flatMap((one) => one.mobiles.map((number) => ({ number, extension: one.extensions[0] ?? null })));
}
