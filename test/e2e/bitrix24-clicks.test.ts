// Employees click numbers in the portal, visitors ask to be called back: what rings, in which order, and how the portal's own call ends.
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Stage } from '../../lab/lab.ts';
import type { AsteriskVersion } from '../../lab/places.ts';
import { pause, ringMs, talkMs } from '../../lab/scenarios/scenario.ts';
import { answersAfter, letsRing, refusesWith } from '../../lab/sip/party.ts';
import type { CallView } from '../fakes/bitrix24/view.ts';
import { FreeStages } from './support/free-stages.ts';
import { callsOf } from './support/portal-judge.ts';
import { openPortalOffice, type PortalOffice, userOf } from './support/portal-office.ts';
import { describeWithAsterisk } from './support/scenario-suite.ts';

const versions: AsteriskVersion[] = [22, 16];
const soon = { timeout: 20_000, interval: 50 };

/** A firm with a client whom the portal knows and nobody has clicked yet. */
interface Desk extends Pick<Stage, 'phone' | 'truth' | 'ami' | 'quiet' | 'channelOf'> {
  readonly firm: Stage['company'];
  readonly number: string;
  readonly client: ReturnType<Stage['client']>;
  readonly contact: number;
  user(person: number): number;
}

/** A portal whose clicks reach a Patchcord, and desks at which several tests click at once. */
function clickableOffice(version: AsteriskVersion, told: boolean) {
  const stages = new FreeStages();
  const uses = new Map<number, number>();
  let office: PortalOffice;

  beforeAll(async () => {
    office = await openPortalOffice({
      version,
      application: true,
      told,
      dial: { context: 'c2c' },
      connection: { language: 'en' },
    });
    for (const stage of office.lab.stages) stages.giveBack(stage);
    // From then on clicks reach us.
    await vi.waitFor(() => expect(office.portal.state.handlers.all()).toHaveLength(2), soon);
  });
  afterAll(() => office?.close());

  const found = (callId: string): CallView => {
    const call = office.portal.calls().find((one) => one.callId === callId);
    if (!call) throw new Error(`the portal has no call ${callId}`);
    return call;
  };

  return {
    office: () => office,
    async at(play: (desk: Desk) => Promise<void>): Promise<void> {
      const stage = await stages.take();
      const { company } = stage;
      // Another client each time: one who was clicked within some seconds would be the same order.
      const n = (uses.get(company.index) ?? 0) + 1;
      uses.set(company.index, n);
      const number = company.client(n);
      const { id } = office.portal.addEntity('CONTACT', { NAME: `Client ${n}` }, [`+${number}`]);
      const user = (person: number): number => userOf(company.extension(person));
      try {
        const client = stage.client(n);
        await play({ ...stage, firm: company, number, client, contact: id, user });
        await stage.quiet();
      } finally {
        stage.reset();
        stages.giveBack(stage);
      }
    },
    /** The person of the desk clicks the client's number, in the client's own card. */
    click: (desk: Desk, person: number, phone = `+${desk.number}`): string =>
      office.portal.clickToCall({ userId: desk.user(person), phone, entity: { type: 'CONTACT', id: desk.contact } }),
    /** The portal's call, once it is finished and its record, if any, has come. */
    finished: (callId: string, records = 0): Promise<CallView> =>
      vi.waitFor(() => {
        const call = found(callId);
        expect(call).toMatchObject({ live: false });
        expect(call.records).toHaveLength(records);
        return call;
      }, soon),
    /** What the employee was told, of the desk's client when it is named. */
    noticesOf: (userId: number, desk?: Desk): string[] =>
      office.portal.state.notes
        .all()
        .filter((note) => note.userId === userId && note.message.includes(desk?.number ?? ''))
        .map(({ message }) => message),
    /** Every call of the portal with this desk's client. */
    callsWith: (desk: Desk): CallView[] =>
      callsOf(desk.firm, office).filter(({ phone }) => phone.replaceAll(/\D/g, '') === desk.number),
  };
}

type Clickable = ReturnType<typeof clickableOffice>;

/** No phone but the operators' own has seen a call. */
function expectNeverDialled(desk: Desk): void {
  expect(desk.client.calls).toEqual([]);
  expect(desk.truth.filter(({ ua }) => ua === desk.number)).toEqual([]);
}

/** The client's contact is this person's. */
function belongsTo(on: Clickable, desk: Desk, person: number): void {
  on.office().portal.state.entities.CONTACT.get(desk.contact)!.fields['ASSIGNED_BY_ID'] = String(desk.user(person));
}

async function talk(desk: Desk, person: number): Promise<void> {
  desk.phone(person).habit = answersAfter(ringMs);
  desk.client.habit = answersAfter(ringMs);
  const atOperator = await desk.phone(person).incoming();
  const atClient = await desk.client.incoming();
  expect(atOperator.record.answered).not.toBeNull();
  await atClient.answered();
  await pause(talkMs);
  atClient.hangup();
}

