// The client's way through the dialplan: what an application makes of where the client is.
import { settle } from './audio.ts';
import type { CallState, Channel } from './model.ts';
import type { Registry } from './registry.ts';
import { enterStage, stageOfApp } from './stage.ts';

/** The client's channel has come to an application. */
export function enterApp(
  registry: Registry,
  call: CallState,
  channel: Channel,
  at: { app: string; data: string },
  atMs: number,
): void {
  const stage = call.clientChannels.includes(channel.id) && call.inbound ? stageOfApp(at.app) : null;
  if (stage === null) return;
  settle(call, atMs);
  enterStage(call, stage);
  if (stage === 'voicemail') {
    const mailbox = (at.data.split(/[@,&]/, 1)[0] ?? '').replace(/^[bsu]+(?=\d)/, '');
    call.voicemail ??= { mailbox: mailbox === '' ? null : mailbox, leftMessage: false };
  }
  const queue = stage === 'queue' ? queueOf(at.data) : '';
  if (queue !== '' && call.queue?.name !== queue)
    call.queue = { name: queue, joinedAtMs: atMs, waitMs: 0, inside: false };
  registry.fact('call.changed', call, atMs);
}

/** The queue has taken somebody in. */
export function joinQueue(registry: Registry, call: CallState, channel: Channel, queue: string, atMs: number): void {
  if (call.queue?.inside && call.queue.name === queue) return;
  const waitMs = call.queue?.name === queue ? call.queue.waitMs : 0;
  call.queue = { name: queue, joinedAtMs: atMs, waitMs, inside: true };
  if (call.clientChannels.includes(channel.id)) enterStage(call, 'queue');
  registry.fact('call.changed', call, atMs);
}

/** Name of the queue in the data of the application Queue. */
export function queueOf(data: string): string {
  return data.split(',', 1)[0] ?? '';
}
