// Puts a portal together from the settings of a connection.
import { openAsBlob } from 'node:fs';
import type { InboundAnswer, InboundRequest, Opening } from '../contract.ts';
import { looksLikeReference } from './batch.ts';
import { Install } from './install.ts';
import { Limiter } from './limiter.ts';
import { toQuery } from './php-query.ts';
import { PortalAddress } from './portal-address.ts';
import { listRows } from './portal-list.ts';
import { Queue, type Command } from './portal-queue.ts';
import { Sender } from './portal-sender.ts';
import { Weights } from './portal-weights.ts';
import { Wire, type Spoken } from './portal-wire.ts';
import {
  PortalError,
  type About,
  type Answered,
  type Params,
  type Portal,
  type PortalEvent,
  type Upload,
} from './portal.ts';
import { isGenuine, readEvent, toPortalEvent } from './receive-auth.ts';
import type { Bitrix24Settings } from './settings.ts';
import { noTokens, TokenKeeper } from './tokens.ts';

/** What a portal needs of the world. */
export type PortalOpening = Pick<Opening<PortalSettings>, 'settings' | 'http' | 'secrets' | 'logger' | 'now'>;
type PortalSettings = Pick<
  Bitrix24Settings,
  'portal' | 'webhook' | 'clientId' | 'clientSecret' | 'eventToken' | 'requestsPerSec' | 'authServer'
>;

/** Below this an upload is given up; a record of an hour is then given a quarter of one. */
const uploadBytesPerSec = 16_384;
const uploadMinMs = 65_000;

/**
 * Opens a portal. Nothing is sent yet.
 * @throws TypeError for settings that the schema would not have let through
 */
export function openPortal(opening: PortalOpening): Portal {
  const { settings, http, secrets, logger, now } = opening;
  const clock = () => performance.now();
  const access = settings.webhook === undefined ? 'application' : 'webhook';
  const address = new PortalAddress({ portal: settings.portal, webhook: settings.webhook, secrets });
  const wire = new Wire({ http, address, access });
  const client = {
    clientId: settings.clientId ?? '',
    clientSecret: settings.clientSecret ?? '',
    authServer: settings.authServer,
  };
  const keeper = access === 'application' ? new TokenKeeper({ http, secrets, client, logger, now }) : null;
  const weights = new Weights();
  const sender = new Sender({
    wire,
    tokens: keeper ?? noTokens,
    limiter: new Limiter(settings.requestsPerSec, clock),
    queue: new Queue(weights),
    weights,
    clock,
    now,
  });
  const install =
    keeper && new Install({ http, wire, keeper, secrets, client, logger, now, onAuthorised: () => sender.mended() });

  const call = async (method: string, params: Params = {}, about: About = {}) =>
    send(sender, commandOf(method.toLowerCase(), params, about), about.signal);

  const upload = async (uploadUrl: string, fieldName: string, file: Upload, about: About = {}): Promise<unknown> => {
    if (!URL.canParse(uploadUrl)) throw new PortalError('bug', 'NO_ADDRESS', 'The portal gave no address to upload to');
    const post = () => postFile(wire, uploadUrl, fieldName, file, about.deliveryId ?? null);
    const { result } = await send(sender, { ...commandOf('upload', {}, about), isAlone: true, post }, about.signal);
    return result;
  };

  return {
    call,
    list: (method, params = {}, about = {}) => listRows(call, method.toLowerCase(), params, about),
    upload,
    url: () => address.url,
    status: () => ({
      access: keeper === null ? 'webhook' : keeper.isAuthorised ? 'authorised' : 'not authorised',
      ...sender.status(),
    }),
    close: () => sender.close(),
    authorizeUrl: async () => (install === null ? null : install.authorizeUrl()),
    receive: (request) => receive(install, request),
    verifyEvent: (body) => verifyEvent(body, { settings, keeper, install }),
  };
}

type Waiting = Omit<Command, 'resolve' | 'reject'>;

function commandOf(method: string, params: Params, about: About): Waiting {
  const query = queryOf(method, params);
  return {
    method,
    query,
    lane: about.lane ?? 'usual',
    isHeavy: about.heavy ?? false,
    // A caller's name may look like a reference, and a batch would put another command's result in its place.
    isAlone: looksLikeReference(query),
    deliveryId: about.deliveryId ?? null,
    limited: 0,
    isRenewed: false,
  };
}

function queryOf(method: string, params: Params): string {
  try {
    return toQuery(params);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PortalError('bug', 'PARAMETERS', `The parameters of ${method} cannot be written: ${why}`, { cause });
  }
}

async function send(sender: Sender, waiting: Waiting, signal: AbortSignal | undefined): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  const command: Command = { ...waiting, resolve, reject };
  const cancel = () => sender.cancel(command);
  if (signal?.aborted) throw new PortalError('refused', 'CANCELLED', 'Taken back before it was sent');
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    sender.add(command);
    return await promise;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

async function postFile(
  wire: Wire,
  uploadUrl: string,
  fieldName: string,
  file: Upload,
  deliveryId: number | null,
): Promise<Spoken> {
  const parts = new FormData();
  try {
    // Read from the disk as it is sent.
    parts.append(fieldName, await openAsBlob(file.path, { type: file.contentType }), file.fileName);
  } catch (cause) {
    throw new PortalError('refused', 'NO_FILE', `The record ${file.fileName} cannot be read`, { cause });
  }
  const deadlineMs = uploadMinMs + (file.bytes / uploadBytesPerSec) * 1_000;
  return wire.upload(uploadUrl, { parts }, { deadlineMs, deliveryId });
}

async function receive(install: Install | null, request: InboundRequest): Promise<InboundAnswer | null> {
  if (request.path !== '/install' && request.path !== '/oauth') return null;
  if (install === null) {
    const body = 'This connection uses an incoming webhook; there is nothing to install.\n';
    return { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
  }
  return request.path === '/install' ? install.install(request) : install.oauth(request);
}

async function verifyEvent(
  body: Buffer,
  given: { settings: PortalSettings; keeper: TokenKeeper | null; install: Install | null },
): Promise<PortalEvent | null> {
  const raw = readEvent(body);
  if (!raw) return null;
  const tokens = given.keeper && (await given.keeper.read());
  const expected = {
    tokens: [given.settings.eventToken, tokens?.applicationToken],
    memberId: tokens?.memberId ?? null,
  };
  if (isGenuine(raw, expected)) return toPortalEvent(raw);
  return (await given.install?.adopt(raw)) ? toPortalEvent(raw) : null;
}
