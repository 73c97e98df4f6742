import { expect, test } from 'vitest';
import { authorization, parseChallenge } from './digest.ts';

test('the example of RFC 2617 section 3.5', () => {
  const challenge = parseChallenge(
    'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", ' +
      'opaque="5ccc069c403ebaf9f0171e9517f40e41"',
  );
  expect(challenge.qop).toBe('auth');
  const value = authorization(challenge, {
    method: 'GET',
    uri: '/dir/index.html',
    username: 'Mufasa',
    password: 'Circle Of Life',
    cnonce: '0a4f113b',
  });
  expect(value).toContain('response="6629fae49393a05397450978507c4ef1"');
  expect(value).toContain('opaque="5ccc069c403ebaf9f0171e9517f40e41"');
});

test('without qop the older form is used (RFC 2069 as corrected)', () => {
  const challenge = parseChallenge('Digest realm="r",nonce=abc,algorithm=MD5');
  expect(challenge).toEqual({ realm: 'r', nonce: 'abc', opaque: null, qop: null });
  const value = authorization(challenge, {
    method: 'REGISTER',
    uri: 'sip:h',
    username: 'u',
    password: 'p',
    cnonce: 'x',
  });
  expect(value).not.toContain('cnonce');
});
