import type { Stage } from '../../../lab/lab.ts';
import type { ExpectedCall, Scenario } from '../../../lab/scenarios/scenario.ts';
import type { Call } from '../../../src/calls/call.ts';
import { differences } from './judge.ts';
import { orderFaults } from './event-order.ts';
import { Follower } from './follower.ts';
import type { Patchcord } from './patchcord.ts';

/** After the last channel is gone, how long the API may take to say so on a machine that is busy with other things. */
const settledMs = 10_000;

/**
 * Plays a scenario by the phones of a firm and judges at the API what became of it. Gives what is wrong, with the calls of the
 * API and what the phones saw on the wire; an empty list when all is right.
 */
export async function playAndJudge(scenario: Scenario, stage: Stage, patchcord: Patchcord): Promise<string[]> {
  const { seq } = await patchcord.live();
  const startedAt = new Date(Date.now() - 500).toISOString();
  const follower = new Follower(patchcord, stage.company, seq);
  const expected = scenario.expect(stage.company);
  try {
    await scenario.play(stage);
    await stage.quiet();
    await follower.until(
      ({ ids, ended, merged }) => ended.length >= expected.length && ended.length + merged.size === ids.length,
      settledMs,
    );
    const history = await patchcord.calls({ from: startedAt });
    const calls = history.filter(({ id }) => follower.ids.includes(id)).toReversed();
    const faults = [...callFaults(calls, expected), ...(await logFaults(follower, calls, patchcord))];
    return faults.length === 0 ? [] : report(scenario, faults, calls, stage);
  } finally {
    stage.reset();
    await stage.quiet();
  }
}

function callFaults(calls: Call[], expected: ExpectedCall[]): string[] {
  const counted = calls.length === expected.length ? [] : [`${calls.length} calls instead of ${expected.length}`];
  return [
    ...counted,
    ...expected.flatMap((want, at) => {
      const call = calls[at];
      return call === undefined ? [] : differences(call, want).map((fault) => `call ${at + 1}: ${fault}`);
    }),
  ];
}

/** What the event log tells otherwise than the history. */
async function logFaults(follower: Follower, calls: Call[], patchcord: Patchcord): Promise<string[]> {
  const faults = calls.flatMap((call) => orderFaults(call.id, follower.events, call));
  for (const [id, into] of follower.merged) {
    const survivor = calls.find((call) => call.id === into);
    if (survivor === undefined) faults.push(`${id} was joined to ${into}, which is not in the history`);
    else faults.push(...orderFaults(id, follower.events, survivor));
    if ((await patchcord.call(id)).id !== into) faults.push(`${id} does not lead to ${into}`);
  }
  return faults;
}

function report(scenario: Scenario, faults: string[], calls: Call[], stage: Stage): string[] {
  return [
    ...faults,
    `what happened: ${scenario.intent}`,
    ...calls.map((call) => `the API says: ${JSON.stringify(call)}`),
    ...stage.truth.map((record) => `on the wire: ${JSON.stringify(record)}`),
  ];
}
