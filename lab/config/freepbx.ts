import { type Company, lines } from '../company.ts';
import type { AsteriskVersion } from '../places.ts';

/**
 * A dialplan that behaves as FreePBX's does, in our own words: its contexts, its order of steps, its variables, its Local
 * channels. FreePBX 16 (Asterisk 16) calls macros with Macro(), FreePBX 17 (Asterisk 22) the same contexts with Gosub(), and
 * dials from extra contexts whose extension is the dialled one.
 *
 * People: 1, 2, 3 without voicemail, 4 (phone off) and 6 (two phones) with it, 5 with follow-me to the mobile.
 */
export function freepbxFiles(version: AsteriskVersion, firms: Company[]): Record<string, string> {
  return {
    'extensions.conf': `${globals}${macros(version)}${shared(version)}${firms.map((firm) => firmContexts(version, firm)).join('')}`,
    'queues.conf': `[general]\nautofill=yes\nshared_lastcall=yes\n${firms.map(queue).join('')}`,
    'voicemail.conf': `[general]\nformat=wav\nmaxsecs=20\nminsecs=0\nmaxsilence=0\n[default]\n${firms.map(mailboxes).join('')}`,
  };
}

/** What FreePBX keeps in AstDB about its extensions: family, key, value. */
export function freepbxDatabase(firm: Company): [family: string, key: string, value: string][] {
  return [1, 2, 3, 4, 5, 6].flatMap((person): [string, string, string][] => {
    const extension = firm.extension(person);
    return [
      ['AMPUSER', `${extension}/cidname`, `Operator ${extension}`],
      ['AMPUSER', `${extension}/cidnum`, extension],
      ['AMPUSER', `${extension}/device`, extension],
      ['AMPUSER', `${extension}/voicemail`, hasVoicemail(person) ? 'default' : 'novm'],
      ['AMPUSER', `${extension}/followme/ddial`, person === 5 ? 'DIRECT' : 'EXTENSION'],
      ['DEVICE', `${extension}/dial`, `PJSIP/${extension}`],
      ['DEVICE', `${extension}/tech`, 'pjsip'],
      ['DEVICE', `${extension}/type`, 'fixed'],
      ['DEVICE', `${extension}/user`, extension],
    ];
  });
}

function hasVoicemail(person: number): boolean {
  return person === 4 || person === 6;
}

const globals = `[general]
static=yes
writeprotect=yes
[globals]
TRANSFER_CONTEXT=from-internal-xfer
RINGTIMER=3
TRUNK_OPTIONS=T
`;

/** Names of the firm's queue, ring group and so on: what FreePBX calls extensions too. */
function numbers(firm: Company) {
  return { queue: `40${firm.index}`, group: `50${firm.index}`, hunt: `51${firm.index}` };
}

function queue(firm: Company): string {
  const members = [1, 2].map((person) => {
    const extension = firm.extension(person);
    return `member => Local/${extension}@from-queue/n,0,Operator ${extension},hint:${extension}@ext-local\n`;
  });
  return `[${numbers(firm).queue}]\nstrategy=ringall\ntimeout=5\nretry=1\nringinuse=no\njoinempty=yes\ncontext=\n${members.join('')}`;
}

function mailboxes(firm: Company): string {
  return [4, 6].map((person) => `${firm.extension(person)} => 1234,Operator ${firm.extension(person)}\n`).join('');
}

/** A call of a macro, and the end of one, in the words of the release. */
function words(version: AsteriskVersion) {
  return {
    call: (name: string, ...args: string[]): string =>
      version === 22 ? `Gosub(macro-${name},s,1(${args.join(',')}))` : `Macro(${[name, ...args].join(',')})`,
    end: version === 22 ? 'Return()' : 'MacroExit()',
    /** Release 17 dials from a context of its own; 16 right in the macro. */
    dial: (context: string, exten: string, what: string): string =>
      version === 22 ? `Gosub(${context},${exten},1(${what}))` : `Dial(${what})`,
  };
}

