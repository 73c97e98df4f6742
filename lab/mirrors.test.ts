import { expect, test } from 'vitest';
import { mirrorsIn } from './mirrors.ts';

test('the deb822 form names several addresses in a line, comments do not count', () => {
  const text = [
    'Types: deb',
    '# http://old.test/archive/debian/',
    'URIs: http://a.test/debian/ https://b.test/debian',
    'Suites: bookworm',
    '',
    'URIs: http://a.test/debian-security',
  ].join('\n');
  expect(mirrorsIn(text)).toEqual(['http://a.test/debian', 'https://b.test/debian']);
});

test('the one-line form may carry options, source packages and other archives do not count', () => {
  const text = [
    'deb [signed-by=/usr/share/keyrings/x.gpg arch=amd64] http://a.test/debian bookworm main',
    'deb-src http://c.test/debian bookworm main',
    'deb http://d.test/packages stable main',
  ].join('\n');
  expect(mirrorsIn(text)).toEqual(['http://a.test/debian']);
});
