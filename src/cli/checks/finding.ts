/** What one check of `patchcord doctor` found. */
export interface Finding {
  /** What was looked at: `database`, `pbx main: login`. */
  readonly name: string;
  readonly level: 'ok' | 'warning' | 'error';
  readonly message: string;
  /** What to do about it; null when nothing needs doing. */
  readonly mend: string | null;
}

/** A check never rejects: what it could not find out is a finding. */
export type Check = () => Promise<Finding[]>;

export function ok(name: string, message: string): Finding {
  return { name, level: 'ok', message, mend: null };
}

export function warning(name: string, message: string, mend: string): Finding {
  return { name, level: 'warning', message, mend };
}

export function failed(name: string, message: string, mend: string): Finding {
  return { name, level: 'error', message, mend };
}
