import { unknown } from './event.ts';
import type { Channel } from './channel.ts';

export type BridgeTechnology = 'simple_bridge' | 'native_rtp' | 'holding_bridge';

/** One bridge with the channels in it, in order of entering. */
export class Bridge {
  readonly uniqueid: string;
  technology: BridgeTechnology;
  readonly channels: Channel[] = [];

  constructor(uniqueid: string, technology: BridgeTechnology) {
    this.uniqueid = uniqueid;
    this.technology = technology;
  }

  /** The headers that bridge events have, with a prefix such as `To` where an event names two. */
  headers(prefix = ''): string {
    const parking = this.technology === 'holding_bridge';
    return (
      `${prefix}BridgeUniqueid: ${this.uniqueid}\r\n${prefix}BridgeType: ${parking ? 'parking' : 'basic'}\r\n` +
      `${prefix}BridgeTechnology: ${this.technology}\r\n${prefix}BridgeCreator: ${parking ? 'Parking' : unknown}\r\n` +
      `${prefix}BridgeName: ${parking ? 'default' : unknown}\r\n` +
      `${prefix}BridgeNumChannels: ${this.channels.length}\r\n${prefix}BridgeVideoSourceMode: none\r\n`
    );
  }

  /** Two phones send each other their audio directly; Local channels and recordings need it to pass through. */
  settle(): void {
    const direct =
      this.channels.length === 2 && this.channels.every((channel) => !channel.isLocal && !channel.recorded);
    if (direct && this.technology === 'simple_bridge') this.technology = 'native_rtp';
  }
}
