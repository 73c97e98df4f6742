// Hangup cause and dial status to a result in the style of SIP status codes.

/**
 * First matching row of the table in docs/call-results.md; 0 when the combination is unknown, so that only answered or missed can be told.
 *
 * @param cause Q.850 hangup cause, 0-127; null when it is not known
 * @param dialStatus DIALSTATUS or DialEnd's DialStatus; null when nothing was dialled
 */
export function resultCode(cause: number | null, dialStatus: string | null): number {
  const answered = dialStatus === 'ANSWER';
  if (cause === null || cause === 0) return 0;
  if (dialStatus === 'CANCEL') return 480;
  if (dialStatus === 'CHANUNAVAIL' || dialStatus === 'CONGESTION') return 500;
  switch (cause) {
    case 1:
    case 20:
      return answered ? 200 : 404;
    case 16:
      if (dialStatus === null || dialStatus === '' || answered) return 200;
      if (dialStatus === 'NOANSWER') return 408;
      return dialStatus === 'BUSY' ? 486 : 0;
    case 17:
      return 486;
    case 18:
      return 408;
    case 19:
      return 480;
    case 21:
      return 603;
    case 26:
      return 200;
    case 28:
      return 484;
    case 34:
    case 38:
    case 127:
      return 500;
    case 44:
      return answered ? 200 : 500;
    case 58:
      return 488;
    case 66:
      return answered ? 200 : 405;
    default:
      return 0;
  }
}
