import { accessDenied } from './errors.ts';
import { createEntity, entityRow, isEntityType, knownField, removeEntity, updateEntity } from './crm-entities.ts';
import { byPhone } from './crm-match.ts';
import { domainError, page } from './envelope.ts';
import { rowTest, sortRows, startOf } from './filter.ts';
import { asMap, items, lowerKeys, toInt, toText, upperKeys } from './php.ts';
import type { PhpMap } from './php.ts';
import type { Entity, EntityType } from './state.ts';
import type { Ctx, Methods } from './world.ts';

const CRM = ['crm'];

/** Whether the asking user may touch this entity. */
function mayTouch({ world, auth }: Ctx, assignedTo: string): boolean {
  const rights = world.state.users.get(auth.userId)?.crmRights ?? 'none';
  return rights === 'all' || (rights === 'own' && assignedTo === String(auth.userId));
}

/** The entity that `id` names, or the refusal that the old crm methods give. */
function named(ctx: Ctx, type: EntityType): Entity {
  const entity = ctx.world.state.entities[type].get(toInt(lowerKeys(ctx.params)['id']));
  if (!entity) throw domainError('Not found');
  if (!mayTouch(ctx, toText(entity.fields['ASSIGNED_BY_ID']))) throw domainError('Access denied.');
  return entity;
}

const cause = ({ auth }: Ctx): { userId: number; byApp: string | null } => ({ userId: auth.userId, byApp: auth.appId });

function list(ctx: Ctx, type: EntityType): unknown {
  const { world } = ctx;
  const params = lowerKeys(ctx.params);
  const known = (field: string): boolean => knownField(type, field) || field === 'PHONE' || field === 'EMAIL';
  const filter = upperKeys(asMap(params['filter']));
  const test = rowTest(filter, known, world.settings.utcOffsetMinutes);
  const rows = world.state.entities[type]
    .all()
    .filter((entity) => mayTouch(ctx, toText(entity.fields['ASSIGNED_BY_ID'])))
    .filter((entity) =>
      test({
        ...entity.fields,
        PHONE: entity.phones.map(({ value }) => value),
        EMAIL: entity.emails.map(({ value }) => value),
      }),
    );
  const order = upperKeys(asMap(params['order']));
  const sorted = sortRows(
    rows,
    Object.keys(order).length > 0 ? order : { ID: 'ASC' },
    (row, field) => row.fields[field],
  );
  const select = items(params['select']).map((field) => toText(field).toUpperCase());
  return page(sorted, startOf(params), (some) => some.map((entity) => selected(entity, select)));
}

/** Without `select` all plain fields; multi-fields only when they are named. */
function selected(entity: Entity, select: string[]): PhpMap {
  const row = entityRow(entity);
  const all = select.length === 0 || select.includes('*');
  return Object.fromEntries(
    Object.entries(row).filter(([field]) => {
      if (field === 'ID' || select.includes(field)) return true;
      if (field === 'PHONE' || field === 'EMAIL') return false;
      return field.startsWith('UF_') ? select.includes('UF_*') : all;
    }),
  );
}

function entityMethods(type: EntityType): Methods {
  const name = `crm.${type.toLowerCase()}`;
  const fields = (ctx: Ctx): PhpMap => asMap(lowerKeys(ctx.params)['fields']);
  return {
    [`${name}.add`]: {
      scopes: CRM,
      run: (ctx) => {
        if (!mayTouch(ctx, String(ctx.auth.userId))) throw domainError('Access denied.');
        return createEntity(ctx.world, type, fields(ctx), cause(ctx)).id;
      },
    },
    [`${name}.update`]: {
      scopes: CRM,
      run: (ctx) => {
        updateEntity(ctx.world, named(ctx, type), fields(ctx), cause(ctx));
        return true;
      },
    },
    [`${name}.get`]: { scopes: CRM, run: (ctx) => entityRow(named(ctx, type)) },
    [`${name}.list`]: { scopes: CRM, run: (ctx) => list(ctx, type) },
    [`${name}.delete`]: {
      scopes: CRM,
      run: (ctx) => {
        removeEntity(ctx.world, named(ctx, type), cause(ctx));
        return true;
      },
    },
  };
}

const FOUND_AT_MOST = 20;

