import type { AsteriskVersion } from '../places.ts';
import type { Company } from '../company.ts';

/** Whose dialplan: one written by hand, or one that behaves as FreePBX's. */
export type Dialplan = 'plain' | 'freepbx';

/** What an Asterisk of the lab is told about itself. */
export interface Plan {
  version: AsteriskVersion;
  dialplan: Dialplan;
  companies: Company[];
  /** Loopback address of its own: SIP on 5060, manager on 5038. */
  host: string;
  /** Loopback address of the trunk's other end, port 5060. */
  trunkHost: string;
  folders: { run: string; etc: string; modules: string; data: string };
  users: ManagerUser[];
  /** Where call records go besides the CSV files: a database, or nowhere. */
  records: string | null;
}

/** A user of the manager interface. */
export interface ManagerUser {
  username: string;
  secret: string;
  read: string;
  write: string;
}

/** The users that every Asterisk of the lab has: all rights, the rights that Patchcord asks for, and none. */
export const managerUsers = {
  full: { username: 'full', secret: 'full-secret', read: 'all', write: 'all' },
  least: {
    username: 'patchcord',
    secret: 'patchcord-secret',
    read: 'system,call,agent,dialplan',
    write: 'call,originate,reporting',
  },
  none: { username: 'nothing', secret: 'nothing-secret', read: '', write: '' },
} satisfies Record<string, ManagerUser>;

/** The files that do not depend on the dialplan: name and text. */
export function serverFiles(plan: Plan): Record<string, string> {
  return {
    'asterisk.conf': asterisk(plan),
    'modules.conf': modules(plan),
    'logger.conf': '[general]\ndateformat=%F %T.%3q\n[logfiles]\nmessages => notice,warning,error\n',
    'manager.conf': manager(plan),
    'rtp.conf': '[general]\nrtpstart=20000\nrtpend=29999\nstrictrtp=no\n',
    'musiconhold.conf': `[general]\n[default]\nmode=files\ndirectory=${plan.folders.run}/moh\n`,
    'features.conf': features,
    'res_parking.conf': parking(plan),
    'confbridge.conf': '[general]\n[default_user]\ntype=user\nquiet=yes\n[default_bridge]\ntype=bridge\n',
    'cdr.conf': cdr,
    'cdr_manager.conf': '[general]\nenabled=yes\n',
    'cel.conf': cel,
    'cel_custom.conf': `[mappings]\nMaster.csv => ${celColumns.map((column) => `\${CSV_QUOTE(\${${column}})}`).join(',')}\n`,
    'indications.conf': tones,
    'udptl.conf': '[general]\n',
    'stasis.conf': '[threadpool]\ninitial_size=2\n',
  };
}

function asterisk(plan: Plan): string {
  const { run, etc, modules, data } = plan.folders;
  return `[directories]
astcachedir => ${run}/cache
astetcdir => ${etc}
astmoddir => ${modules}
astvarlibdir => ${run}/lib
astdbdir => ${run}/lib
astkeydir => ${run}/lib
astdatadir => ${data}
astagidir => ${run}/agi-bin
astspooldir => ${run}/spool
astrundir => ${run}
astlogdir => ${run}/log
astsbindir => ${run}
[options]
documentation_language = en_US
`;
}

