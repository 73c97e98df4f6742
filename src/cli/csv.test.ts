import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleCall } from '../http/testing/sample-calls.ts';
import { callCsvHead, callCsvLine } from './call-csv.ts';
import { csvField, csvLine } from './csv.ts';

describe('a field of CSV', () => {
  it.each([
    ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
    ['+7 916=1', "'+7 916=1"],
    ['-1+1', "'-1+1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['|calc', "'|calc"],
    ['  =1', "'  =1"],
    ['\t=1', `"'\t=1"`],
    ['\u202e=1', "'\u202e=1"],
    ['＝1', "'＝1"],
    ['+79161234567', '+79161234567'],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    ['Иван', 'Иван'],
    ['', ''],
    [null, ''],
    [-5, '-5'],
    [true, 'true'],
  ])('of %j', (value, field) => {
    expect(csvField(value)).toBe(field);
  });

  it('gives back what was put in, a formula with its apostrophe', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 20 }), { minLength: 1, maxLength: 5 }), (values) => {
        const read = parse(csvLine(values));
        expect(read.map((value, at) => [values[at], `'${values[at]}`].includes(value))).toEqual(values.map(() => true));
        expect(read.filter((value) => /^[=@|\t\r\n]|^[+-](?![0-9]+$)/.test(value))).toEqual([]);
      }),
    );
  });
});

/** The one record of a CSV text, read as RFC 4180 says. */
function parse(line: string): string[] {
  const fields: string[] = [];
  for (let at = 0; at < line.length - 2;) {
    const [whole = '', quoted, plain] = /"((?:[^"]|"")*)"|([^,"\r\n]*)/y.exec(line.slice(at)) ?? [];
    fields.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    at += whole.length + 1;
    if (at === line.length - 2) fields.push('');
  }
  return line === '\r\n' ? [''] : fields;
}

it('a call is one record with as many fields as the head', () => {
  const name = "=cmd|' /C calc'!A0\"\r\n,x";
  const call = sampleCall('a', Date.UTC(2026, 10, 20), {
    client: { number: '+79161234567', e164: '+79161234567', name },
  });
  const head = parse(callCsvHead);
  const record = parse(callCsvLine(call));
  expect(record).toHaveLength(head.length);
  expect(record[head.indexOf('clientName')]).toBe(`'${name}`);
  expect(record[head.indexOf('clientE164')]).toBe('+79161234567');
  expect(record[head.indexOf('startedAt')]).toBe('2026-11-20T00:00:00.000Z');
  expect(record[head.indexOf('talkMs')]).toBe('170000');
});
