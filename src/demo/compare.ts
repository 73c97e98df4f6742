// A tracked call against what it was meant to be.
import type { Call } from '../calls/call.ts';
import type { CallTruth } from './truth.ts';

/** Times are whole milliseconds on one clock; a step of the talk may fall between two events of the same moment. */
const toleranceMs = 50;

/** What the tracker says differently; empty when it is right. */
export function differences(truth: CallTruth, call: Call): string[] {
  const found: string[] = [];
  const check = (what: string, got: unknown, meant: unknown): void => {
    if (JSON.stringify(got) !== JSON.stringify(meant))
      found.push(`${what}: ${JSON.stringify(got)}, meant ${JSON.stringify(meant)}`);
  };
  check('ended', call.endedAt !== null, true);
  if (truth.disturbed) return found;
  check('direction', call.direction, truth.direction);
  check('client', call.client?.number ?? null, truth.client);
  if (truth.direction === 'inbound') check('line', call.line?.number ?? null, truth.line);
  check('answered', call.answered, truth.answered);
  if (truth.direction === 'inbound') check('lostStage', call.lostStage, truth.lostStage);
  if (truth.answered && truth.direction !== 'internal')
    check('responsible', call.responsible?.extension ?? null, truth.responsible);
  check('legs', shownLegs(call, truth), meantLegs(truth));
  const transfers = call.transfers.map(({ type, by, to, completed, blonde }) => ({ type, by, to, completed, blonde }));
  check('transfers', transfers, truth.transfers);
  if (truth.hangupBy) check('hangupBy', call.hangupBy, truth.hangupBy);
  if (Math.abs(call.talkMs - truth.talkMs) > toleranceMs) check('talkMs', call.talkMs, truth.talkMs);
  check('queue', call.queue?.name ?? null, truth.queue);
  check(
    'recordings',
    call.recordings.map((one) => one.file),
    truth.recording === null ? [] : [truth.recording],
  );
  check('startedAt', Date.parse(call.startedAt), truth.startedAtMs);
  check('endedAt', Date.parse(call.endedAt ?? ''), truth.endedAtMs);
  return found;
}

const anyOutcome = 'any';

function meantLegs(truth: CallTruth): string[] {
  return truth.legs.map((leg) => `${leg.who} ${leg.role} ${leg.outcome ?? anyOutcome}`).sort();
}

function shownLegs(call: Call, truth: CallTruth): string[] {
  const free = new Set(truth.legs.filter((leg) => leg.outcome === null).map((leg) => leg.who));
  return call.legs
    .map((leg) => {
      const who = leg.extension ?? leg.number ?? '';
      return `${who} ${leg.role} ${free.has(who) ? anyOutcome : leg.outcome}`;
    })
    .sort();
}
