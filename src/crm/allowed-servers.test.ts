import { describe, expect, it } from 'vitest';
import { mayAsk } from './allowed-servers.ts';

const may = mayAsk(['https://crm.example.com/rest/1/x/', 'http://10.0.0.5:8080', 'https://*.cloud.example']);

describe('a server', () => {
  it.each([
    'https://crm.example.com/other',
    'https://crm.example.com:443/',
    'http://10.0.0.5:8080/x',
    'https://a.cloud.example/',
    'https://a.b.cloud.example/',
    'https://A.CLOUD.example/',
  ])('%s may be asked', (url) => {
    expect(may(new URL(url))).toBe(true);
  });

  it.each([
    'http://crm.example.com/',
    'https://crm.example.com:8443/',
    'https://evil.example.com/',
    'https://crm.example.com.evil.example/',
    'https://crm.example.com@evil.example/',
    'http://10.0.0.5/',
    'http://a.cloud.example/',
    'https://a.cloud.example:8443/',
    'https://cloud.example/',
    'https://evilcloud.example/',
    'https://a.cloud.example.evil.example/',
  ])('%s may not', (url) => {
    expect(may(new URL(url))).toBe(false);
  });
});
