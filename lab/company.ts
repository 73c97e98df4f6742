/**
 * A small firm inside the lab's PBX with its own extensions, lines, clients and mobiles, so that scenarios can be played at
 * once without meeting each other. Firm 0 has 101..106, firm 1 has 111..116, and so on up to 7.
 */
export interface Company {
  readonly index: number;
  /** Extension of the person 1..6: 1, 2, 3 operators, 4 whose phone is off, 5 the supervisor, 6 with two phones. */
  extension(person: number): string;
  /** The outside number that clients dial for a service (see `lines`), e.g. 74951000400 for the queue of firm 0. */
  line(service: number): string;
  /** Outside number of the client 1..9. */
  client(n?: number): string;
  /** Mobile of the person. */
  mobile(person?: number): string;
  /** What the trunk shows on calls that the firm makes. */
  readonly number: string;
  /** A parking slot 1..9 of the firm. */
  slot(n: number): string;
  /** The conference room of the firm. */
  readonly room: string;
}

/** How many firms the lab's PBX has. */
export const companyCount = 6;

/** The firm with this index, 0..7. */
export function company(index: number): Company {
  const line = (service: number): string => `7495100${index}${service}`;
  return {
    index,
    extension: (person) => String(100 + 10 * index + person),
    line,
    client: (n = 7) => `7916${index}23456${n}`,
    mobile: (person = 1) => `7999${index}00112${person}`,
    number: `7495100${index}000`,
    slot: (n) => String(600 + 10 * index + n),
    room: String(300 + index),
  };
}

/** Every firm of the lab. */
export const companies: Company[] = Array.from({ length: companyCount }, (_, index) => company(index));

/** What is behind the lines of a firm in the plain dialplan: the last three digits of the number. */
export const lines = {
  direct: (person: number): number => 100 + person,
  recorded: 200,
  greeting: 300,
  menu: 301,
  refused: 302,
  queue: 400,
  queueOfLocals: 401,
  queueRingAll: 402,
  queueOfNobody: 403,
  queueShort: 404,
  group: 500,
  hunt: 501,
  groupOfDead: 502,
  followMe: 700,
  mobile: 701,
  voicemail: 800,
  agi: 900,
} as const;