/** An extension with its steps; a step may have a label: `label: Step()`. */
function steps(exten: string, ...list: string[]): string {
  const [first, ...others] = list
    .map((step) => /^(?:([a-z]+): )?(.*)$/s.exec(step))
    .map((found) => [found?.[1], found?.[2]]);
  const label = (name: string | undefined): string => (name === undefined ? '' : `(${name})`);
  return [
    `exten => ${exten},1${label(first?.[0])},${first?.[1]}\n`,
    ...others.map(([name, step]) => ` same => n${label(name)},${step}\n`),
  ].join('');
}

function macros(version: AsteriskVersion): string {
  const { call, end, dial } = words(version);
  const contacts = '${PJSIP_DIAL_CONTACTS(${DEXTEN})}';
  return [
    '[macro-user-callerid]\n',
    steps(
      's',
      'Set(TOUCH_MONITOR=${UNIQUEID})',
      'Set(AMPUSER=${IF($["${AMPUSER}" = ""]?${CALLERID(number)}:${AMPUSER})})',
      'Set(AMPUSERCIDNAME=${DB(AMPUSER/${AMPUSER}/cidname)})',
      'ExecIf($["${AMPUSERCIDNAME}" = ""]?Set(__CDR_CNUM=${CALLERID(number)}))',
      'ExecIf($["${AMPUSERCIDNAME}" != ""]?Set(CALLERID(all)="${AMPUSERCIDNAME}" <${AMPUSER}>))',
      'Set(CDR(cnum)=${CALLERID(num)})',
      'Set(CDR(cnam)=${CALLERID(name)})',
      end,
    ),
    '[macro-exten-vm]\n',
    steps(
      's',
      call('user-callerid'),
      'Set(RingGroupMethod=none)',
      'Set(__EXTTOCALL=${ARG2})',
      'Set(__PICKUPMARK=${ARG2})',
      'Set(VMBOX=${ARG1})',
      'Gosub(sub-record-check,s,1(exten,${EXTTOCALL},dontcare))',
      call('dial-one', '${RINGTIMER}', 'HhTtr', '${EXTTOCALL}'),
      `ExecIf($["\${VMBOX}" != "novm" & "\${DIALSTATUS}" != "ANSWER"]?${version === 22 ? 'Gosub' : 'Macro'}(${version === 22 ? 'macro-vm,s,1(${VMBOX},${DIALSTATUS})' : 'vm,${VMBOX},${DIALSTATUS}'}))`,
      'Goto(s-${DIALSTATUS},1)',
    ),
    steps('s-BUSY', 'Playtones(busy)', 'Busy(1)', end),
    steps('s-CHANUNAVAIL', 'Playtones(congestion)', 'Congestion(1)', end),
    steps('s-CONGESTION', 'Playtones(congestion)', 'Congestion(1)', end),
    steps('_s-.', end),
    '[macro-dial-one]\n',
    steps(
      's',
      'Set(DEXTEN=${ARG3})',
      'Set(DIALSTATUS_CW=)',
      'GotoIf($["${DB(DND/${DEXTEN})}" != ""]?dnd)',
      'GotoIf($["${DB(CF/${DEXTEN})}" != ""]?forward)',
      `Set(DSTRING=${contacts})`,
      'GotoIf($["${DSTRING}" = ""]?off)',
      call('dialout-one-predial-hook'),
      dial('dialOne-with-exten', '${DEXTEN}', '${DSTRING},${ARG1},${ARG2}Ib(func-apply-sipheaders^s^1)'),
      end,
      'dnd: Set(DIALSTATUS=BUSY)',
      end,
      'off: Set(DIALSTATUS=CHANUNAVAIL)',
      end,
      'forward: Set(__FORWARDEDBY=${DEXTEN})',
      'Goto(from-internal,${DB(CF/${DEXTEN})},1)',
    ),
    '[macro-dial]\n',
    steps(
      's',
      'NoOp(${ARG3})',
      call('dial-ringall-predial-hook'),
      dial('dial-with-exten', '${DIALGROUP}', '${ARG3},${ARG1},${ARG2}Ib(func-apply-sipheaders^s^1)'),
      end,
    ),
    '[macro-simple-dial]\n',
    steps('s', 'Set(__EXTTOCALL=${ARG1})', call('dial-one', '${ARG2}', 'Hhtr', '${EXTTOCALL}'), end),
    '[macro-vm]\n',
    steps('s', 'VoiceMail(${ARG1}@default,s)', 'Hangup()'),
    '[macro-dialout-trunk]\n',
    steps(
      's',
      'Set(DIAL_TRUNK=${ARG1})',
      'Set(DIAL_NUMBER=${ARG2})',
      'Set(OUTNUM=${ARG2})',
      call('outbound-callerid', '${DIAL_TRUNK}'),
      'Set(CONNECTEDLINE(num,i)=${DIAL_NUMBER})',
      'Set(CONNECTEDLINE(name,i)=CID:${CALLERID(number)})',
      call('dialout-trunk-predial-hook'),
      dial(
        'trunk-dial-with-exten',
        '${OUTNUM}',
        'PJSIP/${OUTNUM}@trunk,6,${TRUNK_OPTIONS}b(func-apply-sipheaders^s^1)',
      ),
      'Goto(s-${DIALSTATUS},1)',
    ),
    steps('s-BUSY', 'Playtones(busy)', 'Busy(1)', end),
    steps('s-NOANSWER', 'Playtones(congestion)', 'Congestion(1)', end),
    steps('_s-.', end),
    '[macro-outbound-callerid]\n',
    steps(
      's',
      'Set(CDR(cnum)=${AMPUSER})',
      'Set(CALLERID(all)=7495100${FIRM}000)',
      'Set(CDR(outbound_cnum)=${CALLERID(num)})',
      'Set(CDR(outbound_cnam)=${CALLERID(name)})',
      end,
    ),
    '[macro-outisbusy]\n',
    steps('s', 'Playback(all-circuits-busy-now)', 'Congestion(1)', call('hangupcall')),
    '[macro-hangupcall]\n',
    steps('s', 'GotoIf($["${USE_CONFIRMATION}" = ""]?hang)', 'NoOp()', 'hang: Hangup()', end),
    ...['dialout-one-predial-hook', 'dial-ringall-predial-hook', 'dialout-trunk-predial-hook'].map(
      (name) => `[macro-${name}]\n${steps('s', end)}`,
    ),
  ].join('');
}

