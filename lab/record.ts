// Plays scenarios on a real Asterisk and keeps what it sent, one folder per scenario: `node lab/record.ts --version 22 --out DIR`
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { AmiTap } from './ami.ts';
import { type Asterisk } from './asterisk.ts';
import { company } from './company.ts';
import type { Dialplan } from './config/server.ts';
import { type Lab, openLab, type Stage } from './lab.ts';
import type { AsteriskVersion } from './places.ts';
import { freepbxScenarios, plainScenarios } from './scenarios/all.ts';
import type { ExpectedCall, ExpectedLeg, Scenario } from './scenarios/scenario.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      version: { type: 'string', default: '22' },
      dialplan: { type: 'string', default: 'plain' },
      out: { type: 'string' },
      only: { type: 'string', default: '' },
      jobs: { type: 'string', default: '3' },
    },
  });
  if (
    values.out === undefined ||
    !['16', '22'].includes(values.version) ||
    !['plain', 'freepbx'].includes(values.dialplan)
  ) {
    console.error(
      'usage: node lab/record.ts --version 16|22 [--dialplan plain|freepbx] --out DIR [--only REGEX] [--jobs N]',
    );
    process.exitCode = 2;
    return;
  }
  const { out } = values;
  const version: AsteriskVersion = values.version === '16' ? 16 : 22;
  const dialplan: Dialplan = values.dialplan === 'freepbx' ? 'freepbx' : 'plain';
  const scenarios = dialplan === 'freepbx' ? freepbxScenarios : plainScenarios;
  const queue = scenarios.filter(({ name }) => new RegExp(values.only).test(name));
  // an Asterisk for each, so that every stream holds one scenario and nothing else
  const workers = Array.from({ length: Math.min(Number(values.jobs), queue.length) }, async () => {
    const lab = await openLab({ version, dialplan, companies: [company(0)] });
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift())
        await record(lab, next, join(out, next.name));
    } finally {
      await lab.close();
    }
  });
  await Promise.all(workers);
}

async function record(lab: Lab, scenario: Scenario, folder: string): Promise<void> {
  const [stage] = lab.stages;
  if (stage === undefined) throw new Error('a lab without firms');
  const { asterisk } = lab;
  const started = Date.now();
  const from = { cel: sizeOf(asterisk.celFile), cdr: sizeOf(asterisk.cdrFile), actions: lab.ami.actions.length };
  const recordings = new Set(filesIn(asterisk.monitorFolder));
  const tap = await openTap(asterisk);
  let failure: string | null = null;
  try {
    await scenario.play(stage);
  } catch (error) {
    failure = error instanceof Error ? error.message : 'unknown';
  }
  if (failure !== null) stage.reset();
  await stage.quiet();
  // the last events and CDR rows come a moment after the last channel is gone
  await wait(300);
  tap.close();
  const actions = lab.ami.actions.slice(from.actions).filter(({ action }) => !action.includes('CoreShowChannels'));
  const monitorFiles = filesIn(asterisk.monitorFolder).filter((file) => !recordings.has(file));
  mkdirSync(folder, { recursive: true });
  write(folder, 'ami.jsonl', lines(tap.blocks.map(({ tMs, raw }) => ({ t_ms: tMs, raw }))));
  write(folder, 'cel.csv', readFrom(asterisk.celFile, from.cel));
  write(folder, 'cdr.csv', readFrom(asterisk.cdrFile, from.cdr));
  write(folder, 'sip_truth.json', json({ calls: stage.truth, monitor_files: monitorFiles }));
  write(folder, 'expected.json', json(expectation(scenario, stage, asterisk)));
  if (actions.length > 0) {
    write(
      folder,
      'actions.jsonl',
      lines(actions.map(({ tMs, action, response }) => ({ t_ms: tMs, action, response }))),
    );
  }
  stage.reset();
  const outcome = failure === null ? 'ok' : `FAILED: ${failure}`;
  console.log(
    `${asterisk.version} ${scenario.name}: ${outcome} (${Date.now() - started} ms, ${tap.blocks.length} blocks)`,
  );
  if (failure !== null) process.exitCode = 1;
}

function openTap(asterisk: Asterisk): Promise<AmiTap> {
  return AmiTap.open({ host: asterisk.amiHost, port: asterisk.amiPort, ...asterisk.users.full });
}

/** The expectation in the words of the recorded traces, and beside it in those of the call object. */
function expectation(scenario: Scenario, stage: Stage, asterisk: Asterisk): unknown {
  const calls = scenario.expect(stage.company);
  return {
    scenario: scenario.name,
    intent: scenario.intent,
    asterisk: String(asterisk.version),
    logical_calls: calls.length,
    calls: calls.map(traceWords),
    expect: calls,
  };
}

function traceWords(call: ExpectedCall): unknown {
  return {
    direction: call.direction,
    client: call.client,
    did: call.line,
    answered: call.answered,
    lost_stage: call.lostStage,
    legs: call.legs.map(traceLeg),
    responsible: call.responsible,
    transfers: call.transfers.map(({ type, by, to, completed, blonde }) => ({ type, from: by, to, completed, blonde })),
    talk_s: call.talkMs / 1000,
    hangup_by: call.hangupBy,
    hangup_cause: call.cause ?? null,
    recording: call.recorded === true ? true : null,
    click_to_call: call.origin === 'click_to_call' ? true : undefined,
  };
}

function traceLeg(leg: ExpectedLeg): unknown {
  return {
    ext: leg.extension ?? leg.number,
    role: leg.role,
    // `caller` there means that the outcome is not asserted
    result: leg.outcome === undefined ? 'caller' : [leg.outcome].flat()[0],
    talk_s: leg.talkMs === undefined ? undefined : leg.talkMs / 1000,
    consult_s: leg.consultMs === undefined ? undefined : leg.consultMs / 1000,
    external: leg.number === undefined ? undefined : true,
    of: leg.of,
  };
}

function sizeOf(file: string): number {
  return existsSync(file) ? readFileSync(file).length : 0;
}

function readFrom(file: string, offset: number): string {
  return existsSync(file) ? readFileSync(file).subarray(offset).toString('utf8') : '';
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.\w+$/.test(name));
}

function lines(values: unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}

function write(folder: string, name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

await main();
