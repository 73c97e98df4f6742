// Where the client is, and at which stage an unanswered client was lost.
import type { LostStage, Stage } from './call.ts';
import type { CallState } from './model.ts';

const greeting = new Set(['playback', 'controlplayback', 'musiconhold', 'saydigits', 'saynumber', 'festival', 'swift']);
const ivr = new Set(['background', 'backgrounddetect', 'waitexten', 'read', 'directory', 'disa']);

/** The stage that a dialplan application puts its channel into; null when it says nothing (Application of Newexten, AppName of CEL). */
export function stageOfApp(app: string): Stage | null {
  const name = app.toLowerCase();
  if (greeting.has(name)) return 'greeting';
  if (ivr.has(name)) return 'ivr';
  if (name === 'queue') return 'queue';
  if (name === 'voicemail') return 'voicemail';
  return null;
}

/** The client has come to a stage. An announcement after ringing or a queue does not make the greeting the place of loss. */
export function enterStage(call: CallState, stage: Stage): void {
  if (call.stage === 'talking' && stage === 'ringing') return;
  if (stage === 'ringing' && call.queue?.inside) return;
  call.stage = stage;
  if (stage === 'greeting' && call.lostAt !== null) return;
  if (stage === 'dialplan' || stage === 'talking') return;
  call.lostAt = stage;
}

/** Null for an answered call and for one that was not inbound. */
export function lostStage(call: CallState): LostStage | null {
  if (!call.inbound || call.clientJoinedAtMs !== null) return null;
  const { lostAt } = call;
  if (lostAt === 'talking' || lostAt === 'dialplan' || lostAt === null) {
    // Who leaves before anything was played is lost at the door all the same; whom the dialplan hangs up on was turned away.
    return call.hangupBy === 'client' ? 'greeting' : 'rejected';
  }
  return lostAt;
}
