// The built-in CRM as a connection: what calls leave behind in it. It is there when no other is configured.
import { z } from 'zod';
import type { Call } from '../../calls/call.ts';
import type { Outcome, Work } from '../../outbox/worker.ts';
import { DeliveryError } from '../../outbox/worker.ts';
import { addWorkingMin } from '../../people/working-time.ts';
import { leadResponsible, missedResponsible } from '../../rules/responsible.ts';
import type { Decision } from '../../rules/decision.ts';
import { taskText } from '../../rules/task-text.ts';
import type { Db } from '../../store/dialect.ts';
import type { Adapter, Capabilities, Connection, Health, Opening } from '../contract.ts';
import { markRecorded, saveActivity, setMark } from './activities.ts';
import { addEntities, entitiesByNumber, type Entity } from './entities.ts';
import { addTask, closeTasks } from './tasks.ts';

const settings = z.strictObject({});

const capabilities: Capabilities = {
  takes: ['answered', 'ended', 'missed', 'reached', 'record', 'mark'],
  clickToCall: false,
  users: false,
  lines: false,
};

/** Bitrix24's status of a missed call, which the built-in CRM shows too. */
const missedStatus = 304;

export const localAdapter: Adapter<typeof settings> = {
  type: 'local',
  title: 'Built-in CRM',
  settings,
  capabilities,
  open: (given) => new LocalConnection(given),
};

class LocalConnection implements Connection {
  readonly name: string;
  readonly capabilities = capabilities;
  readonly concurrency = 4;
  readonly #given: Opening<z.output<typeof settings>>;

  constructor(given: Opening<z.output<typeof settings>>) {
    this.name = given.name;
    this.#given = given;
  }

  start(): void {
    // Nothing goes on by itself.
  }

  async stop(): Promise<void> {
    // Nothing to end.
  }

  status(): Health[] {
    return [{ part: `crm ${this.name}`, level: 'ok', message: 'the built-in CRM is in use', mend: null }];
  }

  async check(): Promise<Health[]> {
    return this.status();
  }

  async work({ delivery, call }: Work): Promise<Outcome> {
    if (!call) return { outcome: 'dropped', note: 'the call is not in the history any more' };
    const decision = this.#given.decide(call);
    if (!decision.registered) return { outcome: 'dropped', note: decision.why ?? 'the call is not for this CRM' };
    const { database, now, tasks } = this.#given;
    if (delivery.kind === 'missed' && (await tasks.reachedAfter(call)))
      return { outcome: 'dropped', note: 'somebody has talked with the client since' };
    const mark = delivery.kind === 'ended' || delivery.kind === 'mark' ? await this.#given.mark(call.id) : null;
    return database.write(async (db): Promise<Outcome> => {
      if (delivery.kind === 'ended') return this.#register(db, call, decision, mark);
      if (delivery.kind === 'missed') return this.#makeTask(db, call, decision);
      if (delivery.kind === 'answered') {
        await this.#entity(db, call, decision);
        return { outcome: 'done' };
      }
      if (delivery.kind === 'reached') {
        const closed = decision.clientNumber ? await closeTasks(db, decision.clientNumber, call.id, now()) : 0;
        return { outcome: 'done', note: `${closed} task(s) closed` };
      }
      if (delivery.kind === 'record') {
        if (await markRecorded(db, call.id)) return { outcome: 'done' };
        throw new DeliveryError('retry', 'the call is not registered yet');
      }
      if (delivery.kind === 'mark') {
        if (mark === null) return { outcome: 'dropped', note: 'the call has no mark' };
        if (await setMark(db, call.id, mark)) return { outcome: 'done', note: `mark ${mark}` };
        return { outcome: 'dropped', note: 'the call is not registered yet: its mark comes with it' };
      }
      return { outcome: 'dropped', note: `the built-in CRM has no use for ${delivery.kind}` };
    });
  }

  async #register(db: Db, call: Call, decision: Decision, mark: number | null): Promise<Outcome> {
    const entity = await this.#entity(db, call, decision);
    const responsible = decision.missed
      ? this.#missedOwner(decision, entity)
      : (decision.talked?.id ?? leadResponsible(decision)?.id ?? null);
    await saveActivity(db, {
      callId: call.id,
      entityId: entity?.id ?? null,
      number: decision.clientNumber,
      responsible,
      direction: call.direction,
      status: decision.missed ? missedStatus : decision.resultCode,
      talkSec: decision.talkSec,
      waitSec: decision.waitSec,
      line: decision.lineNumber,
      source: decision.source,
      mark,
      startedAt: call.startedAt,
    });
    return { outcome: 'done' };
  }

  async #makeTask(db: Db, call: Call, decision: Decision): Promise<Outcome> {
    // It may have been answered while nobody saw it.
    const template = decision.missed ? decision.task : null;
    if (!template) return { outcome: 'dropped', note: 'no task is wanted for this call' };
    const entity = await this.#entity(db, call, decision);
    const kind = entity === null ? 'unknown' : entity.kind === 'lead' ? 'lead' : 'client';
    if (!template.for.includes(kind)) return { outcome: 'dropped', note: `the template makes no task for: ${kind}` };
    const schedule = this.#given.directory().schedules.find(({ id }) => id === template.schedule) ?? null;
    const timeZone = schedule?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
    const id = await addTask(
      db,
      {
        ...taskText(template, call, decision, timeZone),
        responsible: this.#missedOwner(decision, entity),
        deadlineAtMs: addWorkingMin(schedule, Date.parse(call.endedAt ?? call.startedAt), template.deadlineMin),
        entityId: entity?.id ?? null,
        number: decision.clientNumber,
        callId: call.id,
      },
      this.#given.now(),
    );
    return { outcome: 'done', note: `task ${id}` };
  }

  /** Who calls: known, or made a lead as the rules want it. */
  async #entity(db: Db, call: Call, decision: Decision): Promise<Entity | null> {
    const number = decision.clientNumber;
    if (number === null) return null;
    const known = (await entitiesByNumber(db, number)).filter(
      ({ kind, status }) => kind !== 'lead' || status === 'open',
    );
    const own = known.find(({ callId }) => callId === call.id);
    const client = own ?? known.find(({ kind }) => decision.leadEach === 'client' || kind !== 'lead');
    if (client || !decision.leadWanted) return client ?? null;
    const lead = {
      kind: 'lead' as const,
      name: decision.clientName ?? number,
      phones: [number],
      responsible: leadResponsible(decision)?.id ?? null,
      source: decision.source,
      callId: call.id,
    };
    await addEntities(db, [lead], this.#given.now());
    return (await entitiesByNumber(db, number)).find(({ callId }) => callId === call.id) ?? null;
  }

  #missedOwner(decision: Decision, entity: Entity | null): string | null {
    const { operators } = this.#given.directory();
    const entityOwner = operators.find(({ id, active }) => id === entity?.responsible && active) ?? null;
    return missedResponsible(decision, { entityOwner })?.id ?? null;
  }
}
