import { describe, expect, it } from 'vitest';
import { Masker } from './masker.ts';

const canary = 'p&ssw/rd "ñ" 1';
const masker = new Masker([canary, 'webhookpart']);

describe('the masker', () => {
  it.each([
    canary,
    encodeURIComponent(canary),
    new URLSearchParams({ x: canary }).toString().slice(2),
    JSON.stringify(canary),
    JSON.stringify({ x: canary }).replaceAll('/', '\\/'),
    Buffer.from(canary).toString('base64'),
  ])('hides a known secret as %s', (form) => {
    expect(masker.mask(`before ${form} after`)).toMatch(/^before "?(\{"x":")?\*\*\*=*"?\}? after$|\*\*\*/);
    expect(masker.mask(`before ${form} after`)).not.toMatch(/ssw|cCZzc3c/);
  });

  it.each([
    ['{"access_token":"abc.def","expires":3600}', '{"access_token":"***","expires":3600}'],
    ['{ "refresh_token" : "abc\\u0041\\/d" }', '{ "refresh_token" : "***" }'],
    ['{"inner":"{\\"access_token\\":\\"abc\\"}"}', '{"inner":"{\\"access_token\\":\\"***\\"}"}'],
    ['{"access_token":"cut of', '{"access_token":"***'],
    ['https://a.example/rest/crm?auth=abc&id=5', 'https://a.example/rest/crm?auth=***&id=5'],
    [
      'grant_type=refresh_token&client_secret=abc&refresh_token=def',
      'grant_type=refresh_token&client_secret=***&refresh_token=***',
    ],
    ['auth[access_token]=abc&auth[domain]=x', 'auth[access_token]=***&auth[domain]=x'],
    ['auth%5Baccess_token%5D=abc&data=1', 'auth%5Baccess_token%5D=***&data=1'],
    ['{"cmd":"crm.lead.get?auth=abc&id=1"}', '{"cmd":"crm.lead.get?auth=***&id=1"}'],
    ['https://a.example/rest/1/webhookpart/user.get', 'https://a.example/rest/1/***/user.get'],
  ])('of %s leaves the rest', (text, masked) => {
    expect(masker.mask(text)).toBe(masked);
  });

  it.each([
    '{"author":"Ann","token_type":"bearer"}',
    'phone=%2B79990001122&authority=1',
    '{"AUTHOR_ID":"1"}',
    'a client =1',
  ])('leaves %s as it is', (text) => {
    expect(masker.mask(text)).toBe(text);
  });

  it('hides the signature of a link that is a value, however deep', () => {
    const link = 'https://pbx.example/media/lab-1.0.mp3?expires=1795832314&signature=AbC_d-123';
    const once = `FILENAME=a.mp3&RECORD_URL=${encodeURIComponent(link)}&CALL_ID=7`;
    expect(masker.mask(link)).toBe(link.replace('AbC_d-123', '***'));
    expect(masker.mask(once)).toBe(once.replace('AbC_d-123', '***'));
    const twice = `cmd[a]=attach%3F${encodeURIComponent(once)}&halt=0`;
    expect(masker.mask(twice)).toBe(twice.replace('AbC_d-123', '***'));
    expect(masker.mask(JSON.stringify({ link }))).toBe(JSON.stringify({ link }).replace('AbC_d-123', '***'));
  });

  it('hides what it learns', () => {
    const learning = new Masker([]);
    expect(learning.mask('tok-1234')).toBe('tok-1234');
    learning.learn('tok-1234');
    expect(learning.mask('at tok-1234.')).toBe('at ***.');
  });

  it.each([
    ['Authorization', 'Basic abc', '***'],
    ['set-cookie', 'a=b', '***'],
    ['X-Api-Key', 'k', '***'],
    ['Content-Type', 'application/json', 'application/json'],
  ])('of the header %s', (name, value, shown) => {
    expect(masker.maskHeader(name, value)).toBe(shown);
  });

  it('takes time in proportion to the text, whatever is written', () => {
    for (const hostile of [
      'auth'.repeat(20_000),
      '"auth":"' + '\\'.repeat(80_000),
      '[%5B'.repeat(20_000),
      '&a'.repeat(40_000),
      '%26auth%3D'.repeat(20_000),
      '%2525'.repeat(20_000),
    ]) {
      const startedMs = performance.now();
      masker.mask(hostile);
      expect(performance.now() - startedMs).toBeLessThan(500);
    }
  });
});
