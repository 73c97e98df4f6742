// Connections and their requests without a database, for tests of the routes.
import type { ConnectionInfo, Connections } from '../../crm/connections.ts';
import type { Capabilities, Connection, Health, InboundAnswer, InboundRequest } from '../../crm/contract.ts';
import type { StoredRequest } from '../../crm/request-log.ts';
import type { CrmRoutesGiven } from '../routes-crm.ts';

const capabilities: Capabilities = { takes: ['event'], clickToCall: false, users: false, lines: false };

/** Two connections: `hooks`, which receives nothing, and `portal`, which answers what `answer` says. */
export class MemoryCrm implements CrmRoutesGiven {
  readonly health: Health = { part: 'crm hooks', level: 'ok', message: 'the receiver takes events', mend: null };
  readonly stored: StoredRequest[] = [];
  readonly inbox: InboundRequest[] = [];
  returnUrl: string | null = 'https://patchcord.example/crm/portal/oauth';
  checked: (string | undefined)[] = [];
  answer: () => Promise<InboundAnswer> = () => Promise.resolve({ status: 200, body: 'taken' });

  readonly connections: Pick<Connections, 'list' | 'get' | 'check'> = {
    list: () => [this.#info('hooks', 'webhook'), this.#info('portal', 'bitrix24')],
    get: (name) => (name === 'hooks' || name === 'portal' ? this.#connection(name) : null),
    check: (name) => {
      this.checked.push(name);
      return Promise.resolve([this.health]);
    },
  };

  readonly requests: CrmRoutesGiven['requests'] = {
    requests: (crm, { limit, before = Infinity, failedOnly = false }) =>
      Promise.resolve(
        this.stored
          .filter((one) => one.crm === crm && one.id < before && (!failedOnly || one.error !== null))
          .slice(0, limit),
      ),
  };

  #info(name: string, type: string): ConnectionInfo {
    return { name, type, title: `A connection of the type ${type}`, capabilities, health: [this.health] };
  }

  #connection(name: string): Connection {
    return {
      name,
      capabilities,
      concurrency: 1,
      start: () => {},
      stop: () => Promise.resolve(),
      status: () => [this.health],
      check: () => Promise.resolve([this.health]),
      work: () => Promise.resolve({ outcome: 'dropped', note: 'not in memory' }),
      ...(name === 'hooks'
        ? {}
        : {
            receive: (request: InboundRequest) => {
              this.inbox.push(request);
              return this.answer();
            },
            authorize: () =>
              Promise.resolve({ url: 'https://portal.example/oauth/authorize/?state=s', returnUrl: this.returnUrl }),
          }),
    };
  }
}
