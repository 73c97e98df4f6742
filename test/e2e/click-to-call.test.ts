// Calls ordered over the API, on a real Asterisk: what is told of the order and of the call is what the phones saw on the wire.
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { z } from 'zod';
import type { Dialplan, ManagerUser } from '../../lab/config/server.ts';
import { type Lab, openLab, type Stage } from '../../lab/lab.ts';
import type { AsteriskVersion } from '../../lab/places.ts';
import { pause, ringMs, talkMs } from '../../lab/scenarios/scenario.ts';
import { answersAfter, letsRing, refusesWith } from '../../lab/sip/party.ts';
import type { Call } from '../../src/calls/call.ts';
import { orderSchema } from '../../src/http/schemas.ts';
import { dialSchema } from '../../src/settings/dial.ts';
import type { Settings } from '../../src/settings/schema.ts';
import { advisedUser, dataFolder, labSettings, Patchcord } from './support/patchcord.ts';
import { allWell, describeWithAsterisk } from './support/scenario-suite.ts';

type PlacedOrder = z.infer<typeof orderSchema>;

const autoAnswer = 'Call-Info: <sip:pbx>;answer-after=0';
const ringSec = 5;
/** The manager user of the documentation, with the right that ordering calls needs. */
const user: ManagerUser = { ...advisedUser, username: 'clicks', write: 'system,call,reporting,originate' };

