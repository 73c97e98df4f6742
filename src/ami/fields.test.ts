import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AmiError } from './errors.ts';
import { encodeAction } from './fields.ts';
import type { AmiFields } from './fields.ts';

function refused(fields: AmiFields, name = 'Originate'): AmiError {
  try {
    encodeAction(name, '1', fields);
  } catch (error) {
    if (error instanceof AmiError) return error;
  }
  throw new Error('it was not refused');
}

describe('an action', () => {
  it('is its name, its id, then the fields; lists repeat the header', () => {
    const fields = { Channel: 'PJSIP/101', Timeout: 30_000, Async: true, Codecs: ['alaw', 'ulaw'] };
    expect(encodeAction('Originate', 'x-1', fields)).toBe(
      'Action: Originate\r\nActionID: x-1\r\nChannel: PJSIP/101\r\nTimeout: 30000\r\nAsync: true\r\nCodecs: alaw\r\nCodecs: ulaw\r\n\r\n',
    );
  });

  it('carries any printable text as it is', () => {
    expect(encodeAction('A', '1', { CallerID: '"Ёлка: 7" <101>' })).toContain('CallerID: "Ёлка: 7" <101>\r\n');
  });
});

describe('what is refused', () => {
  it.each(['a\r\nAction: Command', 'a\nb', 'a\rb', 'a\0b', 'a\u001bb', 'a\u007f', 'a\u0085b', '\t'])(
    'control characters in a value: %j',
    (value) => {
      const error = refused({ CallerID: value });
      expect(error).toMatchObject({ code: 'unsafe-field', field: 'CallerID' });
      expect(error.message).not.toContain(value);
    },
  );

  it.each(['', 'A: b', 'A\r\nB', 'Á', '1A', 'x'.repeat(90), 'Action', 'actionid'])('the key %j', (key) => {
    expect(refused({ [key]: 'x' }).code).toBe('unsafe-field');
  });

  it('a hostile name of the action', () => {
    expect(() => encodeAction('Ping\r\nX: y', '1', {})).toThrow(AmiError);
  });

  it('a line that Asterisk would break in two', () => {
    expect(refused({ Data: 'x'.repeat(1_001) })).toMatchObject({ field: 'Data' });
    expect(refused({ Data: 'Ё'.repeat(500) })).toMatchObject({ field: 'Data' });
    expect(encodeAction('A', '1', { Data: 'x'.repeat(990) })).toContain('x'.repeat(990));
  });

  it('more lines than Asterisk reads', () => {
    expect(refused({ Codecs: Array.from({ length: 130 }, () => 'x') }).code).toBe('unsafe-field');
  });

  it('values that are no text, number or boolean', () => {
    expect(refused({ Timeout: Number.NaN })).toMatchObject({ field: 'Timeout' });
    expect(refused({ Data: undefined } as unknown as AmiFields)).toMatchObject({ field: 'Data' });
    expect(refused({ Data: { a: 1 } } as unknown as AmiFields)).toMatchObject({ field: 'Data' });
  });
});

describe('variables', () => {
  it('of Originate are one for each item, whatever they contain', () => {
    const text = encodeAction('Originate', '1', { Variable: ['A=1,__EVIL=2', 'B="x" (y) [z] \\'] });
    expect(text).toContain('Variable: A=1\\,__EVIL=2\r\nVariable: B=\\"x\\" \\(y\\) \\[z\\] \\\\\r\n');
  });

  it('of Originate have a name', () => {
    expect(refused({ Variable: ['no value'] })).toMatchObject({ field: 'Variable' });
    expect(refused({ Variable: '=x' })).toMatchObject({ field: 'Variable' });
  });

  it('of Setvar are a name, and stay as they are', () => {
    expect(encodeAction('Setvar', '1', { Variable: 'CDR(userfield)', Value: 'a,b' })).toContain(
      'Variable: CDR(userfield)\r\nValue: a,b\r\n',
    );
  });
});

/** The bytes of the action, or the code of the error. */
function encodeOrCode(fields: AmiFields): string {
  try {
    return encodeAction('UserEvent', '1', fields);
  } catch (error) {
    if (error instanceof AmiError) return error.code;
    throw error;
  }
}

it('no text whatever becomes a header or a second action', () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc
      .array(fc.constantFrom('\r', '\n', '\0', 'Action: x', ':', ' ', 'é', ',', '\u2028'), { maxLength: 8 })
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(nasty, nasty, (key, value) => {
      const text = encodeOrCode({ [`K${key}`]: value, Last: value });
      const lines = Buffer.from(text, 'utf8')
        .toString('latin1')
        .split(/\r\n|\r|\n/);
      const keys = lines.map((line) => line.split(':')[0]);
      expect([['unsafe-field'], ['Action', 'ActionID', `K${key}`, 'Last', '', '']]).toContainEqual(keys);
    }),
    { numRuns: 1_000 },
  );
});
