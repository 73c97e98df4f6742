import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSettings } from './load.ts';
import { SettingsError } from './problem.ts';
import { sampleSettings } from './sample.ts';

/** What becomes of a text: settings, or problems each with a place and a mend. Anything else is a fault. */
function outcome(text: string): string {
  try {
    readSettings(text, { file: 'patchcord.yaml', environment: {} });
    return 'settings';
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    const isTold = error.problems.every(({ line, message, mend }) => (line ?? 0) > 0 && message !== '' && mend !== '');
    return error.problems.length > 0 && isTold ? 'problems' : `not told: ${error.message}`;
  }
}

describe('a settings file', () => {
  it.each([
    'pbx: [null]',
    'pbx: [[]]',
    'pbx: { name: a }',
    'pbx: &a [*a]',
    '&a a: *a',
    '? [a, b]\n: c',
    '5: x',
    'null: x',
    '__proto__: { listen: x }',
    'constructor: x',
    'listen: !!binary aGVsbG8=',
    'listen: !tag x',
    'a: 1\n---\nb: 2',
    '%YAML 1.1\n---\nlisten: yes',
    'log: { <<: { level: info }, level: debug }',
    'mobiles: [{ number: 1e400 }]',
    'mobiles: [{ number: .inf }]',
    'mobiles: [{ number: 0x10 }]',
    'region: "\u0000"',
    '\ufefflisten: x',
    'listen: "${}"',
    'listen: "${__proto__}"',
    'pbx: [{ name: a, host: h, username: u, secretFile: "\\0" }]',
    'pbx: [{ name: a, host: h, username: u, secretFile: / }]',
    'x'.repeat(1_000_000),
    '['.repeat(3000),
    '{a: '.repeat(3000),
  ])('%.40j is refused with words', (text) => {
    expect(outcome(text)).toBe('problems');
  });

  it('is read or refused with words, whatever is written over the sample', () => {
    const sample = sampleSettings().replaceAll(/^#(?! \S)/gm, '');
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(
        ': ',
        '\n',
        '  ',
        '- ',
        '[',
        '}',
        '&a ',
        '*a',
        '!!x ',
        '| ',
        '"',
        "'",
        '#',
        'null',
        '-1',
        '${X}',
        '<<: ',
      ),
    );
    fc.assert(
      fc.property(fc.nat(sample.length), fc.nat(40), piece, (at, cut, text) => {
        expect(['settings', 'problems']).toContain(outcome(sample.slice(0, at) + text + sample.slice(at + cut)));
      }),
      { numRuns: 200 },
    );
  });
});
