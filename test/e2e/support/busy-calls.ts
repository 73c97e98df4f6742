// What people do on a busy day: calls of every kind, each by a client with a number of its own, and what the phones themselves saw of each.
import { setTimeout as wait } from 'node:timers/promises';
import { lines } from '../../../lab/company.ts';
import type { Lab, Stage } from '../../../lab/lab.ts';
import { code } from '../../../lab/scenarios/transfer-steps.ts';
import type { SipCall } from '../../../lab/sip/call.ts';
import { answersAfter, type Habit, letsRing, refusesWith } from '../../../lab/sip/party.ts';
import type { Phone } from '../../../lab/sip/phone.ts';
import type { Random } from '../../../src/demo/random.ts';
import { adminUser, userOf } from './portal-office.ts';
import type { ExpectedInPortal } from './portal-judge.ts';

/** What became of a call, by the phones alone. */
export type Happened = Omit<ExpectedInPortal, 'lead' | 'recorded'> & { recorded: boolean; missed: boolean };

export interface Given {
  lab: Lab;
  stage: Stage;
  /** The client's number: nobody else calls with it. */
  client: string;
  /** What each of the firm's people does when this client's call (or a colleague's, in a transfer) comes to the phone. */
  board: Board;
  ringMs: number;
  talkMs: number;
  random: Random;
}

/** Kinds of calls with how many of a hundred there are. */
export const kinds = {
  recorded: { weight: 26, play: recorded },
  direct: { weight: 16, play: direct },
  group: { weight: 18, play: group },
  hunt: { weight: 4, play: hunt },
  givenUp: { weight: 10, play: givenUp },
  nobody: { weight: 4, play: nobody },
  busy: { weight: 6, play: busy },
  outAnswered: { weight: 7, play: outAnswered },
  outBusy: { weight: 4, play: outBusy },
  attended: { weight: 2, play: (given: Given) => transfer(given, attendedByKeys) },
  blind: { weight: 2, play: (given: Given) => transfer(given, blindByKeys) },
  refer: { weight: 1, play: (given: Given) => transfer(given, byRefer) },
} satisfies Record<string, { weight: number; play: (given: Given) => Promise<Happened> }>;
export type Kind = keyof typeof kinds;

/** One habit for each phone and caller, because a phone has many calls at once. */
export class Board {
  readonly #habits = new Map<string, Habit>();
  readonly #waiting = new Map<string, (call: SipCall) => void>();

  /** Has the firm's phones ask here. */
  attend(stage: Stage): void {
    for (const person of [1, 2, 3, 5]) this.#attend(stage.phone(person), stage.company.extension(person));
  }

  #attend(phone: Phone, extension: string): void {
    phone.habit = (call) => {
      const key = `${extension} ${call.record.number}`;
      this.#waiting.get(key)?.(call);
      return (this.#habits.get(key) ?? letsRing)(call);
    };
  }

