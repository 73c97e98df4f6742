import type { Company } from '../company.ts';
import type { Stage } from '../lab.ts';
import type { SipCall } from '../sip/call.ts';
import { answersAfter } from '../sip/party.ts';
import { clientTalksTo, type ExpectedCall, type ExpectedLeg, inbound, pause, ringMs, talkMs } from './scenario.ts';

/** Time that Asterisk needs between the code and the number: it says "transfer" meanwhile. */
const promptMs = 500;

/** Presses a feature code and then the number. */
export async function code(operator: SipCall, feature: '*2' | '##', number: string): Promise<void> {
  await operator.dtmf(feature);
  await pause(promptMs);
  await operator.dtmf(number);
}

/** The client and 101 have talked; 102 will answer. */
export async function beforeTransfer(stage: Stage): Promise<{ client: SipCall; operator: SipCall }> {
  const both = await clientTalksTo(stage, 1);
  stage.phone(2).habit = answersAfter(ringMs);
  await pause(talkMs);
  return both;
}

/** The leg of 101, who talked with the client once. */
export const first = (firm: Company, more: Partial<ExpectedLeg> = {}): ExpectedLeg => ({
  extension: firm.extension(1),
  role: 'called',
  outcome: 'answered',
  talkMs,
  ...more,
});

/** The leg of 102, who took over. */
export const second = (firm: Company, more: Partial<ExpectedLeg> = {}): ExpectedLeg => ({
  extension: firm.extension(2),
  role: 'transfer-target',
  outcome: 'answered',
  talkMs,
  ...more,
});

/** The client talked with 101, then with 102. */
export function passedOn(
  firm: Company,
  type: 'blind' | 'attended' | 'redirect',
  rest: Partial<ExpectedCall> = {},
): ExpectedCall {
  return inbound(firm, {
    responsible: firm.extension(2),
    legs: [first(firm), second(firm)],
    transfers: [{ type, by: firm.extension(1), to: firm.extension(2), completed: true }],
    talkMs: 2 * talkMs,
    ...rest,
  });
}

/** The client talked with 101, 102 did not take over, the client talked with 101 again, for `againMs`. */
export function cameBack(firm: Company, target: ExpectedLeg, againMs = talkMs): ExpectedCall {
  return inbound(firm, {
    legs: [first(firm, { talkMs: talkMs + againMs }), target],
    transfers: [{ type: 'attended', by: firm.extension(1), to: firm.extension(2), completed: false }],
    talkMs: talkMs + againMs,
  });
}