for (const version of versions) {
  describeWithAsterisk('clicks in a portal that is asked for them', version, () => {
    const on = clickableOffice(version, false);
    const at = (play: (desk: Desk) => Promise<void>) => () => on.at(play);

    it.concurrent(
      'an answered one is one call under the portal’s own id, with its record',
      at(async (desk) => {
        const callId = on.click(desk, 1);
        desk.phone(1).habit = answersAfter(ringMs);
        desk.client.habit = answersAfter(ringMs);
        const atClient = await desk.client.incoming();
        expect(desk.phone(1).calls[0]?.record.answered).not.toBeNull();
        await atClient.answered();
        const Channel = desk.channelOf(desk.firm.extension(1));
        await desk.ami.send({ Action: 'MixMonitor', Channel, File: `click-${desk.number}.wav` });
        await pause(talkMs);
        atClient.hangup();
        const call = await on.finished(callId, 1);
        expect(call).toMatchObject({
          code: '200',
          type: 1,
          userId: desk.user(1),
          primary: { type: 'CONTACT', id: desk.contact },
          created: [],
          records: [{ mime: 'audio/mpeg' }],
        });
        expect(call.activities).toHaveLength(1);
        expect(call.durationSeconds).toBeGreaterThan(0);
        // Nothing was registered besides.
        expect(on.callsWith(desk)).toHaveLength(1);
        expect(on.noticesOf(desk.user(1), desk)).toEqual([]);
      }),
    );

    it.concurrent.each([
      ['is busy', '486', refusesWith(486, ringMs)],
      ['declines', '603', refusesWith(603, ringMs)],
      ['does not answer', '304', letsRing],
    ] as const)('a client who %s ends it with %s', async (_, code, habit) =>
      on.at(async (desk) => {
        desk.client.habit = habit;
        desk.phone(1).habit = answersAfter(ringMs);
        const callId = on.click(desk, 1);
        await desk.client.incoming();
        const call = await on.finished(callId);
        expect(call).toMatchObject({ code, durationSeconds: 0, userId: desk.user(1) });
        expect(on.callsWith(desk)).toHaveLength(1);
        expect(desk.client.calls).toHaveLength(1);
        expect(on.noticesOf(desk.user(1), desk)).toEqual([]);
      }),
    );

    it.concurrent(
      'a number that does not exist ends it with 404',
      at(async (desk) => {
        desk.phone(1).habit = answersAfter(ringMs);
        const callId = on.click(desk, 1, `+7903555000${desk.firm.index}`);
        expect(await on.finished(callId)).toMatchObject({ code: '404', durationSeconds: 0, userId: desk.user(1) });
      }),
    );

    it.concurrent.each([
      ['does not answer', 1, '603-S', 'did not answer', letsRing],
      ['is busy', 1, '486', 'is busy', refusesWith(486)],
      ['declines', 1, '603-S', 'was declined', refusesWith(603, ringMs)],
      ['has a phone that is off', 4, '480', 'is not connected', letsRing],
    ] as const)(
      'an operator who %s: the client is never dialled, and he is told',
      async (_, person, code, said, habit) =>
        on.at(async (desk) => {
          if (person !== 4) desk.phone(person).habit = habit;
          const callId = on.click(desk, person);
          expect(await on.finished(callId)).toMatchObject({ code, durationSeconds: 0, userId: desk.user(person) });
          await desk.quiet();
          await vi.waitFor(() => expect(on.noticesOf(desk.user(person))).toHaveLength(1), soon);
          const [notice] = on.noticesOf(desk.user(person));
          expect(notice).toContain(`+${desk.number}`);
          expect(notice).toContain(said);
          expectNeverDialled(desk);
          expect(on.callsWith(desk)).toMatchObject([{ callId, live: false }]);
        }),
    );

    it.concurrent.each([
      ['an emergency number', '112', 'short number'],
      ['a premium number', '+78091234567', 'costs more than a call'],
      ['another country', '+442071838750', 'not allowed'],
      ['a command of the PBX', '*72', 'short number'],
    ])('%s is refused with a reason, and nothing rings', async (_, phone, said) =>
      on.at(async (desk) => {
        const callId = on.click(desk, 2, phone);
        expect(await on.finished(callId)).toMatchObject({ code: '603-S', durationSeconds: 0, userId: desk.user(2) });
        await vi.waitFor(() => expect(on.noticesOf(desk.user(2)).join(' ')).toContain(said), soon);
        expect(desk.truth).toEqual([]);
      }),
    );

    it.concurrent(
      'a double click is one call; one by another line ends by itself',
      at(async (desk) => {
        const first = on.click(desk, 3);
        expect(on.click(desk, 3)).toBe(first);
        // The portal takes a click by another line for another call.
        const line = desk.firm.line(101);
        const other = on.office().portal.clickToCall({ userId: desk.user(3), phone: `+${desk.number}`, line });
        expect(other).not.toBe(first);
        await talk(desk, 3);
        const codes = await Promise.all([first, other].map(async (callId) => (await on.finished(callId)).code));
        expect(codes.toSorted()).toEqual(['200', '603-S']);
        await desk.quiet();
        expect(desk.phone(3).calls).toHaveLength(1);
        expect(desk.client.calls).toHaveLength(1);
      }),
    );

    it.concurrent(
      'a callback rings the client’s manager first, then the client, and is registered as a callback',
      at(async (desk) => {
        const { portal } = on.office();
        belongsTo(on, desk, 2);
        portal.callbackForm({ phone: `+${desk.number}`, entity: { type: 'CONTACT', id: desk.contact } });
        await talk(desk, 2);
        const callId = await vi.waitFor(() => {
          expect(on.callsWith(desk)).toHaveLength(1);
          return on.callsWith(desk)[0]?.callId ?? '';
        }, soon);
        expect(await on.finished(callId)).toMatchObject({ code: '200', type: 4, userId: desk.user(2) });
        expect(on.callsWith(desk)).toMatchObject([{ activities: [{}], records: [] }]);
      }),
    );

    it.concurrent(
      'a callback that its operator does not take is missed, and the client is not dialled',
      at(async (desk) => {
        belongsTo(on, desk, 2);
        desk.phone(2).habit = letsRing;
        on.office().portal.callbackForm({ phone: `+${desk.number}` });
        await desk.phone(2).incoming();
        await vi.waitFor(() => expect(on.callsWith(desk)).toMatchObject([{ live: false }]), soon);
        expect(on.callsWith(desk)).toMatchObject([{ code: '304', type: 4, userId: desk.user(2) }]);
        expectNeverDialled(desk);
      }),
    );
  });

  describeWithAsterisk('clicks that a portal tells us of', version, () => {
    const on = clickableOffice(version, true);

    it('are served as those that it is asked for', () =>
      on.at(async (desk) => {
        const callId = on.click(desk, 1);
        await talk(desk, 1);
        expect(await on.finished(callId)).toMatchObject({
          code: '200',
          type: 1,
          userId: desk.user(1),
          primary: { type: 'CONTACT', id: desk.contact },
        });
        expect(on.callsWith(desk)).toMatchObject([{ callId, activities: [{ DIRECTION: '2' }] }]);
      }));

    it('of a callback too', () =>
      on.at(async (desk) => {
        belongsTo(on, desk, 3);
        on.office().portal.callbackForm({ phone: `+${desk.number}` });
        await talk(desk, 3);
        await vi.waitFor(() => expect(on.callsWith(desk)).toMatchObject([{ live: false, type: 4, code: '200' }]), soon);
        expect(on.callsWith(desk)[0]?.userId).toBe(desk.user(3));
      }));

    it('with text that is no number are refused, and the text goes no further', () =>
      on.at(async (desk) => {
        const { portal } = on.office();
        const hostile = [
          `${desk.number}\r\nApplication: System\r\nData: id`,
          `${desk.number}|1|System(id)`,
          '${SHELL(id)}',
          `${desk.number}&PJSIP/${desk.firm.extension(2)}`,
          '[url=https://example.com]click[/url]',
        ];
        for (const [n, number] of hostile.entries()) {
          const CALL_ID = `externalCall.hostile${n}.${Math.floor(Date.now() / 1000)}`;
          const data = { CALL_ID, USER_ID: String(desk.user(5)), PHONE_NUMBER: number, LINE_NUMBER: '' };
          portal.emit(
            'ONEXTERNALCALLSTART',
            { ...data, PHONE_NUMBER_INTERNATIONAL: number },
            { userId: desk.user(5), onlyApp: portal.app().clientId },
          );
        }
        await vi.waitFor(() => expect(on.noticesOf(desk.user(5))).toHaveLength(hostile.length), soon);
        for (const notice of on.noticesOf(desk.user(5))) {
          expect(notice).toContain('not a phone number');
          expect(notice).not.toMatch(/[[\]]/);
        }
        expect(desk.truth).toEqual([]);
      }));

    it.each([
      ['a forged token', { 'auth[application_token]': 'forged' }],
      ['no token', {}],
      ['two tokens', { 'auth[application_token][]': 'forged' }],
    ])('with %s are refused', async (_, auth) =>
      on.at(async (desk) => {
        const { portal, patchcord } = on.office();
        const answer = await fetch(`http://${patchcord.address}/crm/portal/event`, {
          method: 'POST',
          body: new URLSearchParams({
            event: 'ONEXTERNALCALLSTART',
            'data[CALL_ID]': 'externalCall.forged.1',
            'data[USER_ID]': String(desk.user(1)),
            'data[PHONE_NUMBER]': `+${desk.number}`,
            'auth[member_id]': portal.settings.memberId,
            ...auth,
          }),
        });
        expect(answer.status).toBe(403);
        expect((await on.office().patchcord.live()).calls).toEqual([]);
        expect(desk.truth).toEqual([]);
      }),
    );
  });
}
