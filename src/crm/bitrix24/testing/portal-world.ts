// A connection to an imitated portal on a real socket, with everything that it is given by the rest of the program.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startFakePortal, type FakePortal, type PortalOptions } from '../../../../test/fakes/bitrix24/portal.ts';
import type { Call, Leg } from '../../../calls/call.ts';
import type { Delivery, DeliveryKind } from '../../../store/delivery.ts';
import type { Outcome } from '../../../outbox/worker.ts';
import { directorySchemas, type Directory } from '../../../people/directory.ts';
import { decide } from '../../../rules/decide.ts';
import type { CrmUser, Opening, PlacedOrder, ReadyRecording, TaskBook } from '../../contract.ts';
import { serverThat, silent, testHttp } from '../../testing/network.ts';
import { bitrix24, type Bitrix24AllSettings } from '../adapter.ts';

export const crm = 'portal';

export interface WorldOptions {
  portal?: PortalOptions;
  settings?: Record<string, unknown>;
  directory?: Partial<Record<keyof Directory, unknown[]>>;
  /** `here`: a server of the test that hands everything to the connection. */
  publicUrl?: string | null;
  /** By a local application that is installed, instead of a webhook. */
  isApplication?: boolean;
  now?: () => number;
}

type Connected = ReturnType<typeof bitrix24.open>;

export interface World {
  portal: FakePortal;
  connection: Connected;
  /** The same portal, by a program that begins anew: with the memory of calls and nothing else. */
  reopen(): void;
  directory: Directory;
  users: CrmUser[][];
  tasks: { taskId: string; callId: string; number: string; closedBy: string | null }[];
  /** Ids of calls after which the client was reached. */
  reachedAfter: string[];
  placed: Parameters<Opening<Bitrix24AllSettings>['orders']['place']>[0][];
  orders: PlacedOrder[];
  /** Refuses the next orders. */
  refuse: Error | null;
  states: Map<string, unknown>;
  /** How often something was remembered. */
  saves: number;
  /** The program dies when it has remembered so often: nothing is remembered any more until `reopen`. */
  diesAtSave: number;
  media: Map<string, ReadyRecording>;
  /** Of clients, by the id of the call. */
  marks: Map<string, number>;
  secrets: Map<string, string>;
  /** Works one delivery once, as the outbox does. */
  attempt(kind: DeliveryKind, call: Call | null, about?: Partial<Delivery>): Promise<Outcome>;
  /** The same until it is done, without waiting for a back-off. */
  deliver(kind: DeliveryKind, call: Call | null, about?: Partial<Delivery>): Promise<Outcome & { attempts: number }>;
  /** Methods that reached the portal since the last time it was asked, batches by their commands. */
  sent(): string[];
  /** Requests over the wire since the last time it was asked. */
  requests(): number;
}

/** Operators of the portal's users 11 to 14, with the extensions 101 to 104. */
const operators = [11, 12, 13, 14].map((user) => ({
  id: `user-${user}`,
  name: `User ${user}`,
  extensions: [String(user + 90)],
  crmUsers: { [crm]: String(user) },
}));

export function directoryOf(parts: Partial<Record<keyof Directory, unknown[]>> = {}): Directory {
  const all: Partial<Record<keyof Directory, unknown[]>> = { operators, ...parts };
  return Object.fromEntries(
    Object.entries(directorySchemas).map(([kind, schema]) => [
      kind,
      (all[kind as keyof Directory] ?? []).map((record) => schema.parse(record)),
    ]),
  ) as unknown as Directory;
}

