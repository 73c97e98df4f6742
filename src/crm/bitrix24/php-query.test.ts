import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromQuery, toQuery } from './php-query.ts';
import type { Value } from './portal.ts';

describe('toQuery', () => {
  it('nests as PHP does', () => {
    const query = toQuery({ fields: { PHONE: [{ VALUE: '+7 495', VALUE_TYPE: 'WORK' }] }, filter: { '>ID': 5 } });
    expect(decodeURIComponent(query)).toBe(
      'fields[PHONE][0][VALUE]=+7 495&fields[PHONE][0][VALUE_TYPE]=WORK&filter[>ID]=5',
    );
    expect(query).toContain('%2B7%20495');
  });

  it('writes flags as 1 and 0, and leaves out what is not there', () => {
    expect(toQuery({ a: true, b: false, c: null, d: undefined, e: [], f: {}, g: '' })).toBe('a=1&b=0&g=');
  });

  it('renumbers a list in which something is missing, since a hole would make it an object', () => {
    expect(decodeURIComponent(toQuery({ ids: [1, null, 3] }))).toBe('ids[0]=1&ids[1]=3');
  });

  it('keeps Cyrillic, and mends text that is no Unicode', () => {
    expect(fromQuery(toQuery({ name: 'Ёжик & Ко = 50%', odd: 'a\uD800b' }))).toEqual({
      name: 'Ёжик & Ко = 50%',
      odd: 'a\uFFFDb',
    });
  });

  it.each([[{ 'a b': 1 }], [{ 'a[b': 1 }], [{ '': 1 }], [{ a: { 'x]': 1 } }], [{ a: Number.NaN }]])(
    'does not write what PHP would read otherwise: %j',
    (params) => {
      expect(() => toQuery(params)).toThrow(TypeError);
    },
  );
});

describe('fromQuery', () => {
  it('reads an event as the portal sends it', () => {
    const body =
      'event=ONEXTERNALCALLSTART&data[PHONE_NUMBER]=%2B7+495&data[USERS][]=1&data[USERS][]=2&auth[domain]=p.example';
    expect(fromQuery(body)).toEqual({
      event: 'ONEXTERNALCALLSTART',
      data: { PHONE_NUMBER: '+7 495', USERS: ['1', '2'] },
      auth: { domain: 'p.example' },
    });
  });

  it('never throws, whatever arrives', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '[', ']', '=', '&', '%', '+', '0', 'Ж', '.') }), (text) => {
        expect(typeof fromQuery(text)).toBe('object');
      }),
    );
    expect(fromQuery('%zz=%&a=%FF')).toEqual({ '%zz': '%', a: '\uFFFD' });
  });

  it('knows no special keys', () => {
    const read = fromQuery('__proto__[admin]=1&constructor=2&a[__proto__][b]=3');
    expect(Object.keys(read)).toEqual(['__proto__', 'constructor', 'a']);
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  it('reads no more variables and levels than PHP', () => {
    expect(Object.keys(fromQuery(Array.from({ length: 3_000 }, (_, i) => `k${i}=1`).join('&')))).toHaveLength(1_000);
    expect(fromQuery(`a${'[b]'.repeat(5_000)}=1`)).toEqual({});
  });
});

it('reads back what it wrote', () => {
  const key = fc
    .string({
      unit: fc.constantFrom('A', 'я', '0', '>', '=', '!', '%', '&', '+', '_', '$'),
      minLength: 1,
      maxLength: 6,
    })
    .filter((text) => text !== '__proto__');
  const { tree } = fc.letrec<{ tree: Value; list: Value; object: Value; leaf: Value }>((tie) => ({
    leaf: fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    ),
    list: fc.array(tie('tree'), { maxLength: 4 }),
    object: fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
    tree: fc.oneof({ maxDepth: 4 }, tie('leaf'), tie('list'), tie('object')),
  }));
  fc.assert(
    fc.property(fc.dictionary(key, tree, { maxKeys: 4 }), (params) => {
      expect(plain(fromQuery(toQuery(params)))).toEqual(asPhpSees(params) ?? {});
    }),
  );
});

/** What is left of parameters in PHP: strings; nothing empty; an object with the keys 0, 1, 2… is a list, except at the top. */
function asPhpSees(value: Value, top = true): unknown {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value !== 'object') return String(value).toWellFormed();
  const items = Array.isArray(value)
    ? (value as Value[]).filter((item) => item !== null && item !== undefined).map((item) => asPhpSees(item, false))
    : null;
  const entries: [string, unknown][] = items
    ? items.map((item, index) => [String(index), item])
    : Object.entries(value).map(([key, item]) => [key, asPhpSees(item, false)]);
  const kept = entries.filter(([, item]) => item !== undefined);
  if (kept.length === 0) return undefined;
  const read = Object.fromEntries(kept);
  return !top && Object.keys(read).every((key, index) => key === String(index)) ? Object.values(read) : read;
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
