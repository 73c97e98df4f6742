import { formatPath } from '../settings/problem.ts';
import type { DirectoryKind } from './directory.ts';

/** One thing that is wrong with one record. */
export interface DirectoryProblem {
  readonly kind: DirectoryKind;
  readonly id: string;
  /** Such as `week[0].from`; empty for the record as a whole. */
  readonly field: string;
  readonly message: string;
}

/** Why a change was not made. Nothing of it was. */
export class DirectoryError extends Error {
  override readonly name = 'DirectoryError';
  /** `in-use`: what was to go is still referred to; `not-found`: it is not there; `invalid`: anything else. */
  readonly code: 'invalid' | 'in-use' | 'not-found';
  readonly problems: readonly DirectoryProblem[];

  constructor(code: DirectoryError['code'], problems: readonly DirectoryProblem[]) {
    super(problems.map(formatDirectoryProblem).join('; '));
    this.code = code;
    this.problems = problems;
  }
}

/** One problem as a line: which record, which field, what. */
export function formatDirectoryProblem({ kind, id, field, message }: DirectoryProblem): string {
  return `${kind} ${id}${field === '' ? '' : `: ${field}`}: ${message}`;
}

export function problemAt(
  kind: DirectoryKind,
  id: string,
  path: readonly PropertyKey[],
  message: string,
): DirectoryProblem {
  return { kind, id, field: formatPath(path), message };
}
