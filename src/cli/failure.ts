/** What a command ends with besides 0. */
export const exitCodes = { failure: 1, badInput: 2 } as const;

/** A command's expected end without success: told in one line with its mend, no stack. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: number;
  readonly mend: string | null;

  constructor(message: string, mend: string | null, exitCode: number = exitCodes.failure) {
    super(message);
    this.exitCode = exitCode;
    this.mend = mend;
  }
}

/** The same for what the user gave: exit code 2. */
export function badInput(message: string, mend: string | null = null): CommandFailure {
  return new CommandFailure(message, mend, exitCodes.badInput);
}
