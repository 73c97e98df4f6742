import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { marked } from '../settings/marks.ts';
import { secretValues, urlsIn } from './settings-marks.ts';

const schema = z.strictObject({
  plain: marked(z.string().optional(), 'Shown'),
  secret: marked(z.string().optional(), 'Hidden', { secret: true }),
  url: marked(z.string().optional(), 'Hidden in part', { secret: 'password' }),
  hook: marked(z.string().optional(), 'Hidden but for its host', { secret: 'path' }),
});

describe('the secrets of settings', () => {
  it.each([
    [{ plain: 'https://u:pw@a.example/abcdefghij' }, []],
    [{ secret: 'word' }, ['word']],
    [{ url: 'https://u:p%40ss@a.example/path/long-enough?token=0123456789&n=1' }, ['p%40ss', 'p@ss', '0123456789']],
    [{ url: 'https://a.example/' }, []],
    [{ hook: 'https://a.example/rest/1/abcdefgh1/' }, ['abcdefgh1', 'abcdefgh1']],
    [
      { secret: 'https://a.example/rest/1/abcdefgh1/' },
      ['https://a.example/rest/1/abcdefgh1/', 'abcdefgh1', 'abcdefgh1'],
    ],
    [{}, []],
  ])('%j', (settings, secrets) => {
    expect(secretValues(schema, settings)).toEqual(secrets);
  });
});

it('every address is found, wherever it stands', () => {
  const settings = {
    a: 'https://a.example/x',
    b: { c: ['HTTP://b.example', 'not http://c.example', 5, null] },
    d: 'ftp://d',
  };
  expect(urlsIn(settings)).toEqual(['https://a.example/x', 'HTTP://b.example']);
});
