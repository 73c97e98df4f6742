import type { ExpectedCall, ExpectedLeg, ExpectedTransfer } from '../../../lab/scenarios/scenario.ts';
import type { Call, Leg, Transfer } from '../../../src/calls/call.ts';

/** How far a duration may be from what the people in the scenario did. */
const toleranceMs = 1000;

/** What a call of the API says otherwise than the scenario; empty when all is right. */
export function differences(call: Call, expected: ExpectedCall): string[] {
  const wrong: string[] = [];
  const same = (field: string, got: unknown, want: unknown): void => {
    if (JSON.stringify(got) !== JSON.stringify(want))
      wrong.push(`${field}: ${JSON.stringify(got)} instead of ${JSON.stringify(want)}`);
  };
  const near = (field: string, got: number, want: number): void => {
    if (Math.abs(got - want) > toleranceMs) wrong.push(`${field}: ${got} instead of about ${want}`);
  };
  same('direction', call.direction, expected.direction);
  if (expected.origin !== undefined) same('origin', call.origin, expected.origin);
  same('client.number', call.client?.number ?? null, expected.client);
  same('client.e164', call.client?.e164 ?? null, expected.client === null ? null : `+${expected.client}`);
  same('client is somebody', call.client !== null, expected.direction !== 'internal');
  if (expected.line !== null) same('line.number', call.line?.number, expected.line);
  same('answered', call.answered, expected.answered);
  same('answeredAt', call.answeredAt !== null, expected.answered);
  same('lostStage', call.lostStage, expected.lostStage);
  same('responsible', call.responsible?.extension ?? null, expected.responsible);
  near('talkMs', call.talkMs, expected.talkMs);
  if (expected.hangupBy !== null) same('hangupBy', call.hangupBy, expected.hangupBy);
  if (expected.cause !== undefined) same('result.cause', call.result.cause, expected.cause);
  same('ended', call.endedAt !== null, true);
  same('stage', call.stage, null);
  same('gap', call.gap, undefined);
  same('holds', call.holds ?? 0, expected.holds ?? 0);
  same('pickup', call.pickup, expected.pickup);
  same('forward', call.forward, expected.forward);
  same('spiedBy', call.spiedBy ?? [], expected.spiedBy === undefined ? [] : [expected.spiedBy]);
  if (expected.queue !== undefined) same('queue.name', call.queue?.name, expected.queue);
  same('voicemail.leftMessage', call.voicemail?.leftMessage, expected.voicemail?.leftMessage);
  if (expected.recorded !== undefined) same('recorded', call.recordings.length > 0, expected.recorded);
  if (expected.clientName !== undefined) same('client.name', call.client?.name, expected.clientName);
  return [...wrong, ...legDifferences(call.legs, expected.legs, near), ...transferDifferences(call, expected)];
}

type Near = (field: string, got: number, want: number) => void;

/** Every expected leg has one leg of the call, and nothing is left over. */
function legDifferences(legs: Leg[], expected: ExpectedLeg[], near: Near): string[] {
  const left = [...legs];
  const missing: ExpectedLeg[] = [];
  for (const want of expected) {
    const at = left.findIndex((leg) => legFits(leg, want));
    const [leg] = at < 0 ? [] : left.splice(at, 1);
    if (leg === undefined) missing.push(want);
    else {
      const name = `leg of ${legName(leg)}`;
      if (want.talkMs !== undefined) near(`${name}: talkMs`, leg.talkMs, want.talkMs);
      if (want.consultMs !== undefined) near(`${name}: consultMs`, leg.consultMs, want.consultMs);
      if (leg.endedAt === null) missing.push(want);
    }
  }
  return [
    ...missing.map((leg) => `no such leg: ${JSON.stringify(leg)}`),
    ...left.map((leg) => `one leg too many: ${legName(leg)} ${leg.role} ${leg.outcome}`),
  ];
}

function legName(leg: Leg): string {
  return leg.extension ?? leg.number ?? 'nobody';
}

function legFits(leg: Leg, want: ExpectedLeg): boolean {
  const outcomes = want.outcome === undefined ? null : [want.outcome].flat();
  return (
    leg.extension === (want.extension ?? null) &&
    leg.number === (want.number ?? null) &&
    leg.of === (want.of ?? null) &&
    (want.role === undefined || leg.role === want.role) &&
    (outcomes === null || (leg.outcome !== null && outcomes.includes(leg.outcome)))
  );
}

function transferDifferences(call: Call, expected: ExpectedCall): string[] {
  const got = call.transfers.map((transfer, at) => transferWords(transfer, expected.transfers[at]));
  const want = expected.transfers.map((transfer) => transferWords(transfer, transfer));
  return JSON.stringify(got) === JSON.stringify(want)
    ? []
    : [`transfers: ${got.join('; ') || 'none'} instead of ${want.join('; ') || 'none'}`];
}

/** In words, without what the expectation leaves open. */
function transferWords(transfer: Transfer | ExpectedTransfer, asked: ExpectedTransfer | undefined): string {
  const to = asked?.to === undefined ? '' : ` to ${transfer.to}`;
  const end = transfer.completed ? 'completed' : 'not completed';
  return `${transfer.type} by ${transfer.by}${to}, ${end}${transfer.blonde === true ? ', blonde' : ''}`;
}