/** An Asterisk with a Patchcord that may make calls, and the two questions that every test asks. */
function office(version: AsteriskVersion, dialplan: Dialplan, dial: object) {
  const place = dataFolder();
  let lab: Lab;
  let settings: Settings;
  let patchcord: Patchcord;
  let clients = 0;

  beforeAll(async () => {
    lab = await openLab({ version, dialplan, users: [user] });
    const plain = labSettings(lab.asterisk, place.folder, user);
    const own = dialSchema.parse({ operatorRingSec: ringSec, ...dial });
    settings = { ...plain, pbx: plain.pbx.map((pbx) => ({ ...pbx, dial: own })) };
    patchcord = await Patchcord.start(settings);
    await allWell(patchcord);
  });
  afterAll(async () => {
    await patchcord?.stop();
    await lab?.close();
    place.remove();
  });

  async function ask(method: 'GET' | 'POST', path: string, body?: object) {
    const response = await fetch(`http://${patchcord.address}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${patchcord.token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }
  const orderNow = async (id: string): Promise<PlacedOrder> =>
    orderSchema.parse((await ask('GET', `/orders/${id}`)).body);

  return {
    /** A firm of the lab with a client who is there and whom nobody has called yet. */
    stage(n: number) {
      const stage = lab.stages[n]!;
      clients += 1;
      const who = 1 + (clients % 9);
      // A client of its own for each test: the same one again within some seconds would be the same order.
      const client = () => stage.client(who);
      return {
        firm: stage.company,
        number: stage.company.client(who),
        client,
        phone: (person: number) => stage.phone(person),
        quiet: () => stage.quiet(),
        reset: () => stage.reset(),
      };
    },
    ask,
    orderNow,
    async order(extension: string, number: string): Promise<PlacedOrder> {
      const { status, body } = await ask('POST', '/calls', { extension, number });
      expect({ status, body }).toMatchObject({ status: 202 });
      return orderSchema.parse(body);
    },
    /** What became of the operator's phone. */
    settled: ({ id }: PlacedOrder): Promise<PlacedOrder> =>
      vi.waitFor(async () => {
        const order = await orderNow(id);
        expect(order.state).not.toBe('placed');
        return order;
      }, 15_000),
    /** The call of an order, once it is over. */
    ended: ({ id }: PlacedOrder): Promise<Call> =>
      vi.waitFor(async () => {
        const { callId } = await orderNow(id);
        const call = await patchcord.call(callId!);
        expect(call.endedAt).not.toBeNull();
        return call;
      }, 15_000),
    /** Patchcord ends and comes back, with what it kept. */
    async restart(meanwhile: () => Promise<void>): Promise<void> {
      await patchcord.stop();
      await meanwhile();
      patchcord = await Patchcord.start(settings);
    },
    async over(stage: Pick<Stage, 'quiet' | 'reset'>): Promise<void> {
      await stage.quiet();
      stage.reset();
    },
  };
}

const versions: AsteriskVersion[] = [22, 16];

for (const version of versions) {
  describeWithAsterisk('a call ordered over the API, with a plain dialplan', version, () => {
    const at = office(version, 'plain', {
      context: 'c2c',
      operators: [
        { match: '12X', channel: 'Local/{extension}@c2c-operator' },
        { match: '13X', channel: 'Local/{extension}@c2c-operator/n' },
        { match: '14X', autoAnswer },
      ],
    });

    it.each([
      ['PJSIP', 0],
      ['Local, which optimises itself away', 2],
      ['Local/n', 3],
    ])('rings the operator, then the client: %s', async (_, n) => {
      const stage = at.stage(n);
      const [operator, client] = [stage.firm.extension(1), stage.number];
      stage.phone(1).habit = answersAfter(ringMs);
      stage.client().habit = answersAfter(ringMs);
      const placed = await at.order(operator, `+${client}`);
      expect(placed).toMatchObject({ state: 'placed', extension: operator, number: `+${client}`, callId: null });
      const atClient = await stage.client().incoming();
      // The client is dialled after the operator has answered, not before.
      expect(stage.phone(1).calls[0]?.record.answered).not.toBeNull();
      await atClient.answered();
      expect(await at.settled(placed)).toMatchObject({ state: 'answered', reason: null });
      await pause(talkMs);
      atClient.hangup();
      const call = await at.ended(placed);
      expect(call).toMatchObject({
        direction: 'outbound',
        origin: 'click_to_call',
        client: { number: client, e164: `+${client}` },
        answered: true,
        responsible: { extension: operator },
        hangupBy: 'client',
        legs: [{ extension: operator, role: 'caller', outcome: 'answered' }],
      });
      expect(call.linkedIds.some((id) => id.startsWith(`pc${placed.id}-`))).toBe(true);
      expect(stage.client().calls).toHaveLength(1);
      await at.over(stage);
    });

    it('asks a phone to answer by itself where the settings say so', async () => {
      const stage = at.stage(4);
      stage.phone(1).habit = answersAfter(0);
      stage.client().habit = answersAfter(ringMs);
      const placed = await at.order(stage.firm.extension(1), stage.number);
      const atOperator = await stage.phone(1).incoming();
      expect(atOperator.header('Call-Info')).toBe('<sip:pbx>;answer-after=0');
      expect(atOperator.record.caller_shown).toContain(stage.number);
      await (await stage.client().incoming()).answered();
      await pause(talkMs);
      atOperator.hangup();
      expect(await at.ended(placed)).toMatchObject({ answered: true, hangupBy: 'operator' });
      await at.over(stage);
    });

    it.each([
      ['does not answer', 'no-answer', 'no-answer', letsRing, 0],
      ['is busy', 'busy', 'busy', refusesWith(486), 0],
      ['declines', 'rejected', 'rejected', refusesWith(603, ringMs), 0],
      ['declines behind Local', 'rejected', 'rejected', refusesWith(603, ringMs), 2],
    ] as const)('never dials the client when the operator %s', async (_, reason, outcome, habit, n) => {
      const stage = at.stage(n);
      stage.phone(1).habit = habit;
      stage.client();
      const placed = await at.order(stage.firm.extension(1), stage.number);
      await stage.phone(1).incoming();
      expect(await at.settled(placed)).toMatchObject({ state: 'failed', reason });
      expect(await at.ended(placed)).toMatchObject({
        direction: 'outbound',
        client: { number: stage.number },
        answered: false,
        legs: [{ extension: stage.firm.extension(1), role: 'caller', outcome }],
      });
      await stage.quiet();
      expect(stage.client().calls).toEqual([]);
      await at.over(stage);
    });

    it('never dials the client when the operator’s phone is off', async () => {
      const stage = at.stage(1);
      stage.client();
      const placed = await at.order(stage.firm.extension(4), stage.number);
      expect(await at.settled(placed)).toMatchObject({ state: 'failed', reason: 'unavailable', callId: null });
      expect(stage.client().calls).toEqual([]);
      await at.over(stage);
    });

    it.each([
      ['is busy', 486, refusesWith(486, 300)],
      ['does not answer', 408, letsRing],
    ] as const)('tells by the call that the client %s', async (_, code, habit) => {
      const stage = at.stage(1);
      stage.phone(1).habit = answersAfter(ringMs);
      stage.client().habit = habit;
      const placed = await at.order(stage.firm.extension(1), stage.number);
      expect(await at.settled(placed)).toMatchObject({ state: 'answered' });
      const call = await at.ended(placed);
      expect(call).toMatchObject({
        answered: false,
        responsible: { extension: stage.firm.extension(1) },
        result: { code },
      });
      expect(stage.client().calls).toHaveLength(1);
      await at.over(stage);
    });

    it('tells by the call that the number does not exist', async () => {
      const stage = at.stage(1);
      stage.phone(1).habit = answersAfter(ringMs);
      const placed = await at.order(stage.firm.extension(1), '+79035550000');
      expect(await at.settled(placed)).toMatchObject({ state: 'answered' });
      expect(await at.ended(placed)).toMatchObject({ answered: false, result: { code: 404 } });
      await at.over(stage);
    });

    it('takes a double click as one, and ends the call when it is told to', async () => {
      const stage = at.stage(5);
      stage.phone(1).habit = answersAfter(ringMs);
      stage.client().habit = answersAfter(ringMs);
      const click = () => at.order(stage.firm.extension(1), stage.number);
      const [first, second] = await Promise.all([click(), click()]);
      expect(second.id).toBe(first.id);
      expect((await click()).id).toBe(first.id);
      const atClient = await stage.client().incoming();
      await atClient.answered();
      await pause(talkMs);
      await at.settled(first);
      const { callId } = await at.orderNow(first.id);
      expect((await at.ask('POST', `/calls/${callId}/hangup`)).status).toBe(202);
      await atClient.ended();
      expect(await at.ended(first)).toMatchObject({ answered: true, hangupBy: 'system' });
      expect((await at.ask('POST', `/calls/${callId}/hangup`)).status).toBe(409);
      await stage.quiet();
      expect(stage.phone(1).calls).toHaveLength(1);
      expect(stage.client().calls).toHaveLength(1);
      await at.over(stage);
    });

    it('goes on with an order when Patchcord is away while the phone rings', async () => {
      const stage = at.stage(1);
      stage.phone(1).habit = letsRing;
      stage.client().habit = answersAfter(ringMs);
      const placed = await at.order(stage.firm.extension(1), stage.number);
      const atOperator = await stage.phone(1).incoming();
      await at.restart(async () => {
        atOperator.answer();
        await (await stage.client().incoming()).answered();
      });
      await pause(talkMs);
      atOperator.hangup();
      expect(await at.ended(placed)).toMatchObject({ direction: 'outbound', answered: true, gap: true });
      expect(await at.settled(placed)).toMatchObject({ state: 'answered' });
      await at.over(stage);
    });

    it.each([
      ['112', 'short'],
      ['*72', 'short'],
      ['+442071838750', 'GB'],
      ['88091234567', 'more than a call'],
      ['79161234567\r\nApplication: System\r\nData: id', 'not a phone number'],
      ['79161234567,1,System(id)', 'not a phone number'],
      ['${SHELL(id)}', 'not a phone number'],
      ['79161234567&PJSIP/102', 'not a phone number'],
    ])('refuses %j, and nothing rings', async (number, said) => {
      const stage = at.stage(0);
      const { status, body } = await at.ask('POST', '/calls', { extension: stage.firm.extension(1), number });
      expect(status).toBe(422);
      expect(body).toMatchObject({
        error: {
          code: 'destination_refused',
          message: expect.stringContaining(said),
          mend: expect.stringMatching(/./),
        },
      });
      expect(JSON.stringify(body)).not.toContain('System');
      expect(stage.phone(1).calls).toEqual([]);
    });
  });

  describeWithAsterisk('a call ordered over the API, with the dialplan of FreePBX', version, () => {
    const at = office(version, 'freepbx', {
      shows: 'operator',
      operators: [{ match: '11X', channel: 'Local/{extension}@from-internal' }],
    });

    it.each([
      ['PJSIP', 0],
      ['Local', 1],
    ])('is one call with the client, who is told by Asterisk late: %s', async (_, n) => {
      const stage = at.stage(n);
      const [operator, client] = [stage.firm.extension(1), stage.number];
      stage.phone(1).habit = answersAfter(ringMs);
      stage.client().habit = answersAfter(ringMs);
      const placed = await at.order(operator, client);
      await (await stage.client().incoming()).answered();
      await pause(talkMs);
      stage.phone(1).calls[0]?.hangup();
      expect(await at.ended(placed)).toMatchObject({
        direction: 'outbound',
        origin: 'click_to_call',
        client: { number: client },
        answered: true,
        hangupBy: 'operator',
      });
      await at.over(stage);
    });

    it.each([
      ['PJSIP', 0],
      ['Local', 1],
    ])('never dials the client when the operator declines: %s', async (_, n) => {
      const stage = at.stage(n);
      const [operator, client] = [stage.firm.extension(1), stage.number];
      stage.client();
      stage.phone(1).habit = refusesWith(603, ringMs);
      const again = await at.order(operator, client);
      expect(await at.settled(again)).toMatchObject({ state: 'failed', reason: 'rejected' });
      expect(await at.ended(again)).toMatchObject({
        direction: 'outbound',
        client: { number: client },
        answered: false,
      });
      await stage.quiet();
      expect(stage.client().calls).toEqual([]);
      await at.over(stage);
    });
  });
}
