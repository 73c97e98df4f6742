import { describe, expect, it } from 'vitest';
import { AmiBlock } from '../ami/index.ts';
import { Tracker } from '../calls/tracker.ts';
import { AmiTranslator } from '../pbx/ami-events.ts';
import { differences } from './compare.ts';
import { demoDay, makeWorld, type DayOptions } from './day.ts';
import { sceneKinds } from './scenes/all.ts';
import type { Call } from '../calls/call.ts';

const startMs = Date.UTC(2026, 10, 20, 9);

/** Plays a day through translator and tracker; gives what is not as it was meant to be. */
function wrongCalls(options: DayOptions): { judged: number; wrong: string[]; open: number } {
  const staff = makeWorld(options).core.company.staff;
  const mobiles = new Map(staff.map((one) => [one.mobile, one.extension]));
  const tracker = new Tracker({ pbx: 'demo', ownerOf: (number) => mobiles.get(number) ?? null });
  const translator = new AmiTranslator();
  const ended = new Map<string, Call>();
  const wrong: string[] = [];
  let judged = 0;
  for (const step of demoDay(options)) {
    const facts = step.events.flatMap((event) => {
      const events = translator.translate(new AmiBlock(event.text.trimEnd()), step.atMs);
      return events.flatMap((one) => tracker.step(one).map((fact) => ({ fact, call: tracker.call(fact.callId) })));
    });
    for (const { fact, call } of facts)
      if (fact.type === 'call.ended' && call) for (const id of call.linkedIds) ended.set(id, call);
    for (const truth of step.truths) {
      judged++;
      const call = ended.get(truth.linkedId);
      const differ = call ? differences(truth, call) : ['not ended'];
      if (differ.length > 0) wrong.push(`${truth.kind} ${truth.linkedId}: ${differ.join('; ')}`);
    }
  }
  return { judged, wrong, open: tracker.openCount };
}

describe('the tracker sees what was played', () => {
  it.each(sceneKinds.map((kind) => kind.name))('%s alone', (name) => {
    const result = wrongCalls({ seed: 11, startMs, calls: 25, kinds: [name], staff: 30 });
    expect(result).toEqual({ judged: 25, wrong: [], open: 0 });
  });

  it('all kinds at once, on a busy day', () => {
    const result = wrongCalls({ seed: 12, startMs, calls: 1500, staff: 120, gapMs: [500, 2000] });
    expect(result).toEqual({ judged: 1500, wrong: [], open: 0 });
  });
});

describe('the comparison', () => {
  it('finds a call that is not as it was meant', () => {
    const options = { seed: 1, startMs, calls: 1, kinds: ['in-answered'] };
    const [truth] = [...demoDay(options)].flatMap((step) => step.truths);
    const tracker = new Tracker({ pbx: 'demo' });
    const translator = new AmiTranslator();
    let last: Call | null = null;
    for (const step of demoDay(options)) {
      for (const event of step.events) {
        for (const one of translator.translate(new AmiBlock(event.text.trimEnd()), step.atMs)) {
          for (const fact of tracker.step(one)) last = tracker.call(fact.callId) ?? last;
        }
      }
    }
    if (!truth || !last) throw new Error('nothing was played');
    expect(differences(truth, last)).toEqual([]);
    expect(differences({ ...truth, responsible: '999', talkMs: truth.talkMs + 1000 }, last)).toHaveLength(2);
  });
});
