// What is sent: the body, and the headers by which the receiver knows that it is ours and whether it has seen it before.
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { callSchema, type Call } from '../../calls/call.ts';
import { factTypes } from '../../calls/facts.ts';
import type { Delivery } from '../../store/delivery.ts';

const eventPayload = z.object({
  type: z.enum(factTypes),
  at: z.string(),
  leg: z.int().nullish(),
  into: z.string().nullish(),
  call: callSchema.nullish(),
});
export type EventPayload = z.output<typeof eventPayload>;

/** The event of a delivery; null when it carries none that we know. */
export function eventOf(delivery: Delivery): EventPayload | null {
  const parsed = eventPayload.safeParse(delivery.payload);
  return parsed.success ? parsed.data : null;
}

/** The same for every attempt, and of no other delivery, also after the database was made anew. */
export function deliveryIdOf(delivery: Pick<Delivery, 'id' | 'createdAtMs'>): string {
  return `${delivery.id}-${delivery.createdAtMs.toString(36)}`;
}

/** The same bytes for every attempt, as long as the event carries its call. */
export function bodyOf(delivery: Delivery, event: EventPayload, call: Call | null): string {
  const shown = event.call ?? call;
  return JSON.stringify({
    id: deliveryIdOf(delivery),
    type: event.type,
    at: event.at,
    pbx: shown?.pbx ?? null,
    callId: delivery.callId,
    leg: event.leg ?? null,
    into: event.into ?? null,
    call: shown,
  });
}

/**
 * The headers of a message.
 * @param atMs when it is sent (unix ms): with each attempt anew, so that the receiver may refuse what is old
 */
export function headersOf(id: string, body: string, secret: string, atMs: number): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1000));
  return {
    'content-type': 'application/json; charset=utf-8',
    'patchcord-delivery': id,
    'patchcord-timestamp': timestamp,
    'patchcord-signature': `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`,
  };
}