/** Ids by type for up to twenty values; at most twenty ids a value, leads first; `[]` when nobody has them. */
function findByComm(ctx: Ctx): unknown {
  const params = lowerKeys(ctx.params);
  const values = items(params['values']).map(toText).slice(0, FOUND_AT_MOST);
  if (toText(params['type']).toUpperCase() === '') throw domainError('Parameter "type" is not specified.');
  if (values.length === 0) throw domainError('Parameter "values" is not specified.');
  const only = toText(params['entity_type']).toUpperCase();
  const byEmail = toText(params['type']).toUpperCase() === 'EMAIL';
  const found: Record<string, number[]> = {};
  for (const value of values) {
    let left = FOUND_AT_MOST;
    for (const type of ['LEAD', 'CONTACT', 'COMPANY'] as const) {
      if (only !== '' && only !== type) continue;
      const hits = byEmail
        ? ctx.world.state.entities[type].all().filter((row) => row.emails.some((email) => email.value === value))
        : byPhone(ctx.world, type, value);
      const ids = hits.slice(0, left).map(({ id }) => id);
      left -= ids.length;
      if (ids.length > 0) found[type] = [...new Set([...(found[type] ?? []), ...ids])];
    }
  }
  return Object.keys(found).length > 0 ? found : [];
}

const DIRECTORIES: Record<string, string[]> = {
  STATUS: ['NEW', 'IN_PROCESS', 'PROCESSED', 'CONVERTED', 'JUNK'],
  DEAL_STAGE: ['NEW', 'PREPARATION', 'EXECUTING', 'WON', 'LOSE'],
};

function statusList({ world, params: sent }: Ctx): unknown {
  const params = lowerKeys(sent);
  const rows = Object.entries({ SOURCE: world.settings.sources, ...DIRECTORIES }).flatMap(([directory, ids]) =>
    ids.map((id, index) => ({ ENTITY_ID: directory, STATUS_ID: id, NAME: id.toLowerCase(), SORT: `${index + 1}0` })),
  );
  const numbered: PhpMap[] = rows.map((row, index) => ({
    ID: String(index + 1),
    ...row,
    NAME_INIT: '',
    SYSTEM: 'Y',
    CATEGORY_ID: null,
  }));
  const test = rowTest(asMap(params['filter']), (field) => ['ENTITY_ID', 'STATUS_ID', 'ID'].includes(field), 0);
  const found = numbered.filter(test);
  return page(found, -1 === startOf(params) ? -1 : 0, () => found);
}

function addComment({ world, params }: Ctx): unknown {
  // Unlike its siblings it reads the lower-case key only.
  const fields = asMap(params['fields']);
  const type = toText(fields['ENTITY_TYPE']).toUpperCase();
  const id = toInt(fields['ENTITY_ID']);
  if (!isEntityType(type) || !world.state.entities[type].get(id)) throw domainError('Owner was not found');
  const text = toText(fields['COMMENT']);
  if (text === '') throw domainError('Comment is empty');
  return world.state.comments.add({ id: world.state.comments.nextId(), entity: `${type} ${id}`, text }).id;
}

/** The companies of a contact: in this portal at most the one in COMPANY_ID. */
function companiesOf(ctx: Ctx): unknown {
  const companyId = toInt(named(ctx, 'CONTACT').fields['COMPANY_ID']);
  return companyId === 0 ? [] : [{ COMPANY_ID: companyId, SORT: 10, IS_PRIMARY: 'Y' }];
}

function contactsOf(ctx: Ctx): unknown {
  const company = named(ctx, 'COMPANY');
  return ctx.world.state.entities.CONTACT.where('company', String(company.id)).map(({ id }) => ({
    CONTACT_ID: id,
    SORT: 10,
    IS_PRIMARY: 'Y',
  }));
}

function guarded(methods: Methods): Methods {
  return Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [
      name,
      {
        ...method,
        run: (ctx: Ctx) => {
          if (ctx.world.state.users.get(ctx.auth.userId)?.crmRights === 'none') throw accessDenied();
          return method.run(ctx);
        },
      },
    ]),
  );
}

export const crmMethods: Methods = {
  ...guarded({
    ...entityMethods('LEAD'),
    ...entityMethods('DEAL'),
    ...entityMethods('CONTACT'),
    ...entityMethods('COMPANY'),
    'crm.contact.company.items.get': { scopes: CRM, run: companiesOf },
    'crm.company.contact.items.get': { scopes: CRM, run: contactsOf },
    'crm.duplicate.findbycomm': { scopes: CRM, run: findByComm },
    'crm.timeline.comment.add': { scopes: CRM, run: addComment },
  }),
  'crm.status.list': { scopes: CRM, run: statusList },
  'crm.settings.mode.get': {
    scopes: CRM,
    run: ({ world }) => (world.settings.crmMode === 'classic' ? 1 : 2),
  },
};
