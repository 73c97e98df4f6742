// What is concluded about one call for one connection before the CRM is asked anything.
import type { Line, Operator, TaskTemplate, LeadPolicy } from '../people/directory.ts';

export interface Decision {
  /** False: the call is not for this connection; `why` says it. */
  registered: boolean;
  why: string | null;
  line: Line | null;
  /** Our number (or the trunk) as the CRM is told it; null when there is none. */
  lineNumber: string | null;
  /** Id of the source in this CRM; null: the CRM's default. */
  source: string | null;
  /** The client's number as the CRM gets it, E.164 where it can be told; null when withheld. */
  clientNumber: string | null;
  clientName: string | null;
  /** Inbound and nobody of ours talked with the client. */
  missed: boolean;
  /** Result in SIP's style (call-results.md); 0 when unknown. */
  resultCode: number;
  /** Seconds, for the CRM: of talk, and of waiting. */
  talkSec: number;
  waitSec: number;
  /** Who talked last with the client; for outbound the caller. Null: nobody, or not known as an operator. */
  talked: Operator | null;
  /** Extension of the same, whether or not an operator is known for it. */
  talkedExtension: string | null;
  /** Who rang last. */
  rangLast: Operator | null;
  rangLastExtension: string | null;
  /** Everyone whose phone rang or who talked, in order, once each. */
  tookPart: Operator[];
  firstResponsible: Operator | null;
  defaultOperator: Operator | null;
  defaultUser: string | null;
  lead: LeadPolicy;
  leadEach: 'client' | 'call';
  /** By the policy and how the call stands now: an unknown client becomes a lead. */
  leadWanted: boolean;
  missedOwner: 0 | 1 | 2;
  /** Null: no task for missed calls (or this one is excepted). */
  task: TaskTemplate | null;
  moveExisting: boolean;
  records: boolean;
}
