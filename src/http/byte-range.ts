// The header Range (RFC 9110, section 14), as far as a player needs it: one stretch of bytes.

/** `whole`: nothing was asked for, or something that may be ignored (several ranges, other units). `unsatisfiable`: 416. */
export type ByteRange = { kind: 'whole' } | { kind: 'part'; first: number; last: number } | { kind: 'unsatisfiable' };

/** @param bytes size of what it is a range of */
export function byteRange(header: string | undefined, bytes: number): ByteRange {
  const [, from = '', to = ''] = /^bytes= *(\d{0,15})-(\d{0,15}) *$/i.exec(header ?? '') ?? [];
  if (from === '' && to === '') return { kind: 'whole' };
  if (from === '') {
    // The last so many bytes.
    const count = Math.min(Number(to), bytes);
    return count === 0 ? { kind: 'unsatisfiable' } : { kind: 'part', first: bytes - count, last: bytes - 1 };
  }
  const first = Number(from);
  const last = to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1);
  // "5-2" is no range at all and is passed over.
  if (to !== '' && Number(to) < first) return { kind: 'whole' };
  return first >= bytes ? { kind: 'unsatisfiable' } : { kind: 'part', first, last };
}
