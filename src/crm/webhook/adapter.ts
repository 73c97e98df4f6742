// Signed webhooks: every event of a call, as JSON, to an address of the user's own.
import { DeliveryError, type Outcome, type Work } from '../../outbox/worker.ts';
import type { Adapter, Capabilities, Connection, Health, Opening } from '../contract.ts';
import { HttpError, type HttpAnswer } from '../http.ts';
import { judge, unanswered } from './answer.ts';
import { bodyOf, deliveryIdOf, eventOf, headersOf } from './message.ts';
import { webhookSettings, type WebhookSettings } from './settings.ts';

const capabilities: Capabilities = { takes: ['event'], clickToCall: false, users: false, lines: false };

const deadlineMs = 15_000;

export const webhookAdapter: Adapter<typeof webhookSettings> = {
  type: 'webhook',
  title: 'Signed webhooks: every event of a call to an address of yours',
  settings: webhookSettings,
  capabilities,
  open: (given) => new WebhookConnection(given),
};

class WebhookConnection implements Connection {
  readonly name: string;
  readonly capabilities = capabilities;
  readonly concurrency: number;
  readonly #given: Opening<WebhookSettings>;
  /** What the last exchange was like. */
  #last: Pick<Health, 'level' | 'message' | 'mend'> = { level: 'ok', message: 'nothing was sent yet', mend: null };

  constructor(given: Opening<WebhookSettings>) {
    this.name = given.name;
    this.concurrency = given.settings.concurrency;
    this.#given = given;
  }

  start(): void {
    // Nothing goes on by itself.
  }

  async stop(): Promise<void> {
    // Nothing to end.
  }

  async work({ delivery, call, signal }: Work): Promise<Outcome> {
    const event = eventOf(delivery);
    if (event === null) return { outcome: 'dropped', note: 'it carries no event' };
    if (!this.#given.settings.events.includes(event.type)) {
      return { outcome: 'dropped', note: `${event.type} is not among the events of this connection` };
    }
    const answer = await this.#post(event.type, deliveryIdOf(delivery), bodyOf(delivery, event, call), {
      deliveryId: delivery.id,
      signal,
    });
    return { outcome: 'done', note: `the receiver answered ${answer.status}` };
  }

  status(): Health[] {
    return [{ part: `crm ${this.name}`, ...this.#last }];
  }

  async check(): Promise<Health[]> {
    const part = `crm ${this.name}`;
    const id = `ping-${this.#given.now().toString(36)}`;
    const at = new Date(this.#given.now()).toISOString();
    try {
      const { status } = await this.#post('ping', id, JSON.stringify({ id, type: 'ping', at }), {});
      return [{ part, level: 'ok', message: `the receiver answered ${status} to a ping`, mend: null }];
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      if (error.kind === 'rejected') {
        const mend = 'let the receiver answer 2xx to events of types that it does not know, ping among them';
        return [{ part, level: 'warning', message: error.message, mend }];
      }
      return [
        { part, level: 'error', message: error.message, mend: error.mend ?? 'try again later; see the receiver' },
      ];
    }
  }

  /** @throws DeliveryError */
  async #post(
    label: string,
    id: string,
    body: string,
    about: { deliveryId?: number; signal?: AbortSignal },
  ): Promise<HttpAnswer> {
    const { http, settings, now } = this.#given;
    try {
      const headers = headersOf(id, body, settings.secret ?? '', now());
      const answer = await http.send({ method: 'POST', url: settings.url, headers, body, label, deadlineMs, ...about });
      judge(answer, this.name, now());
      this.#last = { level: 'ok', message: 'the receiver takes events', mend: null };
      return answer;
    } catch (error) {
      const told = error instanceof HttpError ? unanswered(error) : error;
      if (told instanceof DeliveryError && told.kind !== 'rejected') {
        const level = told.kind === 'down' ? 'error' : 'warning';
        this.#last = {
          level,
          message: told.message,
          mend: told.mend ?? 'see the receiver; it is tried again by itself',
        };
      }
      throw told;
    }
  }
}
