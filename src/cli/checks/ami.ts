// What is checked of one Asterisk over its manager interface. Seen on Asterisk 16 and 22; whatever is asked there changes nothing but
// one global variable of its own.
import { AmiError, type AmiErrorCode } from '../../ami/index.ts';
import { certificateMend } from '../../pbx/ami-options.ts';
import type { PbxSettings } from '../../settings/schema.ts';
import { openAmi, type AmiSession } from './ami-session.ts';
import { failed, ok, warning, type Finding } from './finding.ts';

const eventMs = 3000;
const clockWarningMs = 2000;
/** Our own copies of rows are matched with live calls by time; beyond that nothing fits. */
const clockErrorMs = 60_000;
const oldestMajor = 16;
const newestMajor = 23;

/** Every check of one PBX: reachable, login, version, driver, clock, rights to act, rights to hear, events arriving. */
export async function checkAmi(pbx: PbxSettings): Promise<Finding[]> {
  const named = (what: string) => `pbx ${pbx.name}: ${what}`;
  const session = await openAmi(pbx);
  if (session instanceof AmiError) return [failed(named('login'), session.message, loginMend(session, pbx))];
  try {
    const actions = await allowedActions(session);
    return [
      ok(named('login'), `${session.banner} at ${pbx.host}:${pbx.port}`),
      await version(session, named('version'), pbx),
      driver(actions, named('driver')),
      await clock(session, named('clock')),
      writeRights(actions, named('rights to act'), pbx),
      ...(await readRights(session, actions, named, pbx)),
    ];
  } finally {
    await session.close();
  }
}

function loginMend(error: AmiError, { host, port, username, tls }: PbxSettings): string {
  const section = `[${username}] in manager.conf`;
  const mends: Partial<Record<AmiErrorCode, string>> = {
    unreachable: `Check host and port of this pbx; in manager.conf: enabled = yes, bindaddr and port; a firewall between here and ${host}:${port}`,
    'not-ami': `Another program answers at ${host}:${port}, or TLS is on one side only: tls is ${tls} here, see tlsenable in manager.conf`,
    'login-refused': `Check username and secret of this pbx against ${section}, and its permit/deny lines for the address of this machine; then "manager reload"`,
    'login-timeout': `Asterisk accepts connections at ${host}:${port} and does not answer: is it overloaded or hung?`,
  };
  return certificateMend(error) ?? mends[error.code] ?? `Look at Asterisk's log and at ${section}`;
}

/** The actions that this user may use. ListCommands names only those; before 13 it named all. */
async function allowedActions(session: AmiSession): Promise<ReadonlySet<string>> {
  const response = await session.ask('ListCommands');
  return new Set((response?.headers() ?? []).map(([name]) => name.toLowerCase()));
}

async function version(session: AmiSession, name: string, pbx: PbxSettings): Promise<Finding> {
  const response = await session.ask('CoreSettings');
  if (response === null) {
    return warning(name, 'cannot be asked', manager(pbx, 'write', 'reporting'));
  }
  const text = response.get('AsteriskVersion');
  const major = Number(/^(?:certified[-/])?(\d+)/.exec(text)?.[1] ?? NaN);
  if (major >= oldestMajor && major <= newestMajor) return ok(name, `Asterisk ${text}`);
  return warning(
    name,
    `Asterisk ${text} was never tried with`,
    `Asterisk ${oldestMajor} to ${newestMajor} are known to work`,
  );
}

function driver(actions: ReadonlySet<string>, name: string): Finding {
  const found = [
    ...(actions.has('pjsipshowendpoints') ? ['PJSIP'] : []),
    ...(actions.has('sippeers') ? ['SIP (chan_sip)'] : []),
    ...(actions.has('iaxpeers') ? ['IAX2'] : []),
  ];
  if (found.length > 0) return ok(name, found.join(', '));
  return ok(name, 'cannot be asked without the write right "system"; it shows by itself with the first calls');
}

