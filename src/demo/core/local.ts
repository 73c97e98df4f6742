// Local channels: a pair whose `;1` half is on the side of the one who asked, while `;2` runs the dialplan and calls the phone.
import { lines } from './event.ts';
import { connectDial, dialData, dialEnd, phone, startDial, type Dial } from './dial.ts';
import type { Channel } from './channel.ts';
import type { Core, Ending } from './core.ts';

export function linkLocal(core: Core, one: Channel, two: Channel, optimization: boolean): void {
  const { context, exten } = two.place;
  const extra = lines({ Context: context, Exten: exten, LocalOptimization: optimization ? 'Yes' : 'No' });
  core.emit('LocalBridge', 'call', one.headers('LocalOne') + two.headers('LocalTwo') + extra);
}

/** A queue member reached through a pair that stays for the whole call (`/n`). */
export interface LocalCall {
  readonly one: Channel;
  readonly two: Channel;
  dialPhone(): void;
  /** @param told the asking application's own events, after `;1` rings. */
  ring(told: () => void): void;
  answer(): void;
  giveUp(ending: Ending): void;
  /** The talk is over: both halves and the phone end. @param by the phone, when it was the one that hung up. */
  end(): void;
  phone(): Channel;
}

export function startLocalCall(core: Core, caller: Channel, extension: string, context: string): LocalCall {
  const [one, two] = core.newLocalPair({ context, exten: extension, priority: 1 }, caller.linkedid);
  let dial: Dial | null = null;
  const theDial = (): Dial => {
    if (!dial) throw new Error(`${two.name} has not dialled`);
    return dial;
  };
  const phoneOf = (): Channel => {
    const [leg] = theDial().legs;
    if (!leg) throw new Error(`${two.name} has called nobody`);
    return leg;
  };
  const dialled = { num: caller.place.exten, name: '' };
  one.caller = dialled;
  core.running(one, 'AppQueue', '(Outgoing Line)');
  core.setCaller(one, dialled);
  two.connected = dialled;
  core.setCaller(two, caller.caller);
  core.setConnected(two, dialled);
  linkLocal(core, one, two, false);
  return {
    one,
    two,
    phone: phoneOf,
    dialPhone() {
      core.running(two, 'Dial', dialData([phone(extension)], 30));
      dial = startDial(core, two, [phone(extension)], { seconds: 30, step: false });
    },
    ring(told) {
      const leg = phoneOf();
      core.setState(leg, 'Ringing');
      one.caller = leg.caller;
      core.setState(one, 'Ringing');
      told();
      core.setCaller(one, leg.caller);
      core.emit('DialState', 'call', two.headers() + leg.headers('Dest') + lines({ DialStatus: 'RINGING' }));
    },
    answer() {
      const leg = phoneOf();
      connectDial(core, theDial(), leg);
      core.setState(two, 'Up');
      const bridge = core.newBridge();
      core.running(leg, 'AppDial', '(Outgoing Line)');
      core.enter(leg, bridge);
      core.setState(one, 'Up');
      core.enter(two, bridge);
    },
    giveUp(ending) {
      const leg = phoneOf();
      core.hangupRequest(two, ending);
      core.hangup(one, ending);
      dialEnd(core, two, leg, 'CANCEL');
      core.setVar(two, 'DIALSTATUS', 'CANCEL');
      core.softHangup(two);
      core.hangup(leg, ending);
      core.hangup(two, ending);
    },
    end() {
      const leg = phoneOf();
      const bridge = two.bridge;
      if (leg.alive) core.hangupRequest(two, { cause: 16 });
      core.hangup(one);
      core.leave(two);
      core.setVar(two, 'DIALSTATUS', 'ANSWER');
      core.softHangup(two);
      core.leave(leg);
      core.destroyIfEmpty(bridge);
      core.hangup(leg);
      core.hangup(two);
    },
  };
}

/**
 * An optimised pair goes out of the way: `mover` takes the place of a half in the bridge beyond it, and both halves end.
 *
 * @param mover the channel that changes bridges; it shares one with one half.
 * @param swapped the half whose place it takes.
 * @param left the half that it leaves behind.
 */
export function optimizeAway(
  core: Core,
  pair: { one: Channel; two: Channel },
  mover: Channel,
  swapped: Channel,
  left: Channel,
): void {
  const { one, two } = pair;
  const id = core.nextOptimizationId();
  const both = (): string => one.headers('LocalOne') + two.headers('LocalTwo');
  const begin = both() + mover.headers('Source') + lines({ DestUniqueId: two.uniqueid, Id: id });
  core.emit('LocalOptimizationBegin', 'call', begin);
  const emptied = mover.bridge;
  const kept = swapped.bridge;
  if (!kept) throw new Error(`${swapped.name} is in no bridge`);
  core.leave(mover);
  core.leave(swapped);
  core.enter(mover, kept, swapped);
  core.emit('LocalOptimizationEnd', 'call', both() + lines({ Success: 'No', Id: id }));
  core.leave(left);
  core.setVar(two, 'DIALSTATUS', 'ANSWER');
  core.hangupRequest(two, { cause: 16 });
  core.hangup(one);
  core.softHangup(two);
  core.hangup(two);
  core.destroyIfEmpty(emptied);
}
