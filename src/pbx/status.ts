// How the connection to one Asterisk is, in words, with the mend.
import { certificateMend } from './ami-options.ts';
import type { LiveStatus } from './live.ts';
import type { RecorderStatus } from './recorder.ts';

export interface PartState {
  part: string;
  level: 'ok' | 'warning' | 'error';
  message: string;
  mend: string | null;
}

/** What to do about an AMI error, by its code. */
const mends: Record<string, string> = {
  'login-refused':
    'check pbx.username and pbx.secret against manager.conf, and that its permit lists this host; then `manager reload`',
  unreachable:
    'check pbx.host, pbx.port and pbx.tls, that Asterisk runs, and enabled=yes, bindaddr and tlsenable in manager.conf',
  'login-timeout':
    'whatever listens at pbx.host and pbx.port does not answer: check pbx.port and pbx.tls, and whether Asterisk hangs',
  refused: 'give the manager user read = system,call,dialplan,agent,dtmf and write = system,reporting in manager.conf',
  'filter-refused':
    'give the manager user write = system in manager.conf, or accept more traffic: nothing is lost without the filter',
  'not-ami': 'pbx.port is not that of the manager interface (usually 5038)',
};

/** @param nowMs unix ms */
export function pbxStatus(name: string, live: LiveStatus, recorder: RecorderStatus, nowMs: number): PartState[] {
  return [connection(name, live, nowMs), ...storing(name, recorder)];
}

function connection(name: string, live: LiveStatus, nowMs: number): PartState {
  const part = `pbx ${name}`;
  const error = live.lastError;
  const mend = error
    ? (certificateMend(error) ?? mends[error.code] ?? 'it is tried again by itself; see the log')
    : null;
  if (live.state !== 'up') {
    const message = error ? `not connected: ${error.message}` : 'connecting';
    return { part, level: error ? 'error' : 'warning', message, mend: mend ?? 'it should be there in a moment' };
  }
  if (error?.code === 'refused') {
    return {
      part,
      level: 'error',
      message: `connected, but it cannot be seen which calls there are: ${error.message}`,
      mend,
    };
  }
  if (error?.code === 'filter-refused') {
    return { part, level: 'warning', message: `connected, but more is heard than needed: ${error.message}`, mend };
  }
  const quietMs = live.lastEventAtMs === null ? null : nowMs - live.lastEventAtMs;
  const heard = quietMs === null ? 'no event yet' : `last event ${Math.round(quietMs / 1000)} s ago`;
  return {
    part,
    level: 'ok',
    message: `connected (manager ${live.version ?? '?'}), ${live.devices} devices, ${heard}`,
    mend: null,
  };
}

function storing(name: string, recorder: RecorderStatus): PartState[] {
  if (!recorder.problem) return [];
  const { message, mend } = recorder.problem;
  return [
    {
      part: `calls of ${name}`,
      level: 'error',
      message: `${recorder.waiting} facts wait in memory, the database does not take them: ${message}`,
      mend: mend ?? 'see the setting database and the disk',
    },
  ];
}
