// Which addresses outgoing requests may go to.
import { BlockList, isIP } from 'node:net';

/**
 * - `public`: anybody's.
 * - `private`: this machine, the inner network, a neighbour on the link, or where clouds keep a machine's credentials (169.254.169.254).
 * - `never`: no single machine's: unspecified, multicast, broadcast, reserved.
 */
export type AddressKind = 'public' | 'private' | 'never';

// IANA's special-purpose registries (RFC 6890 and its updates).
const privateRanges = list([
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  // A translator of the network's own to IPv4 (RFC 8215).
  ['64:ff9b:1::', 48],
]);
const neverRanges = list([
  ['0.0.0.0', 8],
  ['192.0.2.0', 24],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['100::', 64],
  ['2001:db8::', 32],
  ['ff00::', 8],
]);
/** Prefixes of IPv6 addresses that stand for an IPv4 one, and the first of the two groups that hold it. */
const wrappings: readonly (readonly [BlockList, number])[] = [
  [list([['::ffff:0:0', 96]]), 6],
  [list([['64:ff9b::', 96]]), 6],
  [list([['2002::', 16]]), 1],
];

/** @param address IPv4 or IPv6, without brackets; anything else is `never` */
export function kindOfAddress(address: string): AddressKind {
  const family = isIP(address);
  if (family === 0 || address.includes('%')) return 'never';
  if (family === 6) {
    const wrapped = wrappings.find(([range]) => range.check(address, 'ipv6'));
    if (wrapped) return kindOfAddress(innerIpv4(address, wrapped[1]));
  }
  const type = family === 6 ? 'ipv6' : 'ipv4';
  if (neverRanges.check(address, type)) return 'never';
  return privateRanges.check(address, type) ? 'private' : 'public';
}

function innerIpv4(address: string, group: number): string {
  const all = groupsOf(address);
  const [high = 0, low = 0] = [all[group], all[group + 1]];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** The eight groups of an IPv6 address; one that ends as IPv4 is written out. */
function groupsOf(address: string): number[] {
  // The URL class writes every form of an address in one way.
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = plain.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => '0');
  return [...first, ...zeros, ...last].map((group) => Number.parseInt(group, 16));
}

function list(ranges: readonly (readonly [string, number])[]): BlockList {
  const made = new BlockList();
  for (const [network, prefix] of ranges) made.addSubnet(network, prefix, network.includes(':') ? 'ipv6' : 'ipv4');
  return made;
}
