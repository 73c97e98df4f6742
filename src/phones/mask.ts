/** A number for the log: enough to recognise one's own, not enough to call it. Short (internal) numbers stay whole. */
export function maskNumber(number: string): string {
  const plain = number.slice(0, 40);
  if (plain.length <= 6) return plain;
  return `${plain.slice(0, -7)}***${plain.slice(-4)}`;
}
