import { describe, expect, it } from 'vitest';
import { callSchema } from '../../../src/calls/call.ts';
import { differences } from './expected.ts';
import { allCalls, amiEvents, celEvents, hasMusicInCel, isBroken, play, traces } from './trace.ts';

/** The extension that forwards all its calls stands only in the dialplan's steps, which FreePBX does not have in CEL. */
const unknownToCel = (name: string, text: string): boolean =>
  name === 'freepbx17/in_callforward_mobile' && /responsible is null|forward is null|is of null/.test(text);

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
    expect(found.filter((text) => !unknownToCel(trace.name, text))).toEqual([]);
  });
});
