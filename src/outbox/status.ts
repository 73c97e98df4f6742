// How the way to one CRM is, in words, with the mend.
import type { Counts } from './counts.ts';
import type { PausedBecause } from './pause.ts';

/** Of the shape of everything in the status. */
export interface DeliveryHealth {
  part: string;
  level: 'ok' | 'warning' | 'error';
  message: string;
  /** Null when nothing needs doing. */
  mend: string | null;
}

/** So long may something wait before it is worth a person's attention. */
const lateMs = 300_000;

export function deliveryHealth(
  crm: string,
  about: { counts: Counts | null; paused: PausedBecause | null; owns: boolean; nowMs: number },
): DeliveryHealth {
  const { counts, paused, nowMs } = about;
  const part = `deliveries to ${crm}`;
  const message = [waits(counts, nowMs), ...rejects(counts), ...pauses(paused, nowMs), ...elsewhere(about.owns)].join(
    '; ',
  );
  if (paused !== null) {
    return {
      part,
      level: 'error',
      message,
      mend: paused.mend ?? 'nothing is lost: it is tried again by itself; see whether the CRM can be reached',
    };
  }
  if (counts !== null && counts.rejected > 0) {
    const mend = counts.rejectedMend ?? 'look at what the CRM answered';
    return { part, level: 'warning', message, mend: `${mend}; then send the rejected ones again, or give them up` };
  }
  if (counts?.oldestAtMs != null && nowMs - counts.oldestAtMs > lateMs) {
    return {
      part,
      level: 'warning',
      message,
      mend: 'nothing is lost: what waits is worked as fast as the CRM takes it; see what the last attempts said',
    };
  }
  return { part, level: 'ok', message, mend: null };
}

/** Deliveries of a connection that is not in the settings any more. */
export function strandedHealth(crm: string, counts: Counts): DeliveryHealth {
  return {
    part: `deliveries to ${crm}`,
    level: 'warning',
    message: `${counts.waiting + counts.working + counts.rejected} are kept for a connection that there is none of`,
    mend: `put the connection ${JSON.stringify(crm)} back into the setting \`crm\`, or give its deliveries up`,
  };
}

function waits(counts: Counts | null, nowMs: number): string {
  if (counts === null || counts.waiting + counts.working === 0) return 'nothing waits';
  const age = counts.oldestAtMs === null ? '' : `, the oldest for ${ageOf(nowMs - counts.oldestAtMs)}`;
  return `${counts.waiting} wait${age}, ${counts.working} in work`;
}

function rejects(counts: Counts | null): string[] {
  return counts === null || counts.rejected === 0 ? [] : [`${counts.rejected} were rejected and wait for a person`];
}

function pauses(paused: PausedBecause | null, nowMs: number): string[] {
  return paused === null ? [] : [`down for ${ageOf(nowMs - paused.sinceMs)}: ${paused.why}`];
}

function elsewhere(owns: boolean): string[] {
  return owns ? [] : ['another process works them'];
}

function ageOf(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
