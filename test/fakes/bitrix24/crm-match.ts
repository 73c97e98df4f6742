import { phoneCode } from './phone.ts';
import { toInt, toText } from './php.ts';
import type { Entity, EntityRef, EntityType } from './state.ts';
import type { World } from './world.ts';

export interface Match {
  primary: EntityRef | null;
  bindings: EntityRef[];
}

export const TYPE_IDS: Record<EntityType, number> = { LEAD: 1, DEAL: 2, CONTACT: 3, COMPANY: 4 };
const ref = (entity: Entity): EntityRef => ({ type: entity.type, id: entity.id });

/** The entities of one type that have this number, lowest id first. */
export function byPhone(world: World, type: EntityType, phone: string): Entity[] {
  const code = phoneCode(phone);
  return code === '' ? [] : world.state.entities[type].where('phone', code);
}

const linked = (world: World, type: 'LEAD' | 'DEAL', client: EntityRef): Entity[] =>
  world.state.entities[type].where(client.type === 'CONTACT' ? 'contact' : 'company', String(client.id));

export const openDeals = (world: World, client: EntityRef): Entity[] =>
  linked(world, 'DEAL', client).filter((deal) => deal.fields['CLOSED'] === 'N');
export const openRepeatLeads = (world: World, client: EntityRef): Entity[] =>
  linked(world, 'LEAD', client).filter((lead) => lead.fields['STATUS_SEMANTIC_ID'] === 'P');

const ongoing = (world: World, client: EntityRef): Entity[] => {
  const deals = openDeals(world, client);
  return deals.length > 0 ? deals : openRepeatLeads(world, client);
};

/** Deals, then leads, then the rest by type id. */
export function sortBindings(bindings: EntityRef[]): EntityRef[] {
  const rank = ({ type }: EntityRef): number => (type === 'DEAL' ? 0 : type === 'LEAD' ? 1 : TYPE_IDS[type]);
  return [...bindings].sort((a, b) => rank(a) - rank(b) || a.id - b.id);
}

/** The bindings of an entity that was named by the caller instead of searched for. */
export function bindingsOf(world: World, primary: EntityRef): EntityRef[] {
  const isClient = primary.type === 'CONTACT' || primary.type === 'COMPANY';
  return sortBindings([...(isClient ? ongoing(world, primary).map(ref) : []), primary]);
}

/**
 * Finds whom a number belongs to. Contact before lead before company; leads only when neither contact nor company
 * has the number, and only those in progress, the newest modified first.
 */
export function matchPhone(world: World, phone: string): Match {
  const contacts = byPhone(world, 'CONTACT', phone);
  const company = byPhone(world, 'COMPANY', phone)[0];
  const contact = contacts.find((one) => ongoing(world, ref(one)).length > 0) ?? contacts[0];
  if (!contact && !company) {
    const leads = byPhone(world, 'LEAD', phone)
      .filter((lead) => lead.fields['STATUS_SEMANTIC_ID'] === 'P')
      .sort((a, b) => toText(b.fields['DATE_MODIFY']).localeCompare(toText(a.fields['DATE_MODIFY'])) || b.id - a.id);
    const lead = leads[0];
    return lead ? { primary: ref(lead), bindings: [ref(lead)] } : { primary: null, bindings: [] };
  }
  const winner = contact ?? company;
  const bindings: EntityRef[] = winner ? ongoing(world, ref(winner)).map(ref) : [];
  if (company) bindings.push(ref(company));
  const companyOfContact = toInt(contact?.fields['COMPANY_ID']);
  if (contact && (!company || companyOfContact === 0 || companyOfContact === company.id)) bindings.push(ref(contact));
  return { primary: winner ? ref(winner) : null, bindings: sortBindings(bindings) };
}

/** The owner of the activity: the last binding that is no client, else the first one. */
export function ownerOf(bindings: EntityRef[]): EntityRef | undefined {
  return bindings.findLast(({ type }) => type !== 'CONTACT' && type !== 'COMPANY') ?? bindings[0];
}

/** Whether the number is some employee's own, which never makes a lead. */
export function isEmployeePhone(world: World, phone: string): boolean {
  const code = phoneCode(phone);
  return [...world.state.users.values()].some(
    (user) =>
      (user.inner !== '' && user.inner === phone) ||
      [user.workPhone, user.personalMobile, user.personalPhone].some((own) => own !== '' && phoneCode(own) === code),
  );
}

export const isExcluded = (world: World, phone: string): boolean =>
  world.settings.excludedNumbers.some((number) => phoneCode(number) === phoneCode(phone));
