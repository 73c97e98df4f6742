// Whom the portal knows under a number, and whose he is.
import { idOf, recordOf, rowsOf, textOf } from './answers.ts';
import type { EntityRef } from './call-state.ts';
import { PortalError, type About, type Portal } from './portal.ts';

/** What `findbycomm` gives at most for one value over all types; it is asked for each type by itself. */
const typesInOrder = ['CONTACT', 'COMPANY', 'LEAD'] as const;

/**
 * Looks a number up as `register` does: a contact, a company, or a lead that is being worked on. Whose lead is finished is unknown again
 * when he calls, but not when somebody clicked the number in that lead.
 * @throws PortalError
 */
export async function findClient(
  portal: Portal,
  number: string,
  wanted: { finishedLeads: boolean },
  about: About,
): Promise<EntityRef | null> {
  const found = await Promise.all(
    typesInOrder.map(async (type) => {
      const params = { type: 'PHONE', values: [number], entity_type: type };
      const ids = recordOf((await portal.call('crm.duplicate.findbycomm', params, about)).result)[type];
      return (Array.isArray(ids) ? ids : []).map(idOf).filter((id) => id !== null);
    }),
  );
  const [contacts = [], companies = [], leads = []] = found;
  const contact = Math.min(...contacts);
  if (contacts.length > 0) return { type: 'CONTACT', id: contact };
  if (companies.length > 0) return { type: 'COMPANY', id: Math.min(...companies) };
  const newest = wanted.finishedLeads && leads.length > 0 ? Math.max(...leads) : null;
  const lead = newest ?? (leads.length > 0 ? await openLead(portal, leads, about) : null);
  return lead === null ? null : { type: 'LEAD', id: lead };
}

async function openLead(portal: Portal, ids: readonly number[], about: About): Promise<number | null> {
  const params = {
    filter: { ID: ids, STATUS_SEMANTIC_ID: 'P' },
    select: ['ID', 'STATUS_SEMANTIC_ID'],
    order: { DATE_MODIFY: 'DESC' },
    start: -1,
  };
  const rows = rowsOf((await portal.call('crm.lead.list', params, about)).result);
  const open = rows.filter((row) => row['STATUS_SEMANTIC_ID'] === 'P').map((row) => idOf(row['ID']));
  return open.find((id) => id !== null && ids.includes(id)) ?? null;
}

/**
 * The user whose entity it is; null when it is gone (deleted, or joined with a double) or not to be seen.
 * @throws PortalError
 */
export async function ownerOf(portal: Portal, entity: EntityRef, about: About): Promise<string | null> {
  try {
    const answer = await portal.call(`crm.${entity.type.toLowerCase()}.get`, { id: entity.id }, about);
    return textOf(recordOf(answer.result)['ASSIGNED_BY_ID']);
  } catch (error) {
    if (error instanceof PortalError && error.kind === 'domain') return null;
    throw error;
  }
}

/** Of one number: who is responsible and whether his working day is open, without a right to see other people's days. */
export interface Responsible {
  entity: EntityRef;
  userId: string;
  atWork: boolean;
}

/** Working days that are closed; where nobody keeps them everybody is at work. */
const away = new Set(['CLOSED', 'PAUSED', 'EXPIRED']);

/** @throws PortalError */
export async function responsiblesOf(portal: Portal, number: string, about: About): Promise<Responsible[]> {
  const answer = await portal.call('telephony.externalcall.searchcrmentities', { PHONE_NUMBER: number }, about);
  const order = ['CONTACT', 'COMPANY', 'LEAD'];
  const found: Responsible[] = [];
  for (const row of rowsOf(answer.result)) {
    const type = typesInOrder.find((known) => known === row['CRM_ENTITY_TYPE']);
    const id = idOf(row['CRM_ENTITY_ID']);
    const userId = textOf(row['ASSIGNED_BY_ID']);
    const day = recordOf(row['ASSIGNED_BY'])['TIMEMAN_STATUS'];
    if (type !== undefined && id !== null && userId !== null)
      found.push({ entity: { type, id }, userId, atWork: !away.has(String(day)) });
  }
  return found.sort((a, b) => order.indexOf(a.entity.type) - order.indexOf(b.entity.type));
}
