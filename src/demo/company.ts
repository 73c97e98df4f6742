// The company that the demo plays: its people, numbers and queues. Invented, and the same for every seed but for the clients.
import type { Random } from './random.ts';
import type { Identity } from './core/channel.ts';

export interface Employee {
  readonly extension: string;
  readonly name: string;
  /** Their mobile, when calls are forwarded to one. */
  readonly mobile: string | null;
}

/** How a queue finds a member: one after another, all at once, or all through Local channels (as FreePBX does it). */
export type QueueStyle = 'linear' | 'ringall' | 'local';

export interface CompanyQueue {
  readonly name: string;
  readonly style: QueueStyle;
  /** The number that leads straight to the queue. */
  readonly line: string;
  readonly members: readonly Employee[];
  /** The member as queues.conf names it. */
  interfaceOf(member: Employee): string;
}

export interface Company {
  readonly staff: readonly Employee[];
  /** Extensions whose phone is switched off. */
  readonly unregistered: ReadonlySet<string>;
  readonly queues: readonly CompanyQueue[];
  readonly clients: readonly Identity[];
  readonly trunks: readonly string[];
  /** Shown to those who are called. */
  readonly ownNumber: string;
  readonly ivrLine: string;
  readonly greetingLine: string;
  readonly groupLine: string;
  /** When the PBX was started, unix seconds. */
  readonly bootSeconds: number;
}

const people = [
  'Анна Смирнова',
  'Иван Петров',
  'Ольга Кузнецова',
  'John Smith',
  'Мария Соколова',
  'Дмитрий Волков',
  'Emma Brown',
  'Сергей Морозов',
  'Елена Новикова',
  'Алексей Фёдоров',
  'Olivia Clark',
  'Наталья Орлова',
  'Павел Зайцев',
  'Michael Green',
  'Татьяна Белова',
  'Никита Громов',
];

const clientNames = [
  'Виктор',
  'ООО "Ромашка"',
  'Светлана К.',
  'Bob & Sons',
  "Sean O'Neil",
  'ИП Лебедев',
  'Марина',
  'Acme Ltd',
  'Завод «Заря»',
  'Юрий Сергеевич',
];

export const smallCompany = 16;
/** Extensions 101..290 are people; the numbers after them lead to queues and groups. */
const largestCompany = 190;
const queueSize = 5;

/** The direct number of an extension. */
export const lineOf = (extension: string): string => `7495100${extension.padStart(4, '0')}`;

/**
 * @param size how many people; the last one of them never switches the phone on.
 * @throws RangeError outside of 8..190.
 */
export function makeCompany(random: Random, size: number, startMs: number): Company {
  if (size < 8 || size > largestCompany)
    throw new RangeError(`a company has 8 to ${largestCompany} people, not ${size}`);
  const staff = Array.from({ length: size }, (_, index): Employee => {
    const round = Math.floor(index / people.length);
    const name = people[index % people.length] ?? '';
    return {
      extension: String(101 + index),
      name: round === 0 ? name : `${name} ${round + 1}`,
      mobile: index % 3 === 0 ? `7999000${String(1101 + index)}` : null,
    };
  });
  const registered = staff.slice(0, -1);
  const styles: QueueStyle[] = ['linear', 'local', 'ringall'];
  const names = ['sales', 'support', 'office'];
  const queues: CompanyQueue[] = [];
  for (let at = 0; at + queueSize <= registered.length; at += queueSize) {
    const number = queues.length;
    const style = styles[number % styles.length] ?? 'linear';
    const round = Math.floor(number / names.length);
    queues.push({
      name: `${names[number % names.length]}${round === 0 ? '' : round + 1}`,
      style,
      line: lineOf(String(400 + number)),
      members: registered.slice(at, at + queueSize),
      interfaceOf: (member) =>
        style === 'local' ? `Local/${member.extension}@from-queue/n` : `PJSIP/${member.extension}`,
    });
  }
  return {
    staff,
    unregistered: new Set([String(100 + size)]),
    queues,
    clients: Array.from({ length: 40 * size }, () => makeClient(random)),
    trunks: ['trunk-city', 'trunk-mobile'],
    ownNumber: '74951000000',
    ivrLine: '74951000301',
    greetingLine: '74951000300',
    groupLine: '74951000500',
    bootSeconds: Math.floor(startMs / 1000) - 86_400,
  };
}

/** A client as a trunk gives it: `7916…`, `8916…` or `+…`, mostly without a name. */
function makeClient(random: Random): Identity {
  const mobile = `9${random.pick(['03', '05', '16', '26', '61', '85'])}${random.int(1_000_000, 9_999_999)}`;
  const num = random.weighted([
    { weight: 70, make: () => `7${mobile}` },
    { weight: 12, make: () => `8${mobile}` },
    { weight: 8, make: () => `+7${mobile}` },
    { weight: 7, make: () => `7${random.pick(['812', '343', '495'])}${random.int(2_000_000, 7_999_999)}` },
    { weight: 3, make: () => `+4420794${random.int(60_000, 60_999)}` },
  ]);
  return { num: num.make(), name: random.chance(0.25) ? random.pick(clientNames) : '' };
}
