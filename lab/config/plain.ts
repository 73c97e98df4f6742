import { type Company, lines } from '../company.ts';

/** The dialplan of an Asterisk that somebody set up by hand, and the files that belong to it. Ringing ends after 3 s. */
export function plainFiles(firms: Company[]): Record<string, string> {
  return {
    'extensions.conf': extensions(firms),
    'queues.conf': `[general]\nautofill=yes\nshared_lastcall=no\n${firms.map(queues).join('')}`,
    'followme.conf': `[general]\nfeaturedigittimeout=5000\ntakecall=1\ndeclinecall=2\n${followMePrompts}${firms.map(followMe).join('')}`,
    'voicemail.conf': `[general]\nformat=wav\nmaxsecs=20\nminsecs=0\nmaxsilence=0\nsilencethreshold=10\n[default]\n${firms.map(mailbox).join('')}`,
  };
}

const followMePrompts = ['call_from', 'norecording', 'options', 'pls_hold', 'status', 'sorry', 'connected']
  .map((name) => `${name}_prompt=beep\n`)
  .join('');

function followMe(firm: Company): string {
  return `[${firm.extension(1)}]\ncontext=from-internal\nnumber=${firm.mobile()},6\nenable_callee_prompt=true\n`;
}

function mailbox(firm: Company): string {
  return `${firm.extension(1)} => 1234,Operator One\n`;
}

/** Name of the firm's queue: the firm of index 0 has `sales`, others `sales1` and so on. */
export function queueName(firm: Company, name: string): string {
  return firm.index === 0 ? name : `${name}${firm.index}`;
}

function queues(firm: Company): string {
  const phones = (...people: number[]): string => people.map((n) => `member => PJSIP/${firm.extension(n)}\n`).join('');
  const locals = (...people: number[]): string =>
    people.map((n) => `member => Local/${firm.extension(n)}@from-queue/n\n`).join('');
  const queue = (name: string, strategy: string, rest: string): string =>
    `[${queueName(firm, name)}]\nstrategy=${strategy}\nringinuse=no\ntimeout=2\nretry=1\nwrapuptime=0\n` +
    `reportholdtime=no\nautopause=no\nannounce-frequency=0\n${rest}`;
  return [
    queue('sales', 'linear', `joinempty=yes\n${phones(1, 2)}`),
    queue('support', 'ringall', `joinempty=yes\n${locals(1, 3)}`),
    queue('all', 'ringall', `joinempty=yes\ntimeout=4\n${phones(1, 2, 3)}`),
    queue('nobody', 'ringall', `joinempty=unavailable,invalid,unknown\n${phones(4)}`),
  ].join('');
}

function extensions(firms: Company[]): string {
  return `[general]
static=yes
writeprotect=yes
[from-internal]
exten => _1XX,1,Dial(PJSIP/\${EXTEN},3,tTkK)
 same => n,Hangup()
exten => _6XX,1,ParkedCall(lot\${EXTEN:1:1},\${EXTEN})
 same => n,Hangup()
exten => _3XX,1,ConfBridge(\${EXTEN})
 same => n,Hangup()
exten => _**1XX,1,Pickup(\${EXTEN:2}@from-internal&\${EXTEN:2}@from-trunk)
 same => n,Hangup()
exten => _*7*1XX,1,PickupChan(PJSIP/\${EXTEN:3})
 same => n,Hangup()
exten => _*55*1XX,1,ChanSpy(PJSIP/\${EXTEN:4},q)
 same => n,Hangup()
exten => _7XXXXXXXXXX,1,Goto(outside,\${EXTEN},1)
include => parking
[parking]
${firms.map((firm) => `include => parked${firm.index}\n`).join('')}[outside]
exten => _X.,1,Set(CALLERID(num)=7495100\${FIRM}000)
 same => n,Set(CALLERID(name)=)
 same => n,Dial(PJSIP/\${EXTEN}@trunk,3,tTkK)
 same => n,Hangup()
[c2c]
exten => _7X.,1,Set(CALLERID(num)=7495100\${FIRM}000)
 same => n,Set(CALLERID(name)=)
 same => n,Dial(PJSIP/\${EXTEN}@trunk,3,tTkK)
 same => n,Hangup()
[c2c-operator]
exten => _1XX,1,Dial(PJSIP/\${EXTEN},3,tTkK)
 same => n,Hangup()
[c2c-to-operator]
exten => _1XX,1,Dial(PJSIP/\${EXTEN},3,tTkK)
 same => n,Hangup()
[from-queue]
exten => _1XX,1,Dial(PJSIP/\${EXTEN},15,tTkK)
 same => n,Hangup()
[from-trunk]
${firms.map(fromTrunk).join('')}`;
}