/** The answer to Ping carries Asterisk's time; the best of three trips is the most exact. */
async function clock(session: AmiSession, name: string): Promise<Finding> {
  let best: { tripMs: number; aheadMs: number } | null = null;
  for (let trip = 0; trip < 3; trip += 1) {
    const sentMs = Date.now();
    const response = await session.ask('Ping');
    const gotMs = Date.now();
    const theirsMs = Number(response?.get('Timestamp') || NaN) * 1000;
    const tripMs = gotMs - sentMs;
    if (!Number.isNaN(theirsMs) && (best === null || tripMs < best.tripMs)) {
      best = { tripMs, aheadMs: theirsMs - (sentMs + gotMs) / 2 };
    }
  }
  if (best === null)
    return warning(name, 'Asterisk did not tell its time', 'Compare the clocks of both machines by hand');
  const difference = Math.abs(best.aheadMs);
  const said = `Asterisk's clock is ${(difference / 1000).toFixed(1)} s ${best.aheadMs > 0 ? 'ahead of' : 'behind'} ours`;
  if (difference < clockWarningMs + best.tripMs)
    return ok(name, `the clocks agree to ${Math.ceil(difference + best.tripMs)} ms`);
  const mend = 'Let both machines set their clocks by NTP (timedatectl set-ntp true)';
  return difference < clockErrorMs ? warning(name, said, mend) : failed(name, said, mend);
}

const neededActions = [
  { action: 'CoreShowChannels', right: 'reporting', isEssential: true, why: 'calls in progress at the start' },
  { action: 'Status', right: 'reporting', isEssential: true, why: 'calls in progress at the start' },
  { action: 'Originate', right: 'originate', isEssential: false, why: 'click-to-call' },
  { action: 'Redirect', right: 'call', isEssential: false, why: 'transfers' },
  { action: 'Hangup', right: 'call', isEssential: false, why: 'hanging up' },
];

function writeRights(actions: ReadonlySet<string>, name: string, pbx: PbxSettings): Finding {
  const missing = neededActions.filter(({ action }) => !actions.has(action.toLowerCase()));
  if (missing.length === 0) {
    const louder = actions.has('filter') ? '' : ' (without "system" Asterisk sends several times as many events)';
    return ok(name, `the user may do all that is needed${louder}`);
  }
  const what = [...new Set(missing.map(({ why }) => why))].join(', ');
  const rights = [...new Set(missing.map(({ right }) => right))].join(',');
  const tell = missing.some(({ isEssential }) => isEssential) ? failed : warning;
  return tell(
    name,
    `the user may not: ${missing.map(({ action }) => action).join(', ')} (for ${what})`,
    manager(pbx, 'write', rights),
  );
}

const eventClasses = [
  { name: 'call', isEssential: true, without: 'no call is seen' },
  {
    name: 'dialplan',
    isEssential: false,
    without: 'names of recordings and calls to unregistered phones are not seen',
  },
  { name: 'agent', isEssential: false, without: 'queues are not seen' },
  { name: 'system', isEssential: false, without: 'a restart of Asterisk is noticed late' },
];

/** Classes of which an event can be had without harm, given the right to act. */
const canBeProvoked: ReadonlySet<string> = new Set(['call', 'dialplan', 'system']);

/**
 * Which classes of events this user hears. Asterisk tells it only to those who may run commands; for the others an event of each
 * class is provoked where that is harmless.
 */
