/** Events of clients that keep the spelling of the headers. */
export interface UpperCaseEvent extends Record<string, unknown> {
  Event: string;
  Uniqueid: string;
  Channel: string;
  Linkedid: string;
  ChannelStateDesc: string;
  CallerIDNum: string;
  ConnectedLineNum: string;
  Exten: string;
}

export function readThree(event: UpperCaseEvent): number {
  return event.Event.length + event.Uniqueid.length + event.Channel.length;
}

export function readEight(event: UpperCaseEvent): number {
  return (
    readThree(event) +
    event.Linkedid.length +
    event.ChannelStateDesc.length +
    event.CallerIDNum.length +
    event.ConnectedLineNum.length +
    event.Exten.length
  );
}
