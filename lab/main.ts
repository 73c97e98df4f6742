// `npm run lab`: an Asterisk with phones and a trunk to try Patchcord on, and a prompt that makes things happen.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { stringify } from 'yaml';
import type { Asterisk } from './asterisk.ts';
import { company, lines } from './company.ts';
import { installLab } from './install.ts';
import { openLab, type Stage } from './lab.ts';
import { labFolder } from './places.ts';
import { plainScenarios } from './scenarios/all.ts';
import type { SipCall } from './sip/call.ts';
import { answersAfter } from './sip/party.ts';

const settingsFile = join(labFolder, 'patchcord.yaml');

/** Short words for the scenarios that people want to see first. */
const shortcuts: Record<string, string> = {
  'miss ringing': 'in_no_answer',
  'miss ivr': 'in_ivr_abandoned',
  'miss greeting': 'in_greeting_abandoned',
  'miss queue': 'queue_abandoned',
  'miss voicemail': 'voicemail_left',
  transfer: 'attended_completed',
  blind: 'blind_completed',
  pickup: 'pickup_feature',
  park: 'park_retrieved',
  click: 'click_answered',
  conference: 'three_way_conference',
  mobile: 'follow_me_accepted',
};

const services: Record<string, number> = {
  queue: lines.queue,
  menu: lines.menu,
  group: lines.group,
  mobile: lines.mobile,
  voicemail: lines.voicemail,
};

const help = `
  call 101 | call 102 | call ${Object.keys(services).join(' | call ')}
                a client calls; phones answer after 2 s; the talk lasts until \`hangup\`
  hangup        the client hangs up
  ${Object.keys(shortcuts).join(', ')}
                a whole story
  list          all stories by name; a name plays it
  quit
`;

async function main(): Promise<void> {
  await installLab((line) => console.log(line));
  const lab = await openLab({ version: 22, companies: [company(0)] });
  const [stage] = lab.stages;
  if (stage === undefined) throw new Error('a lab without firms');
  writeFileSync(settingsFile, settingsFor(lab.asterisk, stage), { mode: 0o600 });
  everybodyAnswers(stage);
  console.log(`Asterisk 22 listens for the manager on ${lab.asterisk.amiHost}:${lab.asterisk.amiPort}`);
  console.log(`Phones 101, 102, 103, 105, 106 are registered; 104 is off. Clients: ${stage.company.client(1)} to ...9`);
  console.log(`In another window: npm start -- -s ${settingsFile}`);
  console.log(help);
  await prompt(stage);
  await lab.close();
}

/** Reads commands until `quit`, the end of the input, or Ctrl-C. */
async function prompt(stage: Stage): Promise<void> {
  const input = createInterface({ input: process.stdin, output: process.stdout, prompt: 'lab> ' });
  let open = true;
  input.once('close', () => (open = false));
  const stop = (): void => input.close();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  input.once('SIGINT', stop);
  input.prompt();
  for await (const line of input) {
    const command = line.trim().replaceAll(/\s+/g, ' ');
    if (command === 'quit') break;
    if (command !== '') await obey(stage, command).catch((error: unknown) => console.log(String(error)));
    if (open) input.prompt();
  }
  input.close();
}

const talks: SipCall[] = [];

async function obey(stage: Stage, command: string): Promise<void> {
  const [word = '', what = ''] = command.split(' ');
  if (command === 'help') return console.log(help);
  if (command === 'list') return console.log(plainScenarios.map(({ name, intent }) => `${name}: ${intent}`).join('\n'));
  if (command === 'hangup') return hangUp();
  if (word === 'call') return callIn(stage, what);
  const name = shortcuts[command] ?? command;
  const scenario = plainScenarios.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`no such command: ${command}; try help`);
  hangUp();
  stage.reset();
  console.log(scenario.intent);
  try {
    await scenario.play(stage);
    await stage.quiet();
  } finally {
    stage.reset();
    everybodyAnswers(stage);
  }
  console.log('done');
}

async function callIn(stage: Stage, what: string): Promise<void> {
  const person = /^10([1-6])$/.exec(what)?.[1];
  const service = person === undefined ? services[what] : lines.direct(Number(person));
  if (service === undefined) throw new Error(`call whom? 101..106, ${Object.keys(services).join(', ')}`);
  const client = stage.client(1 + (talks.length % 9));
  const call = await client.call(stage.company.line(service));
  talks.push(call);
  console.log(`the client calls ${stage.company.line(service)}`);
}

function hangUp(): void {
  for (const call of talks.splice(0)) call.hangup();
}

function everybodyAnswers(stage: Stage): void {
  for (const person of [1, 2, 3, 5, 6]) stage.phone(person).habit = answersAfter(2000);
  for (const n of [1, 2, 3, 4, 5, 6, 7, 8, 9]) stage.client(n).habit = answersAfter(2000);
  stage.mobile().habit = answersAfter(2000);
}

/** What Patchcord needs to know to work with this Asterisk. */
function settingsFor(asterisk: Asterisk, stage: Stage): string {
  const { username, secret } = asterisk.users.least;
  return stringify({
    database: `sqlite:${join(labFolder, 'patchcord.db')}`,
    pbx: [
      {
        name: 'lab',
        host: asterisk.amiHost,
        port: asterisk.amiPort,
        username,
        secret,
        cel: { csv: asterisk.celFile, timeZone: 'UTC' },
        cdr: { csv: asterisk.cdrFile, timeZone: 'UTC' },
      },
    ],
    mobiles: [{ number: stage.company.mobile(), extension: stage.company.extension(1) }],
  });
}

await main();
