/** The n-th client's number, E.164; never one of the demo's. */
export function clientNumber(n: number): string {
  return `+7930${String(1_000_000 + n)}`;
}

/** The employees of the portal: as many as the largest demo company has, with its extensions as inner numbers. */
export const extensions = Array.from({ length: 190 }, (_, n) => String(101 + n));
export const adminUser = 1;

export function userOf(extension: string): number {
  return 1000 + Number(extension);
}
