import { readFileSync } from 'node:fs';
import type { AmiError, AmiOptions } from '../ami/index.ts';
import type { PbxSettings } from '../settings/schema.ts';

/**
 * How to reach an Asterisk, from its settings.
 * @throws Error of the file system when `tlsCaFile` cannot be read
 */
export function amiOptionsOf({ host, port, username, secret, tls, tlsCaFile }: PbxSettings): AmiOptions {
  const address = { host, port, username, secret };
  if (!tls) return address;
  // Asterisk's own certificate names whatever it was made with; with the file given, that very certificate is what is trusted.
  const trusted = tlsCaFile === undefined ? {} : { ca: readFileSync(tlsCaFile), checkServerIdentity: () => undefined };
  return { ...address, tls: trusted };
}

/** What to do when TLS fails for the certificate, which Asterisk usually signed itself; null when it failed for something else. */
export function certificateMend(error: AmiError): string | null {
  if (error.code !== 'unreachable' || !/certificate|self[- ]signed/i.test(error.message)) return null;
  return 'give pbx.tlsCaFile the certificate that Asterisk shows (tlscertfile in manager.conf), or the one that signed it';
}
