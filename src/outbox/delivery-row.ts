import type { Selectable } from 'kysely';
import type { Delivery, DeliveryKind, DeliveryState } from '../store/delivery.ts';
import type { DeliveriesTable } from '../store/tables.ts';

export type DeliveryRow = Selectable<DeliveriesTable>;

export function deliveryOf(row: DeliveryRow): Delivery {
  return {
    id: row.id,
    crm: row.crm,
    kind: row.kind as DeliveryKind,
    callId: row.call_id,
    number: row.number,
    live: row.live === 1,
    payload: JSON.parse(row.payload) as Record<string, unknown>,
    staleAtMs: row.stale_at,
    state: row.state as DeliveryState,
    attempts: row.attempts,
    createdAtMs: row.created_at,
    dueAtMs: row.due_at,
    endedAtMs: row.ended_at,
    note: row.note,
    mend: row.mend,
  };
}
