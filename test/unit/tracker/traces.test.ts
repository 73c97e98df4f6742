import { describe, expect, it } from 'vitest';
import { callSchema } from '../../../src/calls/call.ts';
import { differences } from './expected.ts';
import { allCalls, amiEvents, celEvents, hasMusicInCel, isBroken, isUndialledInCel, play, traces } from './trace.ts';

/** The extension that was asked for, and with it the stage of ringing, is not in CEL when nobody is dialled there. */
const aboutUndialled =
  /responsible is null|forward is null|is of null|lostStage is "rejected"|^call 0: no leg \d+ (busy|unavailable) among $/;

describe.each(traces)('$name', (trace) => {
  it('is told right from AMI', () => {
    const calls = allCalls(play(amiEvents(trace)));
    for (const call of calls) callSchema.strict().parse(call);
    expect(differences(calls, trace.expected, 'ami')).toEqual([]);
  });

  if (isBroken(trace)) return;

  it('is told right from CEL', () => {
    const calls = allCalls(play(celEvents(trace)));
    for (const call of calls) callSchema.strict().parse(call);
    const found = differences(calls, trace.expected, hasMusicInCel(trace) ? 'cel' : 'cel without music');
    expect(isUndialledInCel(trace) ? found.filter((text) => !aboutUndialled.test(text)) : found).toEqual([]);
  });
});