async function readRights(
  session: AmiSession,
  actions: ReadonlySet<string>,
  named: (what: string) => string,
  pbx: PbxSettings,
): Promise<Finding[]> {
  const heard = await provoke(session, actions);
  const told = await toldClasses(session, actions, pbx.username);
  const has = (name: string): boolean | null =>
    heard.get(name) === true ? true : (told?.has(name) ?? heard.get(name) ?? null);
  const missing = eventClasses.filter(({ name }) => has(name) === false);
  const unknown = eventClasses.filter(({ name }) => has(name) === null).map(({ name }) => name);

  const rights = named('rights to hear');
  const findings: Finding[] = [];
  if (missing.length > 0) {
    const said = missing.map((one) => `${one.name} (${one.without})`).join(', ');
    const tell = missing.some(({ isEssential }) => isEssential) ? failed : warning;
    findings.push(
      tell(
        rights,
        `events are kept from the user: ${said}`,
        manager(pbx, 'read', missing.map(({ name }) => name).join(',')),
      ),
    );
  }
  const untried = unknown.filter((name) => canBeProvoked.has(name));
  if (untried.length > 0) {
    const mend = `Make sure of read = ${unknown.join(',')} in section [${pbx.username}] of manager.conf, and make a test call`;
    findings.push(
      warning(rights, `it cannot be told whether events of these classes come: ${unknown.join(', ')}`, mend),
    );
  }
  if (findings.length === 0) {
    const rest =
      unknown.length > 0 ? ` as far as it can be tried; a test call shows the rest (${unknown.join(', ')})` : '';
    findings.push(ok(rights, `the user hears all that is needed${rest}`));
  }

  const arrived = [...heard].filter(([, came]) => came).map(([name]) => name);
  const events = named('events');
  if (arrived.length > 0) return [...findings, ok(events, `events arrive (${arrived.join(', ')})`)];
  const mend = 'Check the read rights and eventfilter lines of the user in manager.conf, then "manager reload"';
  return [...findings, (heard.size > 0 ? failed : warning)(events, 'no event arrived', mend)];
}

/** Class, and whether its event came; a class that could not be provoked is absent. */
async function provoke(session: AmiSession, actions: ReadonlySet<string>): Promise<Map<string, boolean>> {
  const asked: [string, Promise<boolean>][] = [
    // Sent to everyone with the class right after the login.
    ['system', session.saw((event) => event.name === 'FullyBooted', eventMs)],
  ];
  if (actions.has('setvar')) {
    const sent = await session.ask('Setvar', { Variable: 'PATCHCORD_DOCTOR', Value: 'checked' });
    const came = (event: { name: string; get(key: string): string }) =>
      event.name === 'VarSet' && event.get('Variable') === 'PATCHCORD_DOCTOR';
    if (sent !== null) asked.push(['dialplan', session.saw(came, eventMs)]);
  }
  if (actions.has('originate')) {
    // To a phone that nobody has: no channel is made and nothing rings, only the failure is told.
    const phone = 'PJSIP/patchcord-doctor';
    const sent = await session.ask('Originate', {
      Channel: phone,
      Application: 'Hangup',
      Async: 'true',
      Timeout: '1000',
    });
    const came = (event: { name: string; get(key: string): string }) =>
      event.name === 'OriginateResponse' && event.get('Channel') === phone;
    if (sent !== null) asked.push(['call', session.saw(came, eventMs)]);
  }
  return new Map(await Promise.all(asked.map(async ([name, saw]): Promise<[string, boolean]> => [name, await saw])));
}

/** The read rights in Asterisk's own words; null when this user may not ask. */
async function toldClasses(
  session: AmiSession,
  actions: ReadonlySet<string>,
  username: string,
): Promise<ReadonlySet<string> | null> {
  if (!actions.has('command') || !/^[\w.-]+$/.test(username)) return null;
  const response = await session.ask('Command', { Command: `manager show user ${username}` });
  const line = response?.all('Output').find((one) => one.includes('read perm:'));
  if (line === undefined) return null;
  const classes = line
    .slice(line.indexOf(':') + 1)
    .split(',')
    .map((one) => one.trim());
  return new Set(classes.includes('all') ? eventClasses.map(({ name }) => name) : classes);
}

function manager({ username }: PbxSettings, kind: 'read' | 'write', rights: string): string {
  return `Add to ${kind} in section [${username}] of manager.conf: ${rights}; then "manager reload" in Asterisk's console`;
}
