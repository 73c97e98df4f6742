// What a played call was meant to be: written down by the one who plays it, not worked out from the events.
import type { Direction, LegOutcome, LegRole, LostStage, Origin, TransferType } from '../calls/call.ts';

export interface TruthLeg {
  /** An extension, or an outside number. */
  readonly who: string;
  readonly role: LegRole;
  /** Null for the calling side of a call that nobody answered: it may be called anything. */
  outcome: LegOutcome | null;
  talkMs: number;
}

export interface TruthTransfer {
  readonly type: TransferType;
  readonly by: string;
  readonly to: string;
  completed: boolean;
  readonly blonde: boolean;
}

export interface CallTruth {
  /** Which kind of call was played. */
  readonly kind: string;
  /** The Linkedid of its first channel. */
  linkedId: string;
  direction: Direction;
  origin: Origin;
  /** As the trunk gives it; null when withheld, or when there is no client. */
  client: string | null;
  /** The number of ours that was dialled; null for other directions. */
  line: string | null;
  answered: boolean;
  lostStage: LostStage | null;
  responsible: string | null;
  readonly legs: TruthLeg[];
  readonly transfers: TruthTransfer[];
  /** The client with operators, without holds and music. */
  talkMs: number;
  /** The same with the music that was heard while still in one bridge with an operator. */
  bridgedMs: number;
  hangupBy: 'client' | 'operator' | 'system' | null;
  queue: string | null;
  recording: string | null;
  startedAtMs: number;
  endedAtMs: number;
  /** Somebody interfered over AMI: nothing but the ending is certain. */
  disturbed: boolean;
}

export function newTruth(kind: string, atMs: number): CallTruth {
  return {
    kind,
    linkedId: '',
    direction: 'inbound',
    origin: 'dialed',
    client: null,
    line: null,
    answered: false,
    lostStage: null,
    responsible: null,
    legs: [],
    transfers: [],
    talkMs: 0,
    bridgedMs: 0,
    hangupBy: null,
    queue: null,
    recording: null,
    startedAtMs: atMs,
    endedAtMs: atMs,
    disturbed: false,
  };
}
