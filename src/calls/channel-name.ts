// What a channel's name tells: PJSIP/101-0000002a, Local/101@from-queue-00000001;2, DAHDI/i1/79161234567-5, CBAnn/300-00000012;2.

export interface ChannelName {
  readonly tech: string;
  readonly endpoint: string;
  /** The half of a Local pair; 0 for every other channel. */
  readonly half: 0 | 1 | 2;
  /** The same for both halves of a Local pair. */
  readonly pair: string;
  /** False for channels that no person holds: conference announcers, message queues and the like. */
  readonly person: boolean;
}

/** No dialplan puts more Local pairs behind one another; a broken stream may tie them into a ring. */
export const MAX_DEPTH = 8;

/** Channel technologies that only Asterisk itself uses. */
const machinery = new Set([
  'Local',
  'CBAnn',
  'CBRec',
  'Announcer',
  'Recorder',
  'Message',
  'MulticastRTP',
  'UnicastRTP',
  'AudioSocket',
  'WebSocket',
  'Surrogate',
  'Bridge',
  'Parked',
  'Snoop',
  'Agent',
  'OutgoingSpoolFailed',
]);

export function parseChannelName(raw: string): ChannelName {
  // Asterisk renames for a moment: AsyncGoto/PJSIP/101-…, PJSIP/101-…<ZOMBIE>.
  let name = raw.startsWith('AsyncGoto/') ? raw.slice(10) : raw;
  const mark = name.indexOf('<');
  if (mark > 0) name = name.slice(0, mark);
  const slash = name.indexOf('/');
  const tech = slash < 0 ? '' : name.slice(0, slash);
  const rest = name.slice(slash + 1);
  const dash = rest.lastIndexOf('-');
  const endpoint = dash < 0 ? rest : rest.slice(0, dash);
  if (tech === 'Local') {
    const half = name.endsWith(';1') ? 1 : name.endsWith(';2') ? 2 : 0;
    return { tech, endpoint, half, pair: half ? name.slice(0, -2) : name, person: false };
  }
  // DAHDI/i1/number-5 and mISDN/1/number: the span is the endpoint.
  const inner = tech === 'DAHDI' || tech === 'mISDN' ? endpoint.indexOf('/') : -1;
  return {
    tech,
    endpoint: inner > 0 ? endpoint.slice(0, inner) : endpoint,
    half: 0,
    pair: '',
    person: tech !== '' && !machinery.has(tech),
  };
}

/** Without settings: a device whose name is all digits (up to 6) is an extension, every other one a trunk (docs: `patchcord replay`). */
export function guessExtension(_tech: string, endpoint: string): string | null {
  return /^\d{1,6}$/.test(endpoint) ? endpoint : null;
}

/**
 * The number inside a dial string: `79161234567@trunk`, `trunk/79161234567`, `101/sip:101@10.0.0.5:5060`, `g0/79161234567`,
 * `PJSIP/101`, `Local/101@from-queue/n`.
 */
export function dialledNumber(dialString: string): string {
  let text = dialString;
  const sip = text.indexOf('sip:');
  if (sip >= 0) return text.slice(sip + 4).split(/[@;:]/, 1)[0] ?? '';
  const at = text.indexOf('@');
  if (at >= 0) text = text.slice(0, at);
  const slash = text.lastIndexOf('/');
  return slash >= 0 ? text.slice(slash + 1) : text;
}

/** Prefixes that FreePBX puts before the number in its own Local channels, and the mark it puts behind an outside one. */
export function localNumber(endpoint: string): string {
  const at = endpoint.indexOf('@');
  const exten = at < 0 ? endpoint : endpoint.slice(0, at);
  return exten.replace(/^(?:LC-|FMPR-|FMGL-|RG-[^-]*-)/, '').replace(/#$/, '');
}