export async function portalWorld(options: WorldOptions = {}): Promise<World> {
  const portal = await startFakePortal({ rate: null, ...options.portal });
  onTestFinished(() => portal.close());
  const { http } = testHttp([portal.baseUrl()], { connection: crm });
  const publicUrl =
    options.publicUrl === 'here' ? await forwarding(() => world.connection) : (options.publicUrl ?? null);
  const access = options.isApplication
    ? {
        portal: portal.baseUrl(),
        clientId: portal.app().clientId,
        clientSecret: portal.app().clientSecret,
        authServer: portal.baseUrl(),
      }
    : { webhook: portal.webhookUrl() };
  const given = { ...access, requestsPerSec: 100, ...options.settings };
  const settings = bitrix24.settings.parse(given);
  const attempts = new Map<string, number>();
  let isDead = false;
  let hasDied = false;
  let asked = 0;
  let askedRequests = 0;
  const world: World = {
    portal,
    connection: null as unknown as Connected,
    reopen: () => {
      world.connection = bitrix24.open(opening);
      isDead = false;
    },
    directory: directoryOf(options.directory),
    users: [],
    tasks: [],
    reachedAfter: [],
    placed: [],
    orders: [],
    refuse: null,
    states: new Map(),
    saves: 0,
    diesAtSave: Infinity,
    media: new Map(),
    marks: new Map(),
    secrets: new Map(),
    attempt: async (kind, call, about = {}) => {
      const callId = about.callId ?? call?.id ?? 'none';
      const key = `${kind} ${callId}`;
      attempts.set(key, (attempts.get(key) ?? 0) + 1);
      const delivery: Delivery = {
        id: 1,
        crm,
        kind,
        callId,
        number: call?.client?.e164 ?? null,
        live: kind === 'card' || kind === 'answered' || kind === 'merged',
        payload: {},
        staleAtMs: null,
        state: 'working',
        attempts: attempts.get(key) ?? 1,
        createdAtMs: Date.now(),
        dueAtMs: 0,
        endedAtMs: null,
        note: null,
        mend: null,
        ...about,
      };
      return world.connection.work({
        delivery,
        call,
        state: structuredClone(world.states.get(callId) ?? null),
        save: async (state) => {
          if (world.saves >= world.diesAtSave && !hasDied) isDead = hasDied = true;
          if (isDead) throw new Error('The program has died');
          world.saves += 1;
          world.states.set(callId, structuredClone(state));
        },
        signal: new AbortController().signal,
      });
    },
    deliver: async (kind, call, about) => {
      for (let attempts = 1; ; attempts++) {
        try {
          return { ...(await world.attempt(kind, call, about)), attempts };
        } catch (error) {
          const mayPass = error instanceof Error && 'kind' in error && error.kind !== 'rejected';
          if (!mayPass || attempts >= 10) throw error;
        }
      }
    },
    sent: () => {
      const methods = portal.requests.slice(asked).flatMap((request) => request.methods);
      asked = portal.requests.length;
      return methods;
    },
    requests: () => {
      const count = portal.requests.length - askedRequests;
      askedRequests = portal.requests.length;
      return count;
    },
  };
  const opening: Opening<Bitrix24AllSettings> = {
    name: crm,
    settings,
    http,
    secrets: {
      get: async (name) => world.secrets.get(name) ?? null,
      put: async (name, value) => void world.secrets.set(name, value),
      remove: async (name) => void world.secrets.delete(name),
    },
    directory: () => world.directory,
    decide: (call) => decide(call, world.directory, { crm, region: 'RU' }),
    users: async (users) => void world.users.push([...users]),
    tasks: taskBook(world),
    orders: {
      place: async (order) => {
        if (world.refuse) throw world.refuse;
        world.placed.push(order);
        return { orderId: `order-${world.placed.length}` };
      },
      ofCall: async (call) => world.orders.find(({ id }) => id === call.id) ?? null,
      byId: async (orderId) => world.orders.find(({ id }) => id === orderId) ?? null,
    },
    media: {
      file: async (callId) => world.media.get(callId) ?? null,
      link: (callId) => (publicUrl === null ? null : `${publicUrl}/media/${callId}.mp3`),
    },
    mark: async (callId) => world.marks.get(callId) ?? null,
    logger: silent,
    now: options.now ?? Date.now,
    // No part of this adapter keeps data of its own.
    database: null as never,
    region: 'RU',
    publicUrl,
  };
  world.reopen();
  onTestFinished(() => world.connection.stop());
  if (options.isApplication) {
    const url = publicUrl ?? (await forwarding(() => world.connection));
    if ((await portal.install(`${url}/crm/${crm}/install`)) !== 200)
      throw new Error('the application was not installed');
    world.sent();
    world.requests();
  }
  return world;
}