  /** Gives the call when it has come. */
  expect(extension: string, caller: string, habit: Habit): Promise<SipCall> {
    const key = `${extension} ${caller}`;
    this.#habits.set(key, habit);
    return new Promise((resolve) => this.#waiting.set(key, resolve));
  }

  forget(extension: string, caller: string): void {
    this.#habits.delete(`${extension} ${caller}`);
    this.#waiting.delete(`${extension} ${caller}`);
  }
}

const answeredBy = (person: string, more: Partial<Happened> = {}): Happened => ({
  type: 2,
  users: [userOf(person)],
  code: '200',
  talked: true,
  recorded: false,
  missed: false,
  ...more,
});

const missedBy = (users: number[]): Happened => ({
  type: 2,
  users,
  code: '304',
  talked: false,
  recorded: false,
  missed: true,
});

/** Calls a line; one person answers after a while, they talk, one of them hangs up. */
async function answered(given: Given, service: number, person: number): Promise<Happened> {
  const { stage, client, board, ringMs, talkMs, random } = given;
  const extension = stage.company.extension(person);
  const coming = board.expect(extension, client, answersAfter(ringMs));
  const call = await given.lab.outside(client).call(stage.company.line(service));
  const operator = await within(coming, 15_000, `the call of ${client} to ${extension}`);
  await call.answered();
  await wait(talkMs);
  (random.chance(0.5) ? call : operator).hangup();
  await Promise.all([call.ended(), operator.ended()]);
  board.forget(extension, client);
  return answeredBy(extension);
}

async function recorded(given: Given): Promise<Happened> {
  return { ...(await answered(given, lines.recorded, 1)), recorded: true };
}

function direct(given: Given): Promise<Happened> {
  const person = given.random.pick([1, 2, 3, 5]);
  return answered(given, lines.direct(person), person);
}

/** Three phones ring, one of them is taken. */
function group(given: Given): Promise<Happened> {
  return answered(given, lines.group, given.random.pick([1, 2, 3]));
}

/** The first two do not answer, one after the other. */
function hunt(given: Given): Promise<Happened> {
  return answered(given, lines.hunt, 3);
}

async function givenUp({ lab, stage, client, board, ringMs, random }: Given): Promise<Happened> {
  const person = random.pick([1, 2, 3, 5]);
  const extension = stage.company.extension(person);
  const coming = board.expect(extension, client, letsRing);
  const call = await lab.outside(client).call(stage.company.line(lines.direct(person)));
  await within(coming, 15_000, `the call of ${client} to ${extension}`);
  await wait(ringMs);
  call.hangup();
  await call.ended();
  board.forget(extension, client);
  return missedBy([userOf(extension)]);
}

/** Three phones ring until the dialplan gives up. */
async function nobody({ lab, stage, client }: Given): Promise<Happened> {
  const call = await lab.outside(client).call(stage.company.line(lines.group));
  await call.ended();
  // Of those who rang at once any may be the last.
  return missedBy([1, 2, 3].map((person) => userOf(stage.company.extension(person))));
}

/** A phone that is busy does not ring, so that nobody rang last. */
async function busy({ lab, stage, client, board, random }: Given): Promise<Happened> {
  const person = random.pick([1, 2, 3, 5]);
  const extension = stage.company.extension(person);
  void board.expect(extension, client, refusesWith(486));
  const call = await lab.outside(client).call(stage.company.line(lines.direct(person)));
  await call.ended();
  board.forget(extension, client);
  return missedBy([adminUser]);
}

async function outAnswered({ lab, stage, client, ringMs, talkMs, random }: Given): Promise<Happened> {
  const person = random.pick([1, 2, 3, 5]);
  const party = lab.outside(client);
  party.habit = answersAfter(ringMs);
  const call = await stage.phone(person).call(client);
  const far = await party.incoming(15_000);
  await call.answered();
  await wait(talkMs);
  (random.chance(0.5) ? call : far).hangup();
  await Promise.all([call.ended(), far.ended()]);
  return answeredBy(stage.company.extension(person), { type: 1 });
}

async function outBusy({ lab, stage, client, random }: Given): Promise<Happened> {
  const person = random.pick([1, 2, 3, 5]);
  lab.outside(client).habit = refusesWith(486, 300);
  const call = await stage.phone(person).call(client);
  await call.ended();
  const users = [userOf(stage.company.extension(person))];
  return { type: 1, users, code: '486', talked: false, recorded: false, missed: false };
}

interface Passing {
  given: Given;
  operator: SipCall;
  from: Phone;
  target: string;
  /** The call that comes to the target. */
  arrival: (caller: string) => Promise<SipCall>;
}

/** The person 3 talks with the client and passes the call to the person 5, who talks on. */
async function transfer(given: Given, pass: (passing: Passing) => Promise<SipCall>): Promise<Happened> {
  const { lab, stage, client, board, ringMs, talkMs } = given;
  const [extension, target] = [stage.company.extension(3), stage.company.extension(5)];
  const coming = board.expect(extension, client, answersAfter(ringMs));
  const call = await lab.outside(client).call(stage.company.line(lines.direct(3)));
  const operator = await within(coming, 15_000, `the call of ${client} to ${extension}`);
  await call.answered();
  await wait(talkMs);
  const arrival = (caller: string): Promise<SipCall> =>
    within(board.expect(target, caller, answersAfter(ringMs)), 15_000, `the transfer of ${client} to ${target}`);
  const taker = await pass({ given, operator, from: stage.phone(3), target, arrival });
  await taker.answered();
  await operator.ended();
  await wait(talkMs);
  call.hangup();
  await Promise.all([call.ended(), taker.ended()]);
  for (const caller of [client, extension]) board.forget(target, caller);
  board.forget(extension, client);
  return answeredBy(target);
}

async function attendedByKeys({ given, operator, target, arrival }: Passing): Promise<SipCall> {
  const coming = arrival(given.stage.company.extension(3));
  await code(operator, '*2', target);
  const taker = await coming;
  await taker.answered();
  await wait(given.talkMs);
  operator.hangup();
  return taker;
}

async function blindByKeys({ given, operator, target, arrival }: Passing): Promise<SipCall> {
  const coming = arrival(given.client);
  await code(operator, '##', target);
  return coming;
}

async function byRefer({ given, operator, from, target, arrival }: Passing): Promise<SipCall> {
  const coming = arrival(given.stage.company.extension(3));
  await operator.hold();
  const consult = await from.call(target);
  const taker = await coming;
  await consult.answered();
  await wait(given.talkMs);
  await operator.referTo(consult);
  return taker;
}

/** @throws Error when it does not come in time */
async function within<T>(coming: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  const timeout = new AbortController();
  const late = wait(timeoutMs, undefined, { signal: timeout.signal }).then(() => {
    throw new Error(`${what} did not come within ${timeoutMs} ms`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([coming, late]);
  } finally {
    timeout.abort();
  }
}
