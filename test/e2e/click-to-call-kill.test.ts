// Patchcord is killed with -9 right after orders were placed: none is given twice, none is forgotten.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { ManagerUser } from '../../lab/config/server.ts';
import { freePort } from '../../lab/child.ts';
import { type Lab, openLab, type Stage } from '../../lab/lab.ts';
import type { AsteriskVersion } from '../../lab/places.ts';
import { pause, ringMs, talkMs } from '../../lab/scenarios/scenario.ts';
import { answersAfter } from '../../lab/sip/party.ts';
import type { Call } from '../../src/calls/call.ts';
import { type ApiOrder, call } from '../../src/cli/call.ts';
import { TestTerminal } from '../../src/cli/testing/test-terminal.ts';
import { Patchcord, pbxOf, temporaryFolder } from './faults-support.ts';
import { advisedUser } from './support/patchcord.ts';
import { describeWithAsterisk } from './support/scenario-suite.ts';

const versions: AsteriskVersion[] = [22, 16];
const ringSec = 5;
const user: ManagerUser = { ...advisedUser, username: 'clicks', write: 'system,call,reporting,originate' };

for (const version of versions) {
  describeWithAsterisk('ordered calls and kill -9', version, () => {
    const folder = temporaryFolder();
    let lab: Lab;
    let patchcord: Patchcord;
    let url = '';

    beforeAll(async () => {
      lab = await openLab({ version, users: [user] });
      const listen = `127.0.0.1:${await freePort()}`;
      url = `http://${listen}`;
      const { username, secret } = user;
      const pbx = { ...pbxOf(lab.asterisk), username, secret, dial: { context: 'c2c', operatorRingSec: ringSec } };
      patchcord = new Patchcord({ folder: folder.path, settings: { listen, pbx: [pbx] } });
      await patchcord.start();
      await patchcord.connected();
    });
    afterAll(async () => {
      await patchcord?.kill9();
      await lab?.close();
      folder.remove();
    });

    /** Orders a call by the command, and does not wait for what becomes of it. */
    async function order(extension: string, number: string): Promise<ApiOrder> {
      const interrupted = new AbortController();
      const terminal = new TestTerminal();
      const tokenFile = join(folder.path, 'data', 'token');
      const done = call({ url, tokenFile, from: extension, to: number, json: true }, terminal, interrupted.signal);
      await Promise.race([done, terminal.until(({ notes }) => notes.length > 0)]);
      interrupted.abort();
      await done;
      return JSON.parse(terminal.out) as ApiOrder;
    }
    const settled = ({ id }: ApiOrder): Promise<ApiOrder> =>
      vi.waitFor(async () => {
        const now = await patchcord.get<ApiOrder>(`/orders/${id}`);
        expect(now.state).not.toBe('placed');
        return now;
      }, 40_000);
    const callOf = async ({ callId }: ApiOrder): Promise<Call> => patchcord.get<Call>(`/calls/${callId}`);

    it('end each order once, as the phones saw it', async () => {
      const [one, two, three] = lab.stages as [Stage, Stage, Stage];
      for (const stage of [one, two, three]) stage.client().habit = answersAfter(ringMs);
      // The first operator answers while nobody listens; the second one's phone is off; the third one never answers.
      const answered = await order(one.company.extension(1), one.company.client());
      const off = await order(two.company.extension(4), two.company.client());
      const unanswered = await order(three.company.extension(1), three.company.client());
      const [atOperator] = await Promise.all([one.phone(1).incoming(), three.phone(1).incoming()]);
      await patchcord.kill9();
      atOperator.answer();
      const atClient = await one.client().incoming();
      await atClient.answered();
      await pause(ringSec * 1000);

      await patchcord.start();
      await patchcord.connected();
      await pause(talkMs);
      atClient.hangup();
      expect(await settled(answered)).toMatchObject({ state: 'answered', reason: null });
      await one.quiet();
      await vi.waitFor(async () => {
        const ended = await callOf(await settled(answered));
        expect(ended).toMatchObject({ answered: true, hangupBy: 'client', client: { number: one.company.client() } });
        expect(ended.endedAt).not.toBeNull();
      }, 10_000);
      // It was killed before or after it heard that there is no such phone: in both cases no call came of it.
      const lost = await settled(off);
      expect(lost.callId).toBeNull();
      expect(['failed', 'expired']).toContain(lost.state);
      // The same holds of the call that rang out: it is known only if it was stored before.
      const missed = await settled(unanswered);
      expect(missed.state).toBe(missed.callId === null ? 'expired' : 'failed');

      expect(one.phone(1).calls).toHaveLength(1);
      expect(one.client().calls).toHaveLength(1);
      expect(three.phone(1).calls).toHaveLength(1);
      expect([...two.client().calls, ...three.client().calls]).toEqual([]);
      const history = await patchcord.history();
      expect(history.filter(({ client }) => client?.number === one.company.client())).toHaveLength(1);
      for (const stage of lab.stages) stage.reset();
    });
  });
}
