// Files that are not decoded here: which of them a player may know, and how long an mp3 lasts.
import { createReadStream } from 'node:fs';
import { Mp3Frames } from './mp3-frames.ts';

const contentTypes: Record<string, string> = {
  mp3: 'audio/mpeg',
  ogg: 'audio/ogg',
  opus: 'audio/ogg',
  flac: 'audio/flac',
  m4a: 'audio/mp4',
  webm: 'audio/webm',
  wav: 'audio/wav',
};

/** For a small-letter extension. */
export function contentTypeOf(extension: string): string {
  return contentTypes[extension] ?? 'application/octet-stream';
}

/** By its frames; null when it has none. @throws NodeJS.ErrnoException */
export async function mp3DurationMs(path: string): Promise<number | null> {
  const frames = new Mp3Frames();
  for await (const chunk of createReadStream(path)) frames.add(chunk as Buffer);
  return frames.count === 0 ? null : Math.round(frames.durationMs);
}
