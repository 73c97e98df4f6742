import { runMethod } from './dispatch.ts';
import { errorBody, RestError, timeOf } from './envelope.ts';
import type { Outcome } from './envelope.ts';
import { asMap, isMap, parseQuery, phpArray, toText, truthy, upperKeys } from './php.ts';
import type { Php, PhpMap } from './php.ts';
import type { Auth, World } from './world.ts';

const LENGTH = 50;
const FORBIDDEN = new Set(['batch', 'upload', 'download']);

interface Results {
  result: Record<string, unknown>;
  result_error: Record<string, unknown>;
  result_total: Record<string, number>;
  result_next: Record<string, number>;
  result_time: Record<string, unknown>;
}

const REFERENCE = /\$(result|error|total|next)\[\S*/g;

/**
 * What a reference names. A missing step is no error: the walk stops at the deepest level there is, so a reference
 * to a failed command is the whole map of results.
 */
function resolve(results: Results, token: string): Php {
  const kind = /^\$(\w+)/.exec(token)?.[1] ?? '';
  const roots: Record<string, unknown> = {
    result: results.result,
    error: results.result_error,
    total: results.result_total,
    next: results.result_next,
  };
  let value = roots[kind] as Php;
  for (const [, key = ''] of token.matchAll(/\[([^\]]*)\]/g)) {
    const inner = asMap(value);
    if (typeof value !== 'object' || value === null || !Object.hasOwn(inner, key)) break;
    value = inner[key] ?? null;
  }
  return value;
}

/** References in one value: alone it becomes whatever it names, within text only what is scalar. */
function substitute(results: Results, value: Php): Php {
  if (Array.isArray(value)) return value.map((inner) => substitute(results, inner));
  if (isMap(value))
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, substitute(results, inner)]));
  if (typeof value !== 'string') return value;
  if (/^\$(?:result|error|total|next)(?:\[[^\]\s]*\])+$/.test(value)) return resolve(results, value);
  return value.replaceAll(REFERENCE, (token) => {
    const found = resolve(results, token);
    return typeof found === 'object' && found !== null ? token : toText(found);
  });
}

/** The command's method and its parameters with references filled in. */
function command(results: Results, text: string): { method: string; params: PhpMap } {
  const mark = text.indexOf('?');
  const method = (mark < 0 ? text : text.slice(0, mark)).toLowerCase().replace(/\.json$/, '');
  const params = asMap(substitute(results, parseQuery(mark < 0 ? '' : text.slice(mark + 1))));
  return { method, params };
}

/** The method names in a batch, for the log and the switchboard. */
export function batchMethods(params: PhpMap): string[] {
  return Object.values(asMap(upperKeys(params)['CMD']))
    .filter((text) => typeof text === 'string')
    .map((text) => (text.split('?', 1)[0] ?? '').toLowerCase());
}

const refusal = (code: string, text: string): Outcome => ({ ok: false, error: new RestError(code, text) });

async function runOne(world: World, auth: Auth, results: Results, text: string, index: number): Promise<Outcome> {
  if (index >= LENGTH) return refusal('ERROR_BATCH_LENGTH_EXCEEDED', 'Max batch length exceeded');
  const { method, params } = command(results, text);
  if (FORBIDDEN.has(method)) return refusal('ERROR_BATCH_METHOD_NOT_ALLOWED', 'Method is not allowed for batch usage');
  return runMethod(world, method, params, auth);
}

/**
 * Runs the commands one after another; the whole is a success whatever became of them. When the portal is stopped
 * in between, or `share` is less than 1, the commands that are left never run.
 */
export async function runBatch(world: World, sent: PhpMap, auth: Auth, share = 1): Promise<Outcome> {
  const startMs = world.now();
  const started = performance.now();
  const params = upperKeys(sent);
  const halt = truthy(params['HALT']);
  const results: Results = { result: {}, result_error: {}, result_total: {}, result_next: {}, result_time: {} };
  const commands = Object.entries(asMap(params['CMD']));
  const { life } = world;
  for (const [index, [key, text]] of commands.slice(0, Math.ceil(commands.length * share)).entries()) {
    if (world.life !== life) break;
    if (typeof text !== 'string') continue;
    const outcome = await runOne(world, auth, results, text, index);
    if (outcome.ok) {
      results.result[key] = outcome.result;
      if (outcome.total !== undefined) results.result_total[key] = outcome.total;
      if (outcome.next !== undefined) results.result_next[key] = outcome.next;
      results.result_time[key] = outcome.time;
    } else {
      results.result_error[key] = errorBody(outcome.error, world.settings.emptyErrorCodes);
      if (halt) break;
    }
  }
  const shown = Object.fromEntries(
    Object.entries(results).map(([name, map]) => [name, phpArray(map as Record<string, unknown>)]),
  );
  const finishMs = startMs + performance.now() - started;
  return { ok: true, result: shown, time: timeOf({ startMs, finishMs }, world.settings.utcOffsetMinutes) };
}
