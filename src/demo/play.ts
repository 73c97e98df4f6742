// One call being played: its channels, the people in it, and the truth about it.
import { newTruth, type CallTruth, type TruthLeg } from './truth.ts';
import type { Channel, Identity } from './core/channel.ts';
import type { Core } from './core/core.ts';
import type { LegOutcome, LegRole, TransferType } from '../calls/call.ts';

/** What happens in a call, in order; each yield is how long until the next thing, ms. */
export type Scene = Generator<number, void, void>;

export class Play {
  readonly core: Core;
  readonly truth: CallTruth;
  /** Extensions that are busy with this call. */
  readonly staff: readonly string[];
  /** The call's first channel. */
  first: Channel | null = null;
  private readonly caller: Identity | null;

  /** @param caller who calls; any client unless given. */
  constructor(core: Core, kind: string, staff: readonly string[], caller: Identity | null = null) {
    this.core = core;
    this.staff = staff;
    this.caller = caller;
    this.truth = newTruth(kind, core.nowMs);
  }

  /** A client's call comes in over a trunk. */
  incoming(line: string, caller: Identity = this.caller ?? this.core.random.pick(this.core.company.clients)): Channel {
    const trunk = this.core.random.pick(this.core.company.trunks);
    const channel = this.core.newChannel(`PJSIP/${trunk}`, 'Ring', caller, {
      context: 'from-trunk',
      exten: line,
      priority: 1,
    });
    this.truth.client = caller.num === 'anonymous' ? null : caller.num;
    this.truth.line = line;
    return this.begins(channel);
  }

  /** The call's first channel is there. */
  begins(channel: Channel): Channel {
    this.first = channel;
    this.truth.linkedId = channel.linkedid;
    return channel;
  }

  leg(who: string, role: LegRole, outcome: LegOutcome | null): TruthLeg {
    const leg = { who, role, outcome, talkMs: 0 };
    this.truth.legs.push(leg);
    return leg;
  }

  transfer(type: TransferType, by: string, to: string, completed: boolean, blonde = false): void {
    this.truth.transfers.push({ type, by, to, completed, blonde });
  }

  /** The client has talked with these for so long. */
  talked(ms: number, ...legs: readonly TruthLeg[]): void {
    this.truth.answered = true;
    this.truth.talkMs += ms;
    this.truth.bridgedMs += ms;
    for (const leg of legs) leg.talkMs += ms;
  }

  /** The client has heard music while still in one bridge with an operator. */
  heldFor(ms: number): void {
    this.truth.bridgedMs += ms;
  }

  lost(stage: CallTruth['lostStage'], by: CallTruth['hangupBy']): void {
    this.truth.lostStage = stage;
    this.truth.hangupBy = by;
  }
}

/** A pause of a person or a network. */
export function between(play: Play, minMs: number, maxMs: number): number {
  return play.core.random.int(minMs, maxMs);
}
