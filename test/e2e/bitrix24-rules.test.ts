// What the administrator's rules make of calls in the portal, through the local application: responsible, leads, tasks, lists, cards, late records.
import { rename } from 'node:fs/promises';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { lines } from '../../lab/company.ts';
import type { Stage } from '../../lab/lab.ts';
import { clientTalksTo, pause, ringMs, talkMs } from '../../lab/scenarios/scenario.ts';
import { answersAfter } from '../../lab/sip/party.ts';
import type { CallView } from '../fakes/bitrix24/view.ts';
import { deliveriesOf, forget, playAndSee } from './support/portal-judge.ts';
import { adminUser, openPortalOffice, type PortalOffice, userOf } from './support/portal-office.ts';
import { describeWithAsterisk } from './support/scenario-suite.ts';

describeWithAsterisk('rules into Bitrix24', 22, () => {
  let office: PortalOffice;
  let stage: Stage;
  beforeAll(async () => {
    office = await openPortalOffice({ version: 22, application: true });
    stage = office.lab.stages[0]!;
    await office.directory({
      taskTemplates: [{ id: 'back', title: 'Call back {number}', text: '{line}, {stage}', deadlineMin: 30 }],
    });
  });
  afterAll(() => office?.close());

  const policy = (changes: object): Promise<void> =>
    office.directory({ policies: [{ id: '*', defaultUser: String(adminUser), missedOwner: 1, ...changes }] });
  const client = (): string => `+${stage.company.client()}`;
  const user = (person: number): number => userOf(stage.company.extension(person));
  const ids = (of: { ASSIGNED_BY_ID?: unknown } | undefined): number => Number(of?.ASSIGNED_BY_ID);

  async function answeredBy(person: number, service?: number): Promise<CallView[]> {
    const { calls } = await playAndSee(stage, office, 1, async () => {
      const { client: phone } = await clientTalksTo(stage, person, service);
      await pause(talkMs);
      phone.hangup();
    });
    return calls;
  }

  async function missedOn(service: number): Promise<{ calls: CallView[]; ids: string[] }> {
    return playAndSee(stage, office, 1, async () => {
      const phone = await stage.client().call(stage.company.line(service));
      await phone.ringing();
      await pause(1000);
      phone.hangup();
    });
  }

  function knownClient(owner: number): number {
    forget(stage.company, office);
    for (const { id } of office.portal.state.entities.CONTACT.all()) office.portal.state.entities.CONTACT.remove(id);
    return office.portal.addEntity('CONTACT', { NAME: 'Known', ASSIGNED_BY_ID: String(owner) }, [client()]).id;
  }

  function unknownClient(): void {
    forget(stage.company, office);
    for (const { id } of office.portal.state.entities.CONTACT.all()) office.portal.state.entities.CONTACT.remove(id);
  }

  it('a known client gets the call and no lead; he stays his manager’s', async () => {
    await policy({});
    const contact = knownClient(user(3));
    const [call] = await answeredBy(1);
    expect(call).toMatchObject({
      userId: user(1),
      code: '200',
      primary: { type: 'CONTACT', id: contact },
      live: false,
    });
    expect(call?.activities).toHaveLength(1);
    expect(
      office.portal.state.entities.LEAD.all().filter(({ phones }) => phones.some(({ value }) => value === client())),
    ).toEqual([]);
    expect(ids(office.portal.state.entities.CONTACT.get(contact)?.fields)).toBe(user(3));
  });

  it('with moveExisting he becomes the responsibility of who talked', async () => {
    await policy({ moveExisting: true });
    const contact = knownClient(user(3));
    await answeredBy(1);
    expect(ids(office.portal.state.entities.CONTACT.get(contact)?.fields)).toBe(user(1));
  });

  it.each([
    [0, 'the contact’s manager', () => [user(3)]],
    [1, 'who rang last', () => [user(1), user(2)]],
    [2, 'the default user', () => [adminUser]],
  ] as const)('a missed call is, by mode %i, %s’s: the call, the task', async (missedOwner, _who, users) => {
    await policy({ missedOwner, taskTemplate: 'back' });
    knownClient(user(3));
    // 103 is among the group; take a line where only 101 rings for mode 1 to differ from mode 0.
    const { calls } = await missedOn(lines.direct(1));
    expect(calls).toHaveLength(1);
    const [call] = calls;
    expect(call).toMatchObject({ code: '304', durationSeconds: 0, type: 2 });
    expect(users()).toContain(call?.userId);
    expect(call?.tasks).toMatchObject([{ title: `Call back ${client()}`, responsibleId: String(call?.userId) }]);
  });

  it('a missed call of an unknown client falls from mode 0 to who rang last; the lead is his too', async () => {
    await policy({ missedOwner: 0, taskTemplate: 'back' });
    unknownClient();
    const { calls } = await missedOn(lines.direct(2));
    expect(calls).toMatchObject([{ userId: user(2), code: '304', primary: { type: 'LEAD' } }]);
    expect(ids(office.portal.state.entities.LEAD.get(calls[0]?.primary?.id ?? 0)?.fields)).toBe(user(2));
  });

  it('a line overrides the mode, names the source, the first responsible and who gets no lead', async () => {
    await policy({ missedOwner: 1 });
    const operators = (await office.patchcord.get('/directory/operators?limit=1000')) as {
      records: { id: string; extensions: string[] }[];
    };
    const third = operators.records.find(({ extensions }) => extensions.includes(stage.company.extension(3)));
    const numbers = [stage.company.line(lines.direct(1))];
    const line = { id: 'ads', name: 'Ads', numbers, missedOwner: 2, sources: { portal: 'ADVERTISING' } };
    await office.directory({ lines: [{ ...line, firstResponsible: third?.id }] });
    unknownClient();
    const { calls } = await missedOn(lines.direct(1));
    expect(calls).toMatchObject([{ userId: adminUser, code: '304' }]);
    const lead = office.portal.state.entities.LEAD.get(calls[0]?.primary?.id ?? 0);
    expect(lead?.fields).toMatchObject({ SOURCE_ID: 'ADVERTISING', ASSIGNED_BY_ID: String(user(3)) });
    unknownClient();
    await office.directory({ lines: [{ ...line, lead: 'never' }] });
    const none = await missedOn(lines.direct(1));
    expect(none.calls).toMatchObject([{ code: '304', primary: null, activities: [] }]);
    await office.patchcord.remove('/directory/lines/ads');
  });

  it('the task is closed when somebody calls back and reaches the client, not when he does not', async () => {
    await policy({ taskTemplate: 'back' });
    unknownClient();
    const { calls } = await missedOn(lines.direct(1));
    const task = () => office.portal.tasks().find(({ id }) => id === calls[0]?.tasks[0]?.['id']);
    expect(task()).toMatchObject({ status: '2' });
    await playAndSee(stage, office, 1, async () => {
      stage.client().habit = (call) => call.reject(486);
      await (await stage.phone(1).call(stage.company.client())).ended();
    });
    expect(task()).toMatchObject({ status: '2' });
    await playAndSee(stage, office, 1, async () => {
      stage.client().habit = answersAfter(ringMs);
      const operator = await stage.phone(2).call(stage.company.client());
      await operator.answered();
      await pause(talkMs);
      operator.hangup();
    });
    expect(task()).toMatchObject({ status: '5' });
  });

  it('a call of a blocked operator is nothing to the portal', async () => {
    await policy({});
    await office.directory({
      lists: [{ id: 'private', action: 'block', extensions: [stage.company.extension(1)] }],
    });
    unknownClient();
    const seen = await playAndSee(stage, office, 1, async () => {
      const { client: phone } = await clientTalksTo(stage, 1);
      await pause(500);
      phone.hangup();
    });
    expect(seen.calls).toEqual([]);
    await office.patchcord.remove('/directory/lists/private');
    expect((await answeredBy(1)).length).toBe(1);
  });

  it('the card is shown to all whose phones ring, and goes from the others when one answers', async () => {
    await policy({});
    unknownClient();
    const [call] = await answeredBy(2, lines.group);
    const pushes = call?.pushes ?? [];
    const three = [user(1), user(2), user(3)];
    const shown = pushes.filter(({ kind }) => kind === 'show');
    expect(new Set(shown.map(({ userId }) => userId))).toEqual(new Set(three));
    const hidden = pushes.filter(({ kind, cause }) => kind === 'hide' && cause === 'hide').map(({ userId }) => userId);
    expect(new Set(hidden.slice(0, 2))).toEqual(new Set([user(1), user(3)]));
    const finishedAtMs = call?.finishedMs ?? 0;
    const hiddenAtMs = pushes.find(({ kind, userId }) => kind === 'hide' && userId === user(1))?.atMs ?? Infinity;
    expect(finishedAtMs - hiddenAtMs).toBeGreaterThan(talkMs / 2);
  });

  it('a record that appears 15 s late is attached all the same', async () => {
    await policy({});
    unknownClient();
    const { monitorFolder } = office.lab.asterisk;
    const seen = playAndSee(stage, office, 1, async () => {
      const { client: phone } = await clientTalksTo(stage, 1, lines.recorded);
      await pause(talkMs);
      phone.hangup();
      await stage.quiet();
      const file = join(monitorFolder, newestIn(monitorFolder));
      await rename(file, `${file}.away`);
      await pause(15_000);
      await rename(`${file}.away`, file);
    });
    const { calls, ids: callIds } = await seen;
    expect(calls).toMatchObject([{ code: '200', records: [{ mime: 'audio/mpeg' }] }]);
    const encode = (await deliveriesOf(callIds[0] ?? '', office)).find(({ kind }) => kind === 'encode');
    expect(encode?.state).toBe('done');
  });

  it('every operator of the portal is told what he needs to know: nothing is rejected', async () => {
    await vi.waitFor(async () => {
      const { deliveries } = (await office.patchcord.get('/deliveries?state=rejected')) as { deliveries: unknown[] };
      expect(deliveries).toEqual([]);
    });
  });
});

function newestIn(folder: string): string {
  const files = readdirSync(folder).filter((name) => name.endsWith('.wav'));
  const [newest = ''] = files.toSorted((a, b) => statSync(join(folder, b)).mtimeMs - statSync(join(folder, a)).mtimeMs);
  return newest;
}