/** Modules that would open ports, look for hardware or write records where nobody reads them. */
function modules(plan: Plan): string {
  const unwanted = `
    chan_sip chan_iax2 chan_skinny chan_unistim chan_mgcp chan_motif chan_console chan_websocket chan_alsa
    chan_oss chan_dahdi chan_mobile chan_ooh323 chan_audiosocket pbx_dundi pbx_lua pbx_ael res_snmp res_xmpp
    res_hep res_hep_pjsip res_hep_rtcp res_phoneprov res_fax res_fax_spandsp res_prometheus res_statsd
    res_stun_monitor res_smdi res_adsi app_minivm app_voicemail_imap app_voicemail_odbc app_directory_odbc
    app_festival app_jack app_sms app_alarmreceiver app_agent_pool res_config_ldap res_config_sqlite3
    res_config_pgsql res_config_odbc res_config_curl res_pjsip_phoneprov_provider res_corosync res_ari cdr_radius
    cdr_tds cdr_sqlite3_custom cdr_odbc cel_radius cel_tds cel_sqlite3_custom res_calendar res_calendar_caldav
    res_calendar_ews res_calendar_exchange res_calendar_icalendar app_test app_meetme res_resolver_unbound
    res_rtp_multicast res_geolocation res_pjsip_geolocation res_timing_pthread
  `;
  const pgsql = plan.records?.startsWith('postgres') === true ? [] : ['cel_pgsql', 'cdr_pgsql'];
  const odbc =
    plan.records?.startsWith('mysql') === true
      ? []
      : ['cel_odbc', 'cdr_adaptive_odbc', 'func_odbc', 'res_odbc', 'res_odbc_transaction'];
  const names = [...unwanted.trim().split(/\s+/), ...pgsql, ...odbc].map((name) => `noload => ${name}.so\n`);
  return `[modules]\nautoload=yes\n${names.join('')}`;
}

function manager(plan: Plan): string {
  const users = plan.users.map(
    ({ username, secret, read, write }) =>
      `[${username}]\nsecret=${secret}\nread=${read}\nwrite=${write}\nwritetimeout=10000\n`,
  );
  return `[general]\nenabled=yes\nport=5038\nbindaddr=${plan.host}\n${users.join('')}`;
}

const features = `[general]
transferdigittimeout=2
xfersound=beep
xferfailsound=beeperr
pickupexten=*8
featuredigittimeout=600
atxfernoanswertimeout=2
atxferdropcall=no
atxferloopdelay=1
atxfercallbackretries=1
atxferabort=*1
atxfercomplete=*2
atxferthreeway=*3
atxferswap=*4
[featuremap]
blindxfer=##
atxfer=*2
disconnect=*0
automixmon=*5
parkcall=#72
`;

/** One lot per firm, so that slots are known beforehand. The call comes back to who parked it. */
function parking(plan: Plan): string {
  const lots = plan.companies.map(
    (firm) => `[lot${firm.index}]
parkext=7${firm.index}0
parkpos=${firm.slot(1)}-${firm.slot(9)}
context=parked${firm.index}
parkingtime=2
comebacktoorigin=yes
comebackdialtime=3
courtesytone=
`,
  );
  return `[general]\n[default]\nparkext=790\nparkpos=791-799\ncontext=parked\n${lots.join('')}`;
}

/** Without tones Playtones() fails and the caller hears nothing of what the dialplan meant to say. */
const tones = `[general]
country=us
[us]
description=United States
ringcadence=2000,4000
dial=350+440
busy=480+620/500,0/500
ring=440+480/2000,0/4000
congestion=480+620/250,0/250
`;

const cdr = `[general]
enable=yes
unanswered=yes
congestion=yes
[csv]
usegmtime=no
loguniqueid=yes
loguserfield=yes
newcdrcolumns=yes
`;

const cel = `[general]
enable=yes
apps=dial,queue,followme,voicemail,playback,background,waitexten,confbridge,park,parkedcall,pickup,pickupchan,chanspy,mixmonitor,hangup
events=ALL
dateformat=%F %T.%3q
[manager]
enabled=yes
`;

/** The columns of `cel-csv`, in the words of cel_custom. */
const celColumns = [
  'eventtype',
  'eventtime',
  'CALLERID(name)',
  'CALLERID(num)',
  'CALLERID(ANI)',
  'CALLERID(RDNIS)',
  'CALLERID(DNID)',
  'CHANNEL(exten)',
  'CHANNEL(context)',
  'CHANNEL(channame)',
  'CHANNEL(appname)',
  'CHANNEL(appdata)',
  'CHANNEL(amaflags)',
  'CHANNEL(accountcode)',
  'CHANNEL(uniqueid)',
  'CHANNEL(linkedid)',
  'BRIDGEPEER',
  'CHANNEL(userfield)',
  'userdeftype',
  'eventextra',
];
