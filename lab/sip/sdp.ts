/** Which way the audio goes, as the one who says it sees it. */
export type AudioDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** A session description with A-law audio and telephone events (RFC 4566, RFC 4733). */
export function describeAudio(audio: {
  host: string;
  port: number;
  direction: AudioDirection;
  version: number;
}): string {
  return [
    'v=0',
    `o=- 1 ${audio.version} IN IP4 ${audio.host}`,
    's=lab',
    `c=IN IP4 ${audio.host}`,
    't=0 0',
    `m=audio ${audio.port} RTP/AVP 8 101`,
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-16',
    'a=ptime:20',
    `a=${audio.direction}`,
    '',
  ].join('\r\n');
}

/** Where the other side wants its audio; null when the text describes none. */
export function audioTarget(
  text: string,
): { host: string; port: number; direction: AudioDirection; eventType: number } | null {
  const port = Number(/^m=audio (\d+)/m.exec(text)?.[1] ?? 0);
  const host = /^c=IN IP4 (\S+)/m.exec(text)?.[1];
  if (port === 0 || host === undefined) return null;
  const direction = /^a=(sendrecv|sendonly|recvonly|inactive)/m.exec(text)?.[1] as AudioDirection | undefined;
  const eventType = Number(/^a=rtpmap:(\d+) telephone-event/m.exec(text)?.[1] ?? 101);
  return { host, port, direction: direction ?? 'sendrecv', eventType };
}
