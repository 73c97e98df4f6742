// The state of every phone, as DeviceStateChange and QueueMemberStatus tell it.
import { lines } from './event.ts';
import type { Channel } from './channel.ts';
import type { Core } from './core.ts';

export type DeviceState = 'NOT_INUSE' | 'INUSE' | 'RINGING' | 'RINGINUSE' | 'UNAVAILABLE';

/** The numbers that queue events and hints use for a device's state (asterisk: AST_DEVICE_*). */
export const deviceStateCodes: Record<DeviceState, number> = {
  NOT_INUSE: 1,
  INUSE: 2,
  UNAVAILABLE: 5,
  RINGING: 6,
  RINGINUSE: 7,
};

export class Devices {
  private readonly core: Core;
  /** Living channels by device; only devices that have some. */
  private readonly channels = new Map<string, Set<Channel>>();
  private readonly told = new Map<string, DeviceState>();

  constructor(core: Core) {
    this.core = core;
  }

  state(device: string): DeviceState {
    const own = this.channels.get(device);
    if (!own) return this.core.company.unregistered.has(device.slice('PJSIP/'.length)) ? 'UNAVAILABLE' : 'NOT_INUSE';
    let ringing = false;
    let inUse = false;
    for (const channel of own) {
      if (channel.state === 'Ringing') ringing = true;
      else inUse = true;
    }
    if (ringing) return inUse ? 'RINGINUSE' : 'RINGING';
    return 'INUSE';
  }

  count(device: string): number {
    return this.channels.get(device)?.size ?? 0;
  }

  /** To be called after each change of a channel: tells what has changed of its device. */
  refresh(channel: Channel): void {
    if (channel.isLocal) return;
    const device = channel.device;
    const own = this.channels.get(device) ?? new Set();
    if (channel.alive) own.add(channel);
    else own.delete(channel);
    if (own.size > 0) this.channels.set(device, own);
    else this.channels.delete(device);
    // A phone that is only being set up is still idle to the others.
    if (channel.alive && channel.state === 'Down') return;
    const state = this.state(device);
    if (this.told.get(device) === state) return;
    this.told.set(device, state);
    this.core.emit('DeviceStateChange', 'call', lines({ Device: device, State: state }));
    for (const queue of this.core.company.queues) {
      const member = queue.members.find((one) => `PJSIP/${one.extension}` === device);
      if (!member) continue;
      this.core.emit(
        'QueueMemberStatus',
        'agent',
        lines({
          Queue: queue.name,
          MemberName: member.name,
          Interface: queue.interfaceOf(member),
          StateInterface: device,
          Membership: 'static',
          Penalty: 0,
          CallsTaken: 0,
          LastCall: 0,
          LastPause: 0,
          LoginTime: this.core.company.bootSeconds,
          InCall: 0,
          Status: deviceStateCodes[state],
          Paused: 0,
          PausedReason: '',
          Ringinuse: 0,
          Wrapuptime: 0,
        }),
      );
    }
  }
}
