// What a client of a real Asterisk has to read right. Each probe is one event; `packets` parts it on the wire.

/** How a client gives one event to whoever asks. */
export interface ProbeReader {
  /** The value of a header as the client gives it. */
  get(key: string): unknown;
  /** All values of a repeated header as the client gives them. */
  all(key: string): unknown;
  /** The channel variables of the event as the client gives them: an object, a map, or a list of NAME=value. */
  variables(): unknown;
}

export interface Probe {
  name: string;
  /** Value of `Event`, by which the answer is recognised. */
  event: string;
  packets: Buffer[];
  passes(reader: ProbeReader): boolean;
}

const NAME = 'Клиника «Ёлка»';

export const PROBES: Probe[] = [
  {
    name: 'UTF-8 cut between packets',
    event: 'ProbeCut',
    packets: byteByByte(block('ProbeCut', [`CallerIDName: ${NAME}`])),
    passes: (reader) => reader.get('CallerIDName') === NAME,
  },
  {
    name: 'repeated headers',
    event: 'ProbeRepeated',
    packets: [block('ProbeRepeated', ['Item: one', 'Item: two', 'Item: three'])],
    passes: (reader) => JSON.stringify(reader.all('Item')) === '["one","two","three"]',
  },
  {
    name: '": " in values',
    event: 'ProbeColon',
    packets: [block('ProbeColon', ['AppData: to: Anna: desk 4: left'])],
    passes: (reader) => reader.get('AppData') === 'to: Anna: desk 4: left',
  },
  {
    name: 'ChanVariable',
    event: 'ProbeChanVariable',
    packets: [
      block('ProbeChanVariable', ['ChanVariable: CRM_ID=17', 'ChanVariable: EMPTY=', 'ChanVariable: LINK=a=b']),
    ],
    passes: (reader) => JSON.stringify(asPairs(reader.variables())) === '[["CRM_ID","17"],["EMPTY",""],["LINK","a=b"]]',
  },
  {
    name: 'VarSet',
    event: 'VarSet',
    packets: [block('VarSet', ['Variable: MIXMONITOR_FILENAME', 'Value: /rec/a=b: 1.wav'])],
    passes: (reader) => reader.get('Variable') === 'MIXMONITOR_FILENAME' && reader.get('Value') === '/rec/a=b: 1.wav',
  },
  {
    name: 'Cyrillic',
    event: 'ProbeCyrillic',
    packets: [block('ProbeCyrillic', [`ConnectedLineName: ${NAME}`])],
    passes: (reader) => reader.get('ConnectedLineName') === NAME,
  },
];

function block(event: string, headers: string[]): Buffer {
  return Buffer.from(`${[`Event: ${event}`, 'Privilege: call,all', ...headers].join('\r\n')}\r\n\r\n`);
}

/** Cut everywhere a network may cut: whichever byte a client stumbles over is among these. */
function byteByByte(bytes: Buffer): Buffer[] {
  return [...bytes].map((byte) => Buffer.of(byte));
}

/** Variables in any form a client may give them, as sorted pairs; names keep their case. */
function asPairs(variables: unknown): [string, unknown][] {
  if (variables instanceof Map) return sorted([...variables] as [string, unknown][]);
  if (Array.isArray(variables)) {
    return sorted(variables.map((item) => /^([^=]*)=(.*)$/.exec(String(item))?.slice(1) as [string, string]));
  }
  return typeof variables === 'object' && variables !== null ? sorted(Object.entries(variables)) : [];
}

function sorted(pairs: [string, unknown][]): [string, unknown][] {
  return pairs.toSorted(([a], [b]) => (a < b ? -1 : 1));
}
