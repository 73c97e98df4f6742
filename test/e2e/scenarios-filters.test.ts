// What the event filters keep out is nothing that a call needs: two Patchcords hear the same Asterisk, one with filters and one without.
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Dialplan, managerUsers } from '../../lab/config/server.ts';
import { type Lab, openLab, type Stage } from '../../lab/lab.ts';
import type { AsteriskVersion } from '../../lab/places.ts';
import { freepbxScenarios, plainScenarios } from '../../lab/scenarios/all.ts';
import type { Scenario } from '../../lab/scenarios/scenario.ts';
import { AmiClient } from '../../src/ami/index.ts';
import type { Call } from '../../src/calls/call.ts';
import { eventClasses, eventFilters } from '../../src/pbx/live.ts';
import { advisedUser, dataFolder, labSettings, Patchcord } from './support/patchcord.ts';
import { playAndJudge } from './support/play.ts';
import { allWell, describeWithAsterisk } from './support/scenario-suite.ts';

const kinds: [AsteriskVersion, Dialplan, Scenario[]][] = [
  [22, 'plain', plainScenarios],
  [16, 'plain', plainScenarios],
  [22, 'freepbx', freepbxScenarios],
];

/** One of each kind of event that calls are made of. */
const names =
  /^(three_way_conference|queue_second_agent|park_retrieved|pickup_feature|attended_completed|refer_replaces|click_operator_no_answer|spied|hold|voicemail_left|forward_302|in_recorded)$/;

for (const [version, dialplan, scenarios] of kinds) {
  describeWithAsterisk(`event filters with the ${dialplan} dialplan`, version, () => {
    const places = [dataFolder(), dataFolder()];
    let lab: Lab;
    let filtered: Patchcord;
    let whole: Patchcord;

    beforeAll(async () => {
      lab = await openLab({ version, dialplan, users: [advisedUser] });
      const [first, second] = places;
      filtered = await Patchcord.start(labSettings(lab.asterisk, first!.folder));
      whole = await Patchcord.start(labSettings(lab.asterisk, second!.folder, managerUsers.least));
      await allWell(filtered);
    });
    afterAll(async () => {
      await filtered?.stop();
      await whole?.stop();
      await lab?.close();
      for (const place of places) place.remove();
    });

    it('a user who may not set filters is told of, with the mend, and served all the same', async () => {
      await vi.waitFor(async () => {
        const { level, parts } = await whole.status();
        expect(level).toBe('warning');
        expect(parts.find(({ part }) => part === 'pbx lab')).toMatchObject({
          level: 'warning',
          message: expect.stringContaining('filter'),
          mend: expect.stringContaining('write = system'),
        });
      }, 10_000);
    });

    it('FullyBooted comes through', async () => {
      const { amiHost: host, amiPort: port } = lab.asterisk;
      const { username, secret } = advisedUser;
      const client = new AmiClient({ host, port, username, secret, events: eventClasses, filters: eventFilters });
      const heard: string[] = [];
      client.on('event', ({ name }) => heard.push(name));
      client.start();
      await vi.waitFor(() => expect(heard).toContain('FullyBooted'), 10_000);
      await client.stop();
    });

    it('the calls are the same with and without them', async () => {
      const queue = scenarios.filter(({ name }) => names.test(name));
      const faults: string[] = [];
      const before = await heardBy();
      const play = async (stage: Stage): Promise<void> => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
          faults.push(...(await playAndJudge(next, stage, filtered)));
        }
      };
      await Promise.all(lab.stages.map(play));
      expect(faults).toEqual([]);
      await vi.waitFor(async () => expect((await whole.live()).calls).toEqual([]), 10_000);
      const [withFilters, without] = await Promise.all([filtered.calls(), whole.calls()]);
      expect(withFilters.map(withoutTimes)).toEqual(without.map(withoutTimes));
      const after = await heardBy();
      const [few, all] = [after[0] - before[0], after[1] - before[1]];
      console.log(
        `Asterisk ${version}, ${dialplan}: ${few} events with filters, ${all} without: ${Math.round((100 * few) / all)} %`,
      );
      expect(few).toBeLessThan(all / 2);
    });

    async function heardBy(): Promise<[number, number]> {
      return [await filtered.metric('patchcord_pbx_events'), await whole.metric('patchcord_pbx_events')];
    }
  });
}

/** The call without what two clocks may see a few milliseconds apart. */
function withoutTimes(call: Call): unknown {
  return JSON.parse(JSON.stringify(call), (key, value: unknown) => (/At$|Ms$|^at$/.test(key) ? value !== null : value));
}
