import { isoAt } from './time.ts';
import { asMap, isMap, items, toInt, toText, truthy } from './php.ts';
import type { Php, PhpMap } from './php.ts';
import type { Entity, EntityRef, EntityType, MultiField } from './state.ts';
import type { EventCause, World } from './world.ts';

const COMMON = ['ID', 'ASSIGNED_BY_ID', 'CREATED_BY_ID', 'MODIFY_BY_ID', 'DATE_CREATE', 'DATE_MODIFY', 'OPENED'];
const ORIGIN = ['COMMENTS', 'ORIGINATOR_ID', 'ORIGIN_ID', 'SOURCE_ID', 'SOURCE_DESCRIPTION'];
const UTM = ['UTM_SOURCE', 'UTM_MEDIUM', 'UTM_CAMPAIGN', 'UTM_CONTENT', 'UTM_TERM'];
const PERSON = ['NAME', 'SECOND_NAME', 'LAST_NAME', 'HAS_PHONE', 'HAS_EMAIL', 'COMPANY_ID'];
const MONEY = ['OPPORTUNITY', 'CURRENCY_ID', 'CONTACT_ID'];

const FIELDS: Record<EntityType, string[]> = {
  LEAD: [
    ...COMMON,
    ...ORIGIN,
    ...UTM,
    ...PERSON,
    ...MONEY,
    'TITLE',
    'COMPANY_TITLE',
    'STATUS_ID',
    'STATUS_DESCRIPTION',
  ],
  DEAL: [
    ...COMMON,
    ...ORIGIN,
    ...UTM,
    ...MONEY,
    'TITLE',
    'COMPANY_ID',
    'STAGE_ID',
    'CATEGORY_ID',
    'CLOSED',
    'BEGINDATE',
  ],
  CONTACT: [...COMMON, ...ORIGIN, ...UTM, ...PERSON, 'POST', 'TYPE_ID', 'LEAD_ID', 'EXPORT'],
  COMPANY: [...COMMON, ...ORIGIN, ...UTM, 'TITLE', 'COMPANY_TYPE', 'INDUSTRY', 'HAS_PHONE', 'HAS_EMAIL', 'LEAD_ID'],
};
const DERIVED: Record<EntityType, string[]> = {
  LEAD: ['STATUS_SEMANTIC_ID', 'IS_RETURN_CUSTOMER', 'DATE_CLOSED'],
  DEAL: ['STAGE_SEMANTIC_ID', 'IS_RETURN_CUSTOMER', 'CLOSED'],
  CONTACT: [],
  COMPANY: [],
};

/** Whether a list of this type may be filtered, sorted and selected by a field. */
export const knownField = (type: EntityType, field: string): boolean =>
  FIELDS[type].includes(field) || DERIVED[type].includes(field) || field.startsWith('UF_');

const leadSemantic = (status: string): string => (status === 'CONVERTED' ? 'S' : status === 'JUNK' ? 'F' : 'P');
const stageSemantic = (stage: string): string => (stage.endsWith('WON') ? 'S' : /LOSE|APOLOGY/.test(stage) ? 'F' : 'P');

/** Stored field values are what `get` prints: strings, null for nothing, arrays for multiple user fields. */
const stored = (value: Php): Php => {
  if (value === null || Array.isArray(value)) return value;
  return isMap(value) ? items(value) : toText(value);
};

function derive(entity: Entity): void {
  const { fields, type } = entity;
  if (type === 'LEAD') {
    fields['STATUS_SEMANTIC_ID'] = leadSemantic(toText(fields['STATUS_ID']));
    fields['IS_RETURN_CUSTOMER'] = toInt(fields['CONTACT_ID']) || toInt(fields['COMPANY_ID']) ? 'Y' : 'N';
  }
  if (type === 'DEAL') {
    const semantic = stageSemantic(toText(fields['STAGE_ID']));
    fields['STAGE_SEMANTIC_ID'] = semantic;
    fields['CLOSED'] = semantic === 'P' ? 'N' : 'Y';
  }
  if (type !== 'DEAL') {
    fields['HAS_PHONE'] = entity.phones.length > 0 ? 'Y' : 'N';
    fields['HAS_EMAIL'] = entity.emails.length > 0 ? 'Y' : 'N';
  }
}

