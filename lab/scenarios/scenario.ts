import { setTimeout as wait } from 'node:timers/promises';
import type { Direction, LegOutcome, LegRole, LostStage, Origin, TransferType } from '../../src/calls/call.ts';
import { type Company, lines } from '../company.ts';
import type { Stage } from '../lab.ts';
import type { SipCall } from '../sip/call.ts';
import { answersAfter } from '../sip/party.ts';

/** What must become of an attempt to reach somebody. What is left out is not asserted. */
export interface ExpectedLeg {
  /** Extension; for an outside number `number` is given instead. */
  extension?: string;
  number?: string;
  of?: string;
  role?: LegRole;
  /** Absent: any (the calling side of a call that nobody answered). Several: each of them is right. */
  outcome?: LegOutcome | LegOutcome[];
  /** Within 700 ms. */
  talkMs?: number;
  consultMs?: number;
}

/** What must become of a transfer. */
export interface ExpectedTransfer {
  type: TransferType;
  by: string;
  /** Absent: not asserted. */
  to?: string;
  completed: boolean;
  blonde?: boolean;
}

/** What one call object must say. Written from what the people in the scenario did; no parser took part. */
export interface ExpectedCall {
  direction: Direction;
  origin?: Origin;
  /** Number as the trunk gives it; null when withheld or internal. */
  client: string | null;
  /** The dialled number of an inbound call, else null (not asserted then). */
  line: string | null;
  answered: boolean;
  lostStage: LostStage | null;
  responsible: string | null;
  legs: ExpectedLeg[];
  transfers: ExpectedTransfer[];
  /** Null: not asserted. */
  hangupBy: 'client' | 'operator' | 'system' | null;
  /** Within 700 ms for each stretch of talk. */
  talkMs: number;
  /** Q.850 cause. */
  cause?: number;
  holds?: number;
  queue?: string;
  spiedBy?: string;
  pickup?: { from: string; by: string };
  forward?: { from: string; to: string };
  voicemail?: { leftMessage: boolean };
  recorded?: boolean;
  clientName?: string;
}

/** One thing that happens in an office, and what a call record must say of it. */
export interface Scenario {
  name: string;
  intent: string;
  play(stage: Stage): Promise<void>;
  expect(firm: Company): ExpectedCall[];
}

/** How long a phone rings before somebody takes it. */
export const ringMs = 500;
/** How long people talk. */
export const talkMs = 1500;
/** How long operators consult. */
export const consultMs = 1000;

export const pause: (ms: number) => Promise<void> = wait;

/** A client calls a line (the person's own when none is said), the person answers after `ringMs`. */
export async function clientTalksTo(
  stage: Stage,
  person: number,
  service: number = lines.direct(person),
): Promise<{ client: SipCall; operator: SipCall }> {
  stage.phone(person).habit = answersAfter(ringMs);
  const client = await stage.client().call(stage.company.line(service));
  const operator = await stage.phone(person).incoming();
  await operator.answered();
  await client.answered();
  return { client, operator };
}

/** A call by the firm's usual client to a person's own line, answered; the rest is added. */
export function inbound(firm: Company, rest: Partial<ExpectedCall>): ExpectedCall {
  return {
    direction: 'inbound',
    client: firm.client(),
    line: firm.line(lines.direct(1)),
    answered: true,
    lostStage: null,
    responsible: firm.extension(1),
    legs: [],
    transfers: [],
    hangupBy: 'client',
    talkMs: 0,
    ...rest,
  };
}

/** An inbound call that nobody answered. */
export function missed(firm: Company, lostStage: LostStage, rest: Partial<ExpectedCall>): ExpectedCall {
  return inbound(firm, { answered: false, lostStage, responsible: null, talkMs: 0, hangupBy: 'system', ...rest });
}

/** A call that the firm's operator 1 made to the usual client. */
export function outbound(firm: Company, rest: Partial<ExpectedCall>): ExpectedCall {
  return {
    direction: 'outbound',
    client: firm.client(),
    line: null,
    answered: false,
    lostStage: null,
    responsible: firm.extension(1),
    legs: [{ extension: firm.extension(1), role: 'caller' }],
    transfers: [],
    hangupBy: null,
    talkMs: 0,
    ...rest,
  };
}