/** What does not depend on the firm. */
function shared(version: AsteriskVersion): string {
  const { call } = words(version);
  const dialling = ['dialOne-with-exten', 'dial-with-exten', 'trunk-dial-with-exten'];
  return [
    ...(version === 22
      ? dialling.map((name) => `[${name}]\n${steps('_[0-9A-Za-z].', 'Dial(${ARG1},${ARG2},${ARG3})', 'Return()')}`)
      : []),
    '[func-apply-sipheaders]\n',
    steps('s', 'NoOp(Applying SIP Headers to channel ${CHANNEL})', 'Return()'),
    '[sub-record-check]\n',
    steps(
      's',
      'GotoIf($["${REC_STATUS}" = "RECORDING"]?done)',
      'Set(__YEAR=${STRFTIME(${EPOCH},,%Y)})',
      'Set(__FROMEXTEN=${CALLERID(number)})',
      'Set(__CALLFILENAME=${ARG1}-${ARG2}-${FROMEXTEN}-${STRFTIME(${EPOCH},,%Y%m%d-%H%M%S)}-${UNIQUEID})',
      'GotoIf($["${ARG3}" = "force"]?record)',
      'done: Return()',
      'record: Set(__REC_STATUS=RECORDING)',
      'Set(CDR(recordingfile)=${CALLFILENAME}.wav)',
      'MixMonitor(${STRFTIME(${EPOCH},,%Y/%m/%d)}/${CALLFILENAME}.wav,abi(LOCAL_MIXMON_ID))',
      'Return()',
    ),
    '[from-queue]\n',
    steps(
      '_1XX',
      'Set(QAGENT=${EXTEN})',
      'Set(__FROMQ=true)',
      'Goto(${IF($["${FROMQUEUEEXTEN}" = ""]?none:${FROMQUEUEEXTEN})},1)',
    ),
    steps('_4XX', 'Goto(from-internal,${QAGENT},1)'),
    steps('none', 'Goto(from-internal,${QAGENT},1)'),
    '[from-internal]\ninclude => from-internal-xfer\n',
    '[from-internal-xfer]\ninclude => ext-findmefollow\ninclude => ext-local\ninclude => ext-group\ninclude => ext-queues\n',
    'include => findmefollow-ringallv2\ninclude => app-pickup\ninclude => outbound-allroutes\n',
    steps('h', call('hangupcall')),
    '[app-pickup]\n',
    steps('_**X.', call('user-callerid'), 'Pickup(${EXTEN:2}@from-internal&${EXTEN:2}@PICKUPMARK)', 'Hangup()'),
    '[outbound-allroutes]\ninclude => outrt-1\n[outrt-1]\n',
    steps(
      '_7XXXXXXXXXX',
      call('user-callerid'),
      'Gosub(sub-record-check,s,1(out,${EXTEN},force))',
      'Set(_ROUTENAME=outside)',
      'Set(__PICKUPMARK=${EXTEN})',
      call('dialout-trunk', '1', '${EXTEN}', '', 'off'),
      call('outisbusy'),
    ),
    '[app-blackhole]\n',
    steps('hangup', 'NoOp(Blackhole Dest: Hangup)', 'Hangup()'),
    '[ext-did-catchall]\n',
    steps('s', 'NoOp(No DID or CID Match)', 'Answer()', 'Wait(1)', 'Playback(ss-noservice)', 'Hangup()'),
  ].join('');
}

