import { insufficientScope, methodNotFound, operationLimit, stopped, wrongAuthType } from './errors.ts';
import { Listed, RestError, timeOf } from './envelope.ts';
import type { Outcome } from './envelope.ts';
import { findMethod, granted } from './methods.ts';
import type { PhpMap } from './php.ts';
import type { Auth, Method, World } from './world.ts';

function admit(world: World, name: string, method: Method | undefined, auth: Auth): Method {
  if (!method) throw methodNotFound();
  if (!granted(method, auth)) throw insufficientScope(world.settings);
  const webhookMay = !method.appOnly && (!method.telephonyAuth || world.settings.webhookTelephonyAllowed);
  if (auth.kind === 'webhook' && !webhookMay) throw wrongAuthType();
  if (world.limits.exhausted(auth.id, name, world.now())) throw operationLimit();
  return method;
}

/** Runs one method for one request or one command of a batch; whatever it throws becomes its error. */
export async function runMethod(world: World, name: string, params: PhpMap, auth: Auth): Promise<Outcome> {
  const startMs = world.now();
  const started = performance.now();
  try {
    const method = admit(world, name, findMethod(name), auth);
    const refused = world.unkind.strike([name], (kind) => kind === 'refuse')[0]?.error;
    if (refused) throw new RestError(refused.code, refused.description, refused.status ?? 400);
    const { life } = world;
    const takesMs = world.settings.takesMs[name] ?? 0;
    if (takesMs > 0) await new Promise((resolve) => setTimeout(resolve, takesMs));
    if (world.life !== life) throw stopped();
    const answer = await method.run({ world, params, auth });
    const tookMs = performance.now() - started;
    const tookSeconds = world.settings.operatingCostSeconds[name] ?? tookMs / 1000;
    const operating = world.limits.book(auth.id, name, tookSeconds, world.now());
    const finishMs = startMs + tookMs;
    const time = timeOf({ startMs, finishMs, ...(operating && { operating }) }, world.settings.utcOffsetMinutes);
    if (!(answer instanceof Listed)) return { ok: true, result: answer, time };
    const { result, total, next } = answer;
    return { ok: true, result, total, ...(next !== undefined && { next }), time };
  } catch (error) {
    if (error instanceof RestError) return { ok: false, error };
    console.error('fake portal: a method failed', name, error);
    return { ok: false, error: new RestError('INTERNAL_SERVER_ERROR', 'Internal server error', 500) };
  }
}