/** What the clients of a firm reach. */
function fromTrunk(firm: Company): string {
  const ring = (...people: number[]): string => people.map((n) => `PJSIP/${firm.extension(n)}`).join('&');
  const queue = (name: string): string => queueName(firm, name);
  const entry = (service: number, ...steps: string[]): string => {
    const [first, ...others] = [
      `Set(__FIRM=${firm.index})`,
      `Set(CHANNEL(parkinglot)=lot${firm.index})`,
      ...steps,
      'Hangup()',
    ];
    return `exten => ${firm.line(service)},1,${first}\n${others.map((step) => ` same => n,${step}\n`).join('')}`;
  };
  return [
    ...[1, 2, 3, 4, 5].map((person) => entry(lines.direct(person), `Dial(${ring(person)},3,tTkK)`)),
    entry(lines.direct(6), `Dial(\${PJSIP_DIAL_CONTACTS(${firm.extension(6)})},3,tTkK)`),
    entry(
      lines.recorded,
      `Set(__REC=in-${firm.line(lines.recorded)}-\${CALLERID(num)}-\${UNIQUEID}.wav)`,
      'MixMonitor(${REC},b)',
      `Dial(${ring(1)},3,tTkK)`,
    ),
    entry(lines.greeting, 'Answer()', 'Playback(demo-congrats)', `Dial(${ring(1)},3,tTkK)`),
    entry(lines.menu, `Goto(menu${firm.index},s,1)`),
    entry(lines.refused, 'Hangup(21)'),
    entry(lines.queue, 'Answer()', `Queue(${queue('sales')},tT,,,8)`),
    entry(lines.queueOfLocals, 'Answer()', `Queue(${queue('support')},tT,,,8)`),
    entry(lines.queueRingAll, 'Answer()', `Queue(${queue('all')},tT,,,8)`),
    entry(lines.queueOfNobody, 'Answer()', `Queue(${queue('nobody')},tT,,,8)`),
    entry(lines.queueShort, 'Answer()', `Queue(${queue('sales')},tT,,,4)`),
    entry(lines.group, `Dial(${ring(1, 2, 3)},3,tTkK)`),
    entry(lines.hunt, `Dial(${ring(1)},2,tTkK)`, `Dial(${ring(2)},2,tTkK)`, `Dial(${ring(3)},2,tTkK)`),
    entry(lines.groupOfDead, `Dial(${ring(4)},3,tTkK)`),
    entry(lines.followMe, `Dial(${ring(1)},2,tTkK)`, `FollowMe(${firm.extension(1)},s)`),
    entry(
      lines.mobile,
      `Dial(${ring(1)},2,tTkK)`,
      `Set(CALLERID(num)=${firm.number})`,
      `Dial(PJSIP/${firm.mobile()}@trunk,3,tTkK)`,
    ),
    entry(lines.voicemail, `Dial(${ring(1)},2,tTkK)`, `VoiceMail(${firm.extension(1)}@default,s)`),
    menu(firm),
  ].join('');
}

function menu(firm: Company): string {
  return `[menu${firm.index}]
exten => s,1,Answer()
 same => n,Background(demo-congrats)
 same => n,WaitExten(3)
exten => 1,1,Queue(${queueName(firm, 'sales')},tT,,,8)
 same => n,Hangup()
exten => 2,1,Dial(PJSIP/${firm.extension(2)},3,tTkK)
 same => n,Hangup()
exten => t,1,Hangup()
[from-trunk]
`;
}
