/** One thing that is wrong with the settings, and what to do about it. */
export interface SettingsProblem {
  readonly file: string;
  /** From 1; null when it is about the file as a whole. */
  readonly line: number | null;
  readonly column: number | null;
  /** Such as `pbx[0].port`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly mend: string;
}

/** All that is wrong with the settings. Nothing is started with such settings, and nothing is silently replaced by a default. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly SettingsProblem[];

  constructor(problems: readonly SettingsProblem[]) {
    const inOrder = problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
    super(inOrder.map(formatProblem).join('\n'));
    this.problems = inOrder;
  }
}

/** One problem as two lines of text: where and what, then the mend. */
function formatProblem(problem: SettingsProblem): string {
  const place = problem.line === null ? problem.file : `${problem.file}:${problem.line}:${problem.column}`;
  const subject = problem.path === '' ? '' : ` ${problem.path}:`;
  return `${place}:${subject} ${problem.message}\n  mend: ${problem.mend}`;
}

/** A path of keys as it is written for people: `pbx[0].port`. */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const key of path) text += typeof key === 'number' ? `[${key}]` : `${text === '' ? '' : '.'}${String(key)}`;
  return text;
}