/** Extensions, group, queue, menu and lines of one firm. */
function firmContexts(version: AsteriskVersion, firm: Company): string {
  const { call } = words(version);
  const { queue: queueNumber, group, hunt } = numbers(firm);
  const phones = (...people: number[]): string => people.map((n) => `PJSIP/${firm.extension(n)}`).join('&');
  const hang = steps('h', call('hangupcall'));
  const local = [1, 2, 3, 4, 5, 6].map((person) => {
    const extension = firm.extension(person);
    const box = hasVoicemail(person) ? extension : 'novm';
    return (
      `exten => ${extension},hint,PJSIP/${extension}\n` +
      steps(
        extension,
        'Set(__RINGTIMER=${RINGTIMER})',
        call('exten-vm', box, extension, '0', '0', '0'),
        call('hangupcall'),
      )
    );
  });
  const followed = firm.extension(5);
  return [
    `[ext-local]\n${local.join('')}${hang}`,
    '[ext-findmefollow]\n',
    steps(
      followed,
      `GotoIf($["\${DB(AMPUSER/${followed}/followme/ddial)}" = "EXTENSION"]?ext-local,${followed},1)`,
      `Goto(followme-sub,${followed},1)`,
    ),
    '[followme-sub]\n',
    steps(
      followed,
      call('user-callerid'),
      'Set(RingGroupMethod=ringallv2)',
      `Set(__EXTTOCALL=${followed})`,
      `Set(DIALGROUP=${followed})`,
      `Gosub(sub-record-check,s,1(exten,${followed},dontcare))`,
      call('dial', '7', 'Hhtr', `Local/FMPR-${followed}@from-internal&Local/FMGL-${firm.mobile(5)}#@from-internal`),
      call('hangupcall'),
    ),
    hang,
    '[findmefollow-ringallv2]\n',
    steps(`FMPR-${followed}`, 'Set(CDR_PROP(disable)=true)', call('simple-dial', followed, '7'), 'Hangup()'),
    steps(
      `FMGL-${firm.mobile(5)}#`,
      'Set(CDR_PROP(disable)=true)',
      'Wait(1)',
      `Set(DIALGROUP=${followed})`,
      call('dial', '5', 'Hhtr', `Local/${firm.mobile(5)}@from-internal/n`),
      'Hangup()',
    ),
    '[ext-group]\n',
    steps(
      group,
      call('user-callerid'),
      'Set(RingGroupMethod=ringall)',
      `Set(__PICKUPMARK=${group})`,
      `Set(DIALGROUP=${group})`,
      `Gosub(sub-record-check,s,1(rg,${group},dontcare))`,
      call('dial', '3', 'Hhtr', phones(1, 2, 3)),
      'Goto(app-blackhole,hangup,1)',
    ),
    steps(
      hunt,
      call('user-callerid'),
      'Set(RingGroupMethod=hunt)',
      `Set(DIALGROUP=${hunt})`,
      ...[1, 2, 3].map((person) => call('dial', '2', 'Hhtr', phones(person))),
      'Goto(app-blackhole,hangup,1)',
    ),
    hang,
    '[ext-queues]\n',
    steps(
      queueNumber,
      call('user-callerid'),
      'Answer()',
      `Set(__FROMQUEUEEXTEN=${queueNumber})`,
      'Set(__SIGNORE=TRUE)',
      `Gosub(sub-record-check,s,1(q,${queueNumber},force))`,
      `Queue(${queueNumber},t,,,8)`,
      'Goto(app-blackhole,hangup,1)',
    ),
    hang,
    `[ivr-${firm.index + 1}]\n`,
    steps('s', 'Answer()', 'Background(demo-congrats)', 'WaitExten(3)'),
    steps('1', `Goto(ext-queues,${queueNumber},1)`),
    steps('2', `Goto(from-did-direct,${firm.extension(2)},1)`),
    steps('t', 'Hangup()'),
    hang,
    `[app-announcement-${firm.index + 1}]\n`,
    steps('s', 'Answer()', 'Playback(demo-congrats)', `Goto(from-did-direct,${firm.extension(1)},1)`),
    hang,
    '[from-did-direct]\ninclude => ext-findmefollow\ninclude => ext-local\n',
    fromPstn(version, firm),
  ].join('');
}

