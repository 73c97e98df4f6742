import { describe, expect, it } from 'vitest';
import { kindOfAddress } from './addresses.ts';

describe('an address', () => {
  it.each([
    '127.0.0.1',
    '127.8.8.8',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.10',
    '100.64.1.1',
    '169.254.169.254',
    '::1',
    'fd00::1',
    'fe80::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:a9fe:a9fe',
    '64:ff9b::10.0.0.1',
    '2002:7f00:1::',
    '64:ff9b:1::a00:1',
  ])('%s is of the inner network', (address) => {
    expect(kindOfAddress(address)).toBe('private');
  });

  it.each([
    '0.0.0.0',
    '0.1.2.3',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    'ff02::1',
    '::ffff:0.0.0.0',
    'fe80::1%eth0',
    'x',
  ])('%s is nobody’s', (address) => {
    expect(kindOfAddress(address)).toBe('never');
  });

  it.each(['8.8.8.8', '172.15.0.1', '172.32.0.1', '192.169.0.1', '100.128.0.1', '2a00:1450::1', '::ffff:8.8.8.8'])(
    '%s is public',
    (address) => {
      expect(kindOfAddress(address)).toBe('public');
    },
  );
});
