import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The mirrors of Debian itself that this machine's apt uses, in order, each once: the addresses in the source files whose
 * path ends in `/debian` (the security and third-party archives have other names).
 */
export function debianMirrors(folder = '/etc/apt'): string[] {
  const parts = join(folder, 'sources.list.d');
  const files = [
    join(folder, 'sources.list'),
    ...(existsSync(parts) ? readdirSync(parts) : []).map((f) => join(parts, f)),
  ];
  const texts = files.filter((file) => /\.(list|sources)$/.test(file) && existsSync(file));
  return [...new Set(texts.flatMap((file) => mirrorsIn(readFileSync(file, 'utf8'))))];
}

/** The same out of one source file, in the one-line or in the deb822 form (man sources.list). */
export function mirrorsIn(text: string): string[] {
  const lines = text.split('\n').filter((line) => /^(deb\s|URIs:)/.test(line));
  const addresses = lines.flatMap((line) => line.match(/\bhttps?:\/\/\S+/g) ?? []);
  return addresses.map((address) => address.replace(/\/+$/, '')).filter((address) => address.endsWith('/debian'));
}