/** Gives what comes in to the connection, as the program's own server does. */
async function forwarding(connection: () => Connected): Promise<string> {
  const { url } = await serverThat((request, response) => {
    const answer = async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
      const { status, headers, body } = (await connection().receive?.({
        path: pathname.replace(`/crm/${crm}`, ''),
        method: request.method ?? 'GET',
        query: searchParams,
        headers: { 'content-type': request.headers['content-type'] ?? '' },
        body: Buffer.concat(chunks),
      })) ?? { status: 404 };
      response.writeHead(status, headers).end(body);
    };
    void answer();
  });
  return url;
}

function taskBook(world: Pick<World, 'tasks' | 'reachedAfter'>): TaskBook {
  return {
    add: async (task) => void world.tasks.push({ ...task, closedBy: null }),
    ofCall: async (callId) => world.tasks.filter((task) => task.callId === callId),
    open: async (number) => world.tasks.filter((task) => task.number === number && task.closedBy === null),
    close: async (taskId, byCallId) => {
      for (const task of world.tasks) if (task.taskId === taskId) task.closedBy = byCallId;
    },
    reachedAfter: async (call) => world.reachedAfter.includes(call.id),
  };
}

/** A record of so many bytes that looks like MP3. */
export function recordingOf(callId: string, bytes = 4000): ReadyRecording {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-record-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'record.mp3');
  const content = Buffer.alloc(bytes, 7);
  content.write('ID3');
  writeFileSync(path, content);
  return { path, bytes, durationMs: 1000, contentType: 'audio/mpeg', fileName: `Запись ${callId}.MP3` };
}

const startedAt = '2026-11-21T09:00:00.000Z';
const later = (seconds: number) => new Date(Date.parse(startedAt) + seconds * 1000).toISOString();

export function legOf(extension: string | null, about: Partial<Leg> = {}): Leg {
  return {
    extension,
    number: null,
    of: null,
    device: extension === null ? null : `PJSIP/${extension}`,
    role: 'called',
    outcome: null,
    startedAt: later(1),
    answeredAt: null,
    endedAt: null,
    ringMs: 0,
    talkMs: 0,
    consultMs: 0,
    holdMs: 0,
    ...about,
  };
}

let calls = 0;

/** An inbound call from a number that nobody knows, ringing at 101. */
export function ringingCall(about: Partial<Call> = {}, number = '+79031234567'): Call {
  return {
    id: `call-${++calls}`,
    pbx: 'main',
    linkedIds: ['1.1'],
    direction: 'inbound',
    origin: null,
    client: { number, e164: number, name: null },
    line: { number: '+74950000001', trunk: 'trunk' },
    startedAt,
    answeredAt: null,
    endedAt: null,
    answered: false,
    stage: 'ringing',
    lostStage: null,
    result: { code: null, cause: null, dialStatus: null },
    responsible: null,
    legs: [legOf('101')],
    transfers: [],
    talkMs: 0,
    waitMs: 5000,
    hangupBy: null,
    recordings: [],
    ...about,
  };
}

/** The same call when 101 (or who is told) has taken it. */
export function answeredCall(call: Call, extension = '101'): Call {
  const legs = call.legs.map((leg) =>
    leg.extension === extension
      ? { ...leg, answeredAt: later(6), outcome: 'answered' as const }
      : { ...leg, endedAt: later(6), outcome: 'elsewhere' as const },
  );
  return {
    ...call,
    answered: true,
    answeredAt: later(6),
    stage: 'talking',
    legs,
    responsible: { extension, operatorId: null },
  };
}

/** The same call ended: 30 s of talk when it was answered, missed otherwise. */
export function endedCall(call: Call): Call {
  const legs = call.legs.map((leg) => ({
    ...leg,
    endedAt: leg.endedAt ?? later(36),
    outcome: leg.outcome ?? (leg.answeredAt === null ? ('no-answer' as const) : ('answered' as const)),
    talkMs: leg.answeredAt === null ? 0 : 30_000,
  }));
  const result = call.answered
    ? { code: 200, cause: 16, dialStatus: 'ANSWER' }
    : { code: 480, cause: 16, dialStatus: 'CANCEL' };
  return {
    ...call,
    legs,
    endedAt: later(36),
    stage: null,
    lostStage: call.answered || call.direction !== 'inbound' ? null : 'ringing',
    result,
    talkMs: call.answered ? 30_000 : 0,
    hangupBy: 'client',
  };
}
