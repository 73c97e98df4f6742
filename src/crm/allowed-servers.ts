// Which servers a connection may ask.

/** True for a URL that may be asked. */
export type MayAsk = (url: URL) => boolean;

/**
 * @param allowed URLs: scheme, host and port count. A host `*.example.com` stands for every name below `example.com` (and not for itself):
 * a portal in a vendor's cloud may be given another name there.
 */
export function mayAsk(allowed: readonly string[]): MayAsk {
  const origins = new Set<string>();
  const below: { scheme: string; suffix: string; port: string }[] = [];
  for (const text of allowed) {
    const { origin, protocol, hostname, port } = new URL(text);
    if (hostname.startsWith('*.')) below.push({ scheme: protocol, suffix: hostname.slice(1), port });
    else origins.add(origin);
  }
  return ({ origin, protocol, hostname, port }) =>
    origins.has(origin) ||
    below.some((one) => protocol === one.scheme && port === one.port && hostname.endsWith(one.suffix));
}
