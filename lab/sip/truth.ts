/** What one phone saw of one call on the wire. Times are unix seconds, as in the recorded traces. */
export interface TruthRecord {
  ua: string;
  dir: 'in' | 'out';
  /** Whom an outgoing call dialled; what an incoming one said of its caller. */
  number: string;
  start: number;
  ringing: number | null;
  answered: number | null;
  ended: number | null;
  connected_s: number | null;
  final_code: number | null;
  /** `self` when this phone ended or refused the call, `pbx` when it was told. */
  ended_by: 'self' | 'pbx' | null;
  reason_header: string | null;
  notes: [at: number, what: string][];
  caller_shown: string | null;
  call_id: string;
}

/** Unix seconds with three decimals. */
export function now(): number {
  return Date.now() / 1000;
}

/** A record of a call that begins now. */
export function beginRecord(ua: string, dir: 'in' | 'out', number: string, callId: string): TruthRecord {
  return {
    ua,
    dir,
    number,
    start: now(),
    ringing: null,
    answered: null,
    ended: null,
    connected_s: null,
    final_code: null,
    ended_by: null,
    reason_header: null,
    notes: [],
    caller_shown: null,
    call_id: callId,
  };
}