function fromPstn(version: AsteriskVersion, firm: Company): string {
  const { call } = words(version);
  const { queue: queueNumber, group, hunt } = numbers(firm);
  const route = (service: number, target: string, record = 'dontcare'): string =>
    steps(
      firm.line(service),
      'Set(__DIRECTION=INBOUND)',
      `Set(__FIRM=${firm.index})`,
      'Set(__FROM_DID=${EXTEN})',
      'Set(CDR(did)=${FROM_DID})',
      `Gosub(sub-record-check,s,1(in,\${EXTEN},${record}))`,
      'ExecIf($[${LEN(${CALLERID(name)})} = 0]?Set(CALLERID(name)=${CALLERID(num)}))',
      'Set(__CALLINGNAMEPRES_SV=${CALLERID(name-pres)})',
      `Goto(${target},1)`,
    );
  return [
    '[from-pstn]\ninclude => ext-did\n[ext-did]\n',
    route(lines.direct(1), `from-did-direct,${firm.extension(1)}`, 'force'),
    ...[2, 3, 4, 5, 6].map((person) => route(lines.direct(person), `from-did-direct,${firm.extension(person)}`)),
    route(lines.greeting, `app-announcement-${firm.index + 1},s`),
    route(lines.menu, `ivr-${firm.index + 1},s`),
    route(lines.queue, `ext-queues,${queueNumber}`),
    route(lines.group, `ext-group,${group}`),
    route(lines.hunt, `ext-group,${hunt}`),
    route(999, 'ext-did-catchall,s'),
    steps('h', call('hangupcall')),
  ].join('');
}
