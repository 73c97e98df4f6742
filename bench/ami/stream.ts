// The stream that every client is given: events as a busy PBX sends them, each exactly 438 bytes long.
const EVENT_BYTES = 438;
const NAMES = [
  'Newchannel',
  'Newstate',
  'VarSet',
  'Newexten',
  'DialBegin',
  'BridgeEnter',
  'NewConnectedLine',
  'Hangup',
];

/** Events in the stream unless said otherwise. */
export const STREAM_EVENTS = 200_000;
/** Events in one chunk; the stream is the chunk over and over, so that making it costs the server nothing. */
export const CHUNK_EVENTS = 1_000;

/** The keys that are read in the two kinds of run: what telling events apart takes, and what following a call takes. */
export const THREE_FIELDS = ['Event', 'Uniqueid', 'Channel'] as const;
export const EIGHT_FIELDS = [
  ...THREE_FIELDS,
  'Linkedid',
  'ChannelStateDesc',
  'CallerIDNum',
  'ConnectedLineNum',
  'Exten',
] as const;

export function streamChunk(): Buffer {
  const events: string[] = [];
  for (let at = 0; at < CHUNK_EVENTS; at += 1) events.push(event(at));
  return Buffer.from(events.join(''));
}

function event(at: number): string {
  const id = `1795199${String(700 + (at % 90))}.${at}`;
  const headers = [
    `Event: ${NAMES[at % NAMES.length]}`,
    'Privilege: call,all',
    `Timestamp: 1795199705.${String(100_000 + at)}`,
    `Channel: PJSIP/trunk-${at.toString(16).padStart(8, '0')}`,
    'ChannelState: 6',
    'ChannelStateDesc: Up',
    `CallerIDNum: 7916${String(1_000_000 + at)}`,
    'CallerIDName: <unknown>',
    `ConnectedLineNum: ${101 + (at % 40)}`,
    'ConnectedLineName: Reception',
    'Language: en',
    'AccountCode: ',
    'Context: from-internal',
    `Exten: ${101 + (at % 40)}`,
    'Priority: 12',
    `Uniqueid: ${id}`,
    `Linkedid: ${id}`,
  ].join('\r\n');
  const last = '\r\nAppData: ';
  return `${headers}${last}${'x'.repeat(EVENT_BYTES - headers.length - last.length - 4)}\r\n\r\n`;
}
