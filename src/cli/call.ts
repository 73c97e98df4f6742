// `patchcord call`: has the running Patchcord call a number for an operator, and tells what becomes of the operator's phone.
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { z } from 'zod';
import type { orderSchema } from '../http/schemas.ts';
import { apiClient, type ApiOptions } from './api-client.ts';
import { CommandFailure } from './failure.ts';
import { printable, printableJson } from './printable.ts';
import type { Terminal } from './terminal.ts';

export type ApiOrder = z.output<typeof orderSchema>;

export type CallOptions = ApiOptions & { from: string; to: string; line?: string; pbx?: string; json?: true };

/** Between two questions what became of it. */
const askMs = 500;

const whys: Record<NonNullable<ApiOrder['reason']>, string> = {
  'no-answer': 'the operator did not answer',
  busy: 'the operator’s phone is busy',
  rejected: 'the operator declined',
  unavailable: 'the operator’s phone is not signed in, or Asterisk cannot call it',
  'not-allowed': 'Asterisk refused the order',
  'pbx-down': 'Asterisk cannot be reached',
};

/**
 * Ends when the operator's phone was answered, or was not; an interruption leaves the call alone.
 * @throws CommandFailure when the phone was not answered or the order was refused; SettingsError
 */
export async function call(options: CallOptions, terminal: Terminal, stop: AbortSignal): Promise<void> {
  const client = apiClient(options, (path) => readFileSync(path, 'utf8'));
  const { from, to, line, pbx } = options;
  let order = await client.placeCall({ extension: from, number: to, ...(line && { line }), ...(pbx && { pbx }) });
  terminal.note(`the phone of ${order.extension} rings; ${order.number} is called when it is answered`);
  while (order.state === 'placed' && !stop.aborted) {
    await wait(askMs, undefined, { signal: stop }).catch(() => undefined);
    order = await client.order(order.id);
  }
  if (options.json) terminal.line(printableJson(order));
  else if (order.state === 'answered')
    terminal.line(`answered; ${order.number} is being called: ${order.callId ?? ''}`);
  if (order.state === 'answered' || order.state === 'placed') return;
  const why = order.reason === null ? 'nobody knows why' : whys[order.reason];
  throw new CommandFailure(`${printable(order.number)} was not called: ${why}`, null);
}
