// What holds for one call and one connection, by what the call is now and what the directory says.
import type { Call } from '../calls/call.ts';
import type { Directory, LeadPolicy, Line, Operator } from '../people/directory.ts';
import { lineNumber, lineNumbers, lineOf, operatorById, operatorByNumber } from '../people/lookups.ts';
import type { Decision } from './decision.ts';
import { listRuleFor } from './lists.ts';
import { partiesOf, type Person } from './parties.ts';
import { policyOf } from './policy.ts';
import { taskTemplateFor } from './task-template.ts';

export interface About {
  /** Name of the connection. */
  crm: string;
  /** Country whose numbers come without a country code. */
  region: string;
  /** The PBXs whose calls it gets; null or absent: all. */
  pbxs?: readonly string[] | null;
}

/** Pure: the same call, directory and connection give the same decision. A call may be decided at any moment of its life. */
export function decide(call: Call, directory: Directory, about: About): Decision {
  const { crm, region } = about;
  const policy = policyOf(directory, crm);
  const parties = partiesOf(call, directory, region);
  const line = call.line ? lineOf(directory, call.line, region) : null;
  const isInternal = call.direction === 'internal';
  const client = isInternal ? calledExtension(call) : (call.client?.e164 ?? call.client?.number ?? null);
  const missed = call.direction === 'inbound' && !call.answered;
  // One of ours who calls from his mobile is no new client, and nobody's to be called back.
  const isClient = !isInternal && client !== null && !operatorByNumber(directory, client, region)?.active;
  const lead = line?.lead ?? policy.lead;
  const extensions = parties.tookPart.flatMap(({ extension }) => extension ?? []);
  const listed = { crm, extensions, line, client: isInternal ? null : client };
  const why =
    whyNotHere(call, directory, about, line, parties.tookPart) ??
    (isInternal && !policy.internalCalls ? 'internal calls are not registered (policy internalCalls)' : null) ??
    whyListed(directory, region, listed);
  return {
    registered: why === null,
    why,
    line,
    lineNumber: ownNumber(call, line, region),
    source: line?.sources[crm] ?? null,
    clientNumber: client,
    clientName: call.client?.name ?? null,
    missed,
    resultCode: call.result.code ?? 0,
    talkSec: seconds(call.talkMs),
    waitSec: seconds(call.waitMs),
    talked: parties.talked?.operator ?? null,
    talkedExtension: parties.talked?.extension ?? null,
    rangLast: parties.rangLast?.operator ?? null,
    rangLastExtension: parties.rangLast?.extension ?? null,
    tookPart: parties.tookPart.flatMap(({ operator }) => operator ?? []),
    firstResponsible: operatorById(directory, line?.firstResponsible ?? null),
    defaultOperator: operatorById(directory, policy.defaultOperator),
    defaultUser: policy.defaultUser,
    lead,
    leadEach: policy.leadEach,
    leadWanted: isClient && isLeadWanted(lead, call, missed),
    missedOwner: line?.missedOwner ?? policy.missedOwner,
    task: !isClient ? null : taskTemplateFor(directory, policy, line, client, region),
    moveExisting: policy.moveExisting,
    records: policy.records,
  };
}

/** A call goes where its PBX, its line and one of the operators who took part may go. */
function whyNotHere(
  call: Call,
  directory: Directory,
  { crm, pbxs }: About,
  line: Line | null,
  tookPart: readonly Person[],
): string | null {
  if (pbxs && !pbxs.includes(call.pbx)) return `the PBX ${call.pbx} is not one of this connection’s`;
  if (line?.crms && !line.crms.includes(crm)) return `the line ${line.id} goes to other connections (crms)`;
  const operators = tookPart.flatMap(({ operator }) => operator ?? []);
  const isOurs =
    operators.length < tookPart.length ||
    operators.length === 0 ||
    operators.some((one) => goesTo(directory, one, crm));
  return isOurs ? null : 'the groups of the operators go to other connections (crms)';
}

function goesTo(directory: Directory, operator: Operator, crm: string): boolean {
  const groups = directory.groups.filter(({ id }) => operator.groups.includes(id));
  return groups.length === 0 || groups.some(({ crms }) => crms === null || crms.includes(crm));
}

function whyListed(directory: Directory, region: string, listed: Parameters<typeof listRuleFor>[2]): string | null {
  const rule = listRuleFor(directory, region, listed);
  return rule?.action === 'block' ? `the list ${rule.id} blocks it` : null;
}

/** As the CRM knows the line: the number that was called; of a call that came without one, the line's first number, else the trunk. */
function ownNumber(call: Call, line: Line | null, region: string): string | null {
  if (!call.line) return null;
  if (call.line.number !== null) return lineNumber(call.line.number, region);
  return (line ? lineNumbers(line, region)[0] : undefined) ?? call.line.trunk;
}

/** Whom an internal call was for: who answered last, else who was called first. */
function calledExtension(call: Call): string | null {
  const called = call.legs.filter((leg) => leg.role !== 'caller' && leg.extension !== null);
  return (called.findLast((leg) => leg.answeredAt !== null) ?? called[0])?.extension ?? null;
}

function isLeadWanted(lead: LeadPolicy, call: Call, missed: boolean): boolean {
  if (lead === 'answered') return call.answered;
  // Until it has ended somebody may still take it.
  if (lead === 'missed') return missed && call.endedAt !== null;
  return lead === 'all';
}

/** Whole seconds; a talk is never none. */
function seconds(ms: number): number {
  return ms > 0 ? Math.max(1, Math.round(ms / 1000)) : 0;
}
