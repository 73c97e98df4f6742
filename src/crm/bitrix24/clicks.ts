// Somebody in the portal clicked a number, or a visitor of the site wants to be called back.
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import { lineOf, operatorById } from '../../people/lookups.ts';
import { toE164 } from '../../phones/number.ts';
import type { Operator } from '../../people/directory.ts';
import { OrderRefused } from '../contract.ts';
import { recordOf, textOf } from './answers.ts';
import { Memory, type EntityRef } from './call-state.ts';
import { responsiblesOf } from './client.ts';
import type { Context } from './context.ts';
import { closeCall, defaultsOf, tell } from './order-failed.ts';
import { PortalError, type PortalEvent } from './portal.ts';
import { entityOf } from './register.ts';
import type { Ending } from './status-code.ts';
import { plainText } from './words.ts';

const SEEN_MS = 30 * 60_000;
/** Two equal wishes to be called back within this time are one. */
const SAME_WISH_MS = 60_000;
const SEEN_MAX = 10_000;
/** Nobody sits at the phone any more for a click that waited longer. */
const LATE_MS = 2 * 60_000;
/** A short number is a colleague's, and stays as it was clicked. */
const INNER_DIGITS_MAX = 6;
const TRIES = 3;

const about = { lane: 'live' } as const;

export class Clicks {
  readonly #context: Context;
  readonly #seen = new Map<string, number>();
  readonly #running = new Set<Promise<void>>();

  constructor(context: Context) {
    this.#context = context;
  }

  /**
   * Takes an event and works it afterwards: whoever keeps the portal waiting is called less often.
   * @param mayBeLate it waited in the portal for us, perhaps while we were away
   */
  take(event: PortalEvent, mayBeLate: boolean): void {
    const running = this.#work(event, mayBeLate)
      .catch((error: unknown) => {
        this.#context.given.logger.error({ err: error, event: event.event }, 'A click could not be served');
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Waits for what is being worked. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #work(event: PortalEvent, mayBeLate: boolean): Promise<void> {
    if (event.event === 'ONEXTERNALCALLSTART') await this.#click(event, mayBeLate);
    else if (event.event === 'ONEXTERNALCALLBACKSTART') await this.#callback(event);
  }

  /** The portal has registered the call already; whatever becomes of it, it has to be finished under that id. */
  async #click({ data }: PortalEvent, mayBeLate: boolean): Promise<void> {
    const { given, users, words } = this.#context;
    const callId = textOf(data['CALL_ID']);
    const userId = textOf(data['USER_ID']);
    const number = clickedNumber(data);
    if (callId === null || userId === null || number === null || this.#isRepeated(callId, SEEN_MS)) return;
    const extension = users.operatorOf(userId)?.extensions[0];
    const isLate = mayBeLate && given.now() - bornMs(callId) > LATE_MS;
    try {
      if (isLate) throw new OrderRefused(words.tooLate);
      if (extension === undefined) throw new OrderRefused(words.noExtension);
      await given.orders.place({
        crmCallId: callId,
        kind: 'click_to_call',
        extension,
        number,
        line: lineOfEvent(data),
        requestedBy: `${given.name} user ${userId}`,
      });
    } catch (error) {
      await this.#refuse({ callId, userId, number }, error);
    }
  }

  /**
   * Nothing is registered yet and nobody is chosen: the call is registered first, so that from here on it is one like a click's. Nobody wishes
   * twice because the portal stumbled: without an answer of the portal the client is called all the same, and the call registered at its end.
   */
  async #callback({ data, atMs }: PortalEvent): Promise<void> {
    const { given, users, words } = this.#context;
    const sent = textOf(data['PHONE_NUMBER']);
    const number = sent === null ? null : (toE164(sent, given.region) ?? sent.replaceAll(/[^0-9+]/g, ''));
    if (number === null || number === '') return;
    const line = lineOfEvent(data);
    const entity = entityOf(data['CRM_ENTITY_TYPE'], data['CRM_ENTITY_ID']);
    if (this.#isRepeated(['callback', number, line, entity?.type, entity?.id].join(' '), SAME_WISH_MS)) return;
    const operator = await this.#agentFor(number, line, entity);
    const userId = await users.firstOf([users.of(operator)], defaultsOf(this.#context));
    const callId = await this.#registerCallback({ userId, number, line, entity, atMs });
    const extension = operator?.extensions[0];
    try {
      if (extension === undefined) throw new OrderRefused(words.noExtension);
      await given.orders.place({
        crmCallId: callId,
        kind: 'callback',
        extension,
        number,
        line,
        requestedBy: `${given.name} callback`,
      });
    } catch (error) {
      await this.#refuse({ callId, userId, number }, error, '304');
    }
  }

  /** The portal's id of the call; null when the portal did not take it. */
  async #registerCallback(wish: {
    userId: string;
    number: string;
    line: string | null;
    entity: EntityRef | null;
    atMs: number | null;
  }): Promise<string | null> {
    const { given, portal } = this.#context;
    const { userId, number, line, entity, atMs } = wish;
    // The same for a repeat, which the portal then takes for the same call.
    const externalId = createHash('sha256').update(`${number} ${line} ${atMs ?? randomUUID()}`);
    const params = {
      USER_ID: userId,
      PHONE_NUMBER: number.slice(0, 20),
      TYPE: 4,
      LINE_NUMBER: line,
      CALL_START_DATE: new Date(given.now()).toISOString().replace(/\.[0-9]+Z$/, '+00:00'),
      EXTERNAL_CALL_ID: externalId.digest('hex').slice(0, 32),
      CRM_CREATE: 0,
      SHOW: 0,
      ...(entity !== null && { CRM_ENTITY_TYPE: entity.type, CRM_ENTITY_ID: entity.id }),
    };
    try {
      const { result } = await again(() => portal.call('telephony.externalcall.register', params, about));
      return textOf(recordOf(result)['CALL_ID']);
    } catch (error) {
      given.logger.warn({ err: error }, 'The portal did not register a callback, which is made all the same');
      return null;
    }
  }

  /** The client's own responsible when he works now, else the line's first responsible, else whoever gets what nobody gets. */
  async #agentFor(number: string, line: string | null, entity: EntityRef | null): Promise<Operator | null> {
    const { given, users, options, portal } = this.#context;
    const found = await again(() => responsiblesOf(portal, number, about)).catch((error: unknown) => {
      given.logger.warn({ err: error }, 'Whose the client is who wants to be called back is not known');
      return [];
    });
    const own = found.find((one) => one.entity.type === entity?.type && one.entity.id === entity.id) ?? found[0];
    const isFree = own !== undefined && (own.atWork || !options.workingDay);
    const directory = given.directory();
    const lineHere = line === null ? null : lineOf(directory, { number: line, trunk: null }, given.region);
    const { defaultOperator, defaultUser } = defaultsOf(this.#context);
    const candidates = [
      isFree ? users.operatorOf(own.userId) : null,
      operatorById(directory, lineHere?.firstResponsible ?? null),
      defaultOperator,
      defaultUser === null ? null : users.operatorOf(defaultUser),
    ];
    return (
      candidates.find((one) => one?.active === true && one.extensions.length > 0 && users.of(one) !== null) ?? null
    );
  }

  /** The portal's call is closed, or the next click on the number would get the same one; and the person is told. */
  async #refuse(
    { callId, userId, number }: { callId: string | null; userId: string; number: string },
    error: unknown,
    status = '603-S',
  ): Promise<void> {
    const { given, words } = this.#context;
    const isRefusal = error instanceof OrderRefused;
    const why = isRefusal ? error.message : words.reasons['pbx-down'];
    given.logger.warn({ err: error, callId }, 'A call that the portal ordered was not made');
    const ending = {
      status: isRefusal ? status : '503',
      durationSec: 0,
      reason: why?.slice(0, 250) ?? null,
      known: true,
    };
    try {
      if (callId !== null) await this.#close(callId, userId, ending);
    } catch (closing) {
      // Not closed: the portal will tell of the same call at the next click, and that one has to count.
      if (callId !== null) this.#seen.delete(callId);
      throw closing;
    } finally {
      await tell(this.#context, about, userId, {
        text: `${words.orderFailed} (${plainText(number)}): ${plainText(why ?? '—')}`,
        tag: callId ?? number,
      });
    }
  }

