import { SipAgent, token } from './agent.ts';
import { authorization, parseChallenge } from './digest.ts';
import { headerOf, type SipMessage, statusOf, uriOf, userOf } from './message.ts';
import { Party } from './party.ts';
import type { TruthRecord } from './truth.ts';

/** A registered phone of an extension. */
export interface Phone extends Party {
  /** Unregisters and closes the socket. */
  close(): Promise<void>;
}

/**
 * Registers an extension's phone.
 * @throws Error when Asterisk refuses
 */
export async function openPhone(options: {
  extension: string;
  password: string;
  bind: { host: string; port: number };
  server: { host: string; port: number };
  truth: TruthRecord[];
}): Promise<Phone> {
  const { extension, password, server } = options;
  const agent = await SipAgent.open(options.bind, server);
  const identity = {
    name: extension,
    from: `<sip:${extension}@${server.host}>`,
    credentials: { username: extension, password },
  };
  const party = new Party(agent, identity, `${server.host}:${server.port}`, options.truth);
  agent.onInvite = (invite) => void party.take(invite);
  await register(agent, identity.from, identity.credentials, server.host, 3600);
  return Object.assign(party, {
    close: async () => {
      await register(agent, identity.from, identity.credentials, server.host, 0);
      agent.close();
    },
  });
}

/** The other end of the trunk: outside numbers that call in and are called. */
export interface Trunk {
  /** The party with this outside number; made on first use. */
  party(number: string): Party;
  close(): void;
}

/** Opens the trunk's far end. An outside number that nobody has asked for answers 404. */
export async function openTrunk(options: {
  bind: { host: string; port: number };
  server: { host: string; port: number };
  truth: (number: string) => TruthRecord[];
}): Promise<Trunk> {
  const agent = await SipAgent.open(options.bind, options.server);
  const parties = new Map<string, Party>();
  agent.onInvite = (invite) => {
    const number = userOf(invite.start.split(' ')[1] ?? '');
    const party = parties.get(number);
    if (party === undefined) agent.respond(invite, 404, { toTag: token() });
    else void party.take(invite);
  };
  return {
    party: (number) => {
      const known = parties.get(number);
      if (known !== undefined) return known;
      const identity = { name: 'trunk', from: `<sip:${number}@${agent.host}>`, credentials: null };
      const server = `${options.server.host}:${options.server.port}`;
      const party = new Party(agent, identity, server, options.truth(number));
      parties.set(number, party);
      return party;
    },
    close: () => agent.close(),
  };
}

function register(
  agent: SipAgent,
  from: string,
  credentials: { username: string; password: string },
  host: string,
  expires: number,
): Promise<void> {
  const callId = `${token()}@${agent.host}`;
  const uri = `sip:${host}`;
  const send = (sequence: number, extra: [string, string][], onResponse: (response: SipMessage) => void): void => {
    const { via, branch } = agent.newVia();
    const headers: [string, string][] = [
      ['Via', via],
      ['Max-Forwards', '70'],
      ['From', `${from};tag=${token()}`],
      ['To', from],
      ['Call-ID', callId],
      ['CSeq', `${sequence} REGISTER`],
      ['Contact', `<sip:${userOf(uriOf(from))}@${agent.host}:${agent.port}>`],
      ['Expires', String(expires)],
      ...extra,
    ];
    agent.request({ start: `REGISTER ${uri} SIP/2.0`, headers, body: '' }, branch, onResponse);
  };
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${from}: no answer to REGISTER within 5 s`)), 5000);
    const finish = (response: SipMessage): void => {
      clearTimeout(timer);
      if (statusOf(response) === 200) resolve();
      else reject(new Error(`${from}: REGISTER was answered with ${statusOf(response)}`));
    };
    send(1, [], (first) => {
      const challenge = headerOf(first, 'www-authenticate');
      if (challenge === null) return finish(first);
      const request = { method: 'REGISTER', uri, ...credentials, cnonce: token() };
      send(2, [['Authorization', authorization(parseChallenge(challenge), request)]], finish);
    });
  });
}
