/** Events of clients that turn the names of the headers into lower case. */
export interface LowerCaseEvent extends Record<string, unknown> {
  event: string;
  uniqueid: string;
  channel: string;
  linkedid: string;
  channelstatedesc: string;
  calleridnum: string;
  connectedlinenum: string;
  exten: string;
}

export function readThree(event: LowerCaseEvent): number {
  return event.event.length + event.uniqueid.length + event.channel.length;
}

export function readEight(event: LowerCaseEvent): number {
  return (
    readThree(event) +
    event.linkedid.length +
    event.channelstatedesc.length +
    event.calleridnum.length +
    event.connectedlinenum.length +
    event.exten.length
  );
}