  async #close(callId: string, userId: string, ending: Ending): Promise<void> {
    const memory = new Memory({ state: { callId }, save: async () => {} });
    await again(() => closeCall(this.#context, memory, about, userId, ending));
  }

  #isRepeated(key: string, forMs: number): boolean {
    const now = this.#context.given.now();
    const until = this.#seen.get(key);
    if (until !== undefined && until > now) return true;
    for (const [old, oldUntil] of this.#seen) {
      if (oldUntil > now && this.#seen.size < SEEN_MAX) break;
      this.#seen.delete(old);
    }
    this.#seen.set(key, now + forMs);
    return false;
  }
}

/** The portal's own guess at the whole number, but for colleagues. What has to be dialled after the answer is left to the person. */
function clickedNumber(data: PortalEvent['data']): string | null {
  const [clicked, whole] = [data['PHONE_NUMBER'], data['PHONE_NUMBER_INTERNATIONAL']].map((sent) =>
    textOf(textOf(sent)?.split(/[,;]/)[0]?.trim()),
  );
  const isInner = clicked != null && clicked.replaceAll(/\D/g, '').length <= INNER_DIGITS_MAX;
  return (isInner ? clicked : (whole ?? clicked)) ?? null;
}

/** The line that was chosen; null when it is none of ours: the application itself (`REST_APP:5`), or one that somebody named by hand. */
function lineOfEvent(data: PortalEvent['data']): string | null {
  const line = textOf(data['LINE_NUMBER']);
  return line !== null && /^[A-Za-z0-9_.+-]{1,64}$/.test(line) ? line : null;
}

/** The id of a call ends in the unix seconds of its birth. */
function bornMs(callId: string): number {
  const seconds = /\.([0-9]{9,11})$/.exec(callId)?.[1];
  return seconds === undefined ? Number.POSITIVE_INFINITY : Number(seconds) * 1000;
}

/** What a person waits for is tried a few times when the portal stumbles; register and finish look by themselves what became of a first one. */
async function again<T>(request: () => Promise<T>): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await request();
    } catch (error) {
      const passes = error instanceof PortalError && ['uncertain', 'limit', 'down', 'refused'].includes(error.kind);
      if (!passes || n >= TRIES) throw error;
      await after(Math.min(error.retryAfterMs ?? 1000, 5000));
    }
  }
}