/** Without ID a value is added, with ID changed, with DELETE=Y taken away; the rest of the list stays. */
function editMultiFields(world: World, list: MultiField[], sent: Php | undefined, valueType: string): void {
  for (const item of Object.values(asMap(sent))) {
    const change = isMap(item) ? item : { VALUE: item };
    const found = list.find(({ id }) => id === toInt(change['ID']));
    if (found && change['DELETE'] === 'Y') list.splice(list.indexOf(found), 1);
    else if (found) {
      found.value = toText(change['VALUE'] ?? found.value);
      found.valueType = toText(change['VALUE_TYPE'] ?? found.valueType);
    } else if (toText(change['VALUE']) !== '')
      list.push({
        id: world.state.nextMultiField(),
        value: toText(change['VALUE']),
        valueType: toText(change['VALUE_TYPE']) || valueType,
      });
  }
}

function write(world: World, entity: Entity, sent: PhpMap): void {
  for (const [field, value] of Object.entries(sent))
    if (field !== 'ID' && (FIELDS[entity.type].includes(field) || field.startsWith('UF_')))
      entity.fields[field] = stored(value);
  editMultiFields(world, entity.phones, sent['PHONE'], 'WORK');
  editMultiFields(world, entity.emails, sent['EMAIL'], 'WORK');
  derive(entity);
}

const firstStatus = (type: EntityType): PhpMap =>
  type === 'LEAD' ? { STATUS_ID: 'NEW' } : type === 'DEAL' ? { STAGE_ID: 'NEW', CATEGORY_ID: '0' } : {};

/** Creates an entity as `crm.<type>.add` does and tells `ONCRM<TYPE>ADD`. */
export function createEntity(world: World, type: EntityType, sent: PhpMap, cause: EventCause, id?: number): Entity {
  const table = world.state.entities[type];
  const now = isoAt(world.now(), world.settings.utcOffsetMinutes);
  const entity: Entity = { id: id ?? table.nextId(), type, fields: {}, phones: [], emails: [] };
  const author = String(cause.userId || 1);
  for (const field of FIELDS[type]) entity.fields[field] = null;
  Object.assign(entity.fields, firstStatus(type), {
    ID: String(entity.id),
    OPENED: 'N',
    ASSIGNED_BY_ID: author,
    CREATED_BY_ID: author,
    MODIFY_BY_ID: author,
    DATE_CREATE: now,
    DATE_MODIFY: now,
  });
  write(world, entity, sent);
  if ((type === 'LEAD' || type === 'DEAL') && !entity.fields['TITLE'])
    entity.fields['TITLE'] = `${type === 'LEAD' ? 'Lead' : 'Deal'} #${entity.id}`;
  table.add(entity);
  world.emit(`ONCRM${type}ADD`, { FIELDS: { ID: String(entity.id) } }, cause);
  return entity;
}

/** Changes the sent fields only and tells `ONCRM<TYPE>UPDATE`. */
export function updateEntity(world: World, entity: Entity, sent: PhpMap, cause: EventCause): void {
  write(world, entity, sent);
  entity.fields['DATE_MODIFY'] = isoAt(world.now(), world.settings.utcOffsetMinutes);
  entity.fields['MODIFY_BY_ID'] = String(cause.userId || 1);
  world.state.entities[entity.type].changed(entity);
  world.emit(`ONCRM${entity.type}UPDATE`, { FIELDS: { ID: String(entity.id) } }, cause);
}

export function removeEntity(world: World, entity: Entity, cause: EventCause): void {
  world.state.entities[entity.type].remove(entity.id);
  world.emit(`ONCRM${entity.type}DELETE`, { FIELDS: { ID: String(entity.id) } }, cause);
}

export const entityOf = (world: World, ref: EntityRef): Entity | undefined =>
  world.state.entities[ref.type].get(ref.id);

export const isEntityType = (text: string): text is EntityType => text in FIELDS;

const multiRow = (typeId: string, field: MultiField): PhpMap => ({
  ID: String(field.id),
  VALUE_TYPE: field.valueType,
  VALUE: field.value,
  TYPE_ID: typeId,
});

/** The whole row as `get` shows it. */
export function entityRow(entity: Entity): PhpMap {
  const row: PhpMap = { ...entity.fields };
  if (entity.phones.length > 0) row['PHONE'] = entity.phones.map((phone) => multiRow('PHONE', phone));
  if (entity.emails.length > 0) row['EMAIL'] = entity.emails.map((email) => multiRow('EMAIL', email));
  return row;
}

/** The name that a person would read on the card. */
export function entityName(entity: Entity): string {
  const { TITLE, NAME, LAST_NAME } = entity.fields;
  return toText(TITLE) || [toText(NAME), toText(LAST_NAME)].filter(truthy).join(' ') || `${entity.type} ${entity.id}`;
}
