import { describe, expect, it } from 'vitest';
import { call, finish, openPortal, registered, result } from './test-client.ts';

describe('CRM entities', () => {
  it('adds, changes, shows and lists them as strings', async () => {
    const portal = await openPortal();
    const fields = { TITLE: 'L', NAME: 'Ann', PHONE: [{ VALUE: '+79990000001', VALUE_TYPE: 'MOBILE' }], UF_CRM_X: 'y' };
    const id = await result<number>(portal, 'crm.lead.add', { fields });
    expect(id).toBe(2);
    expect(await result(portal, 'crm.lead.update', { id, fields: { STATUS_ID: 'JUNK', NONSENSE: 1 } })).toBe(true);
    const row = await result(portal, 'crm.lead.get', { ID: id });
    expect(row).toMatchObject({ ID: '2', STATUS_SEMANTIC_ID: 'F', UF_CRM_X: 'y', ASSIGNED_BY_ID: '1', HAS_PHONE: 'Y' });
    expect(row).not.toHaveProperty('NONSENSE');
    const list = await result(portal, 'crm.lead.list', {
      filter: { '!STATUS_ID': 'JUNK', NO_FIELD: 1 },
      select: ['ID', 'PHONE'],
    });
    expect(list).toEqual([{ ID: '1', PHONE: [expect.objectContaining({ VALUE: '+79261000003' })] }]);
    expect(Object.keys((await result<object[]>(portal, 'crm.lead.list'))[0]!)).not.toContain('PHONE');
    expect(await result(portal, 'crm.lead.delete', { id })).toBe(true);
    expect((await call(portal, 'crm.lead.get', { id })).body).toEqual({ error: '', error_description: 'Not found' });
  });

  it('edits phones by their ids and doubles what is sent again without one', async () => {
    const portal = await openPortal();
    const update = (PHONE: object[]): Promise<unknown> =>
      result(portal, 'crm.contact.update', { id: 1, fields: { PHONE } });
    const phones = (): string[] => portal.state.entities.CONTACT.get(1)!.phones.map(({ value }) => value);
    await update([{ VALUE: '+79261000001' }]);
    expect(phones()).toEqual(['+79261000001', '+79261000001']);
    const [first, second] = portal.state.entities.CONTACT.get(1)!.phones;
    await update([
      { ID: first!.id, VALUE: '+70000000000' },
      { ID: second!.id, DELETE: 'Y' },
    ]);
    expect(phones()).toEqual(['+70000000000']);
    const find = (phone: string): Promise<unknown> =>
      result(portal, 'crm.duplicate.findbycomm', { type: 'PHONE', values: [phone] });
    expect(await find('+70000000000')).toEqual({ CONTACT: [1] });
    expect(await find('+79261000001')).toEqual([]);
  });

  it('finds doubles of every stage, leads first and twenty a value', async () => {
    const portal = await openPortal();
    for (let index = 0; index < 19; index += 1) portal.addEntity('LEAD', { STATUS_ID: 'JUNK' }, ['89261000001']);
    portal.addEntity('CONTACT', {}, ['79261000001']);
    const find = { type: 'PHONE', values: ['+79261000001'] };
    expect(await result(portal, 'crm.duplicate.findbycomm', find)).toMatchObject({ CONTACT: [1] });
    expect(await result(portal, 'crm.duplicate.findbycomm', { ...find, entity_type: 'CONTACT' })).toEqual({
      CONTACT: [1, 3],
    });
  });

  it('lists open deals, statuses and links', async () => {
    const portal = await openPortal();
    portal.addEntity('DEAL', { CONTACT_ID: '1', STAGE_ID: 'C2:WON' });
    const deals = await result(portal, 'crm.deal.list', {
      filter: { CONTACT_ID: 1, CLOSED: 'N' },
      order: { DATE_MODIFY: 'DESC' },
    });
    expect(deals).toMatchObject([{ ID: '1', STAGE_SEMANTIC_ID: 'P' }]);
    const sources = await result<unknown[]>(portal, 'crm.status.list', { filter: { ENTITY_ID: 'SOURCE' } });
    expect(sources).toHaveLength(12);
    expect(sources[0]).toMatchObject({ STATUS_ID: 'CALL', ID: '1' });
    expect(await result(portal, 'crm.contact.company.items.get', { id: 1 })).toMatchObject([{ COMPANY_ID: 1 }]);
    expect(await result(portal, 'crm.company.contact.items.get', { id: 1 })).toMatchObject([{ CONTACT_ID: 1 }]);
  });

  it('heeds the rights of the asking user', async () => {
    const portal = await openPortal();
    portal.state.users.get(1)!.crmRights = 'own';
    expect(await result(portal, 'crm.contact.list')).toEqual([]);
    expect((await call(portal, 'crm.contact.get', { id: 1 })).body['error_description']).toBe('Access denied.');
    portal.state.users.get(1)!.crmRights = 'none';
    expect((await call(portal, 'crm.lead.add', { fields: {} })).body['error']).toBe('ACCESS_DENIED');
  });

  it('comments with lower-case fields only', async () => {
    const portal = await openPortal();
    const fields = { ENTITY_ID: 1, ENTITY_TYPE: 'contact', COMMENT: 'called' };
    expect(await result(portal, 'crm.timeline.comment.add', { fields })).toBe(1);
    expect((await call(portal, 'crm.timeline.comment.add', { FIELDS: fields })).status).toBe(400);
  });
});

describe('activities', () => {
  it('are found by origin and binding, and changed in part', async () => {
    const portal = await openPortal();
    const callId = await registered(portal);
    await finish(portal, callId);
    const byOrigin = { filter: { ORIGIN_ID: `VI_${callId}` }, select: ['ID', 'COMMUNICATIONS'] };
    expect(await result(portal, 'crm.activity.list', byOrigin)).toMatchObject([
      { ID: '1', COMMUNICATIONS: [{ VALUE: '+79261000001', ENTITY_ID: '1', ENTITY_TYPE_ID: '3' }] },
    ]);
    const bound = (OWNER_ID: number): Promise<unknown[]> =>
      result<unknown[]>(portal, 'crm.activity.list', { filter: { BINDINGS: [{ OWNER_TYPE_ID: 3, OWNER_ID }] } });
    expect(await bound(1)).toHaveLength(1);
    expect(await bound(2)).toHaveLength(0);
    const fields = { COMPLETED: 'Y', RESULT_MARK: 2, SETTINGS: {}, RESPONSIBLE_ID: 12 };
    expect(await result(portal, 'crm.activity.update', { id: 1, fields })).toBe(true);
    expect(await result(portal, 'crm.activity.get', { id: 1 })).toMatchObject({
      COMPLETED: 'Y',
      STATUS: '2',
      RESULT_MARK: '2',
      RESPONSIBLE_ID: '12',
      DIRECTION: '1',
    });
    expect((await call(portal, 'crm.activity.get', { id: 9 })).body['error']).toBe('');
  });
});

describe('tasks', () => {
  it('are added with their links, found by XML_ID, and completed', async () => {
    const portal = await openPortal();
    const fields = { TITLE: 'Call back', RESPONSIBLE_ID: 11, XML_ID: 'call-1', UF_CRM_TASK: ['C_1', 'D_1'] };
    const { task } = await result<{ task: Record<string, unknown> }>(portal, 'tasks.task.add', { fields });
    expect(task).toMatchObject({ id: '1', title: 'Call back', status: '2', responsibleId: '11', createdBy: '1' });
    expect(task).not.toHaveProperty('ufCrmTask');
    const list = (filter: object, select: string[] = []): Promise<{ tasks: object[] }> =>
      result<{ tasks: object[] }>(portal, 'tasks.task.list', { filter, select });
    expect((await list({ XML_ID: 'call-1' }, ['ID', 'UF_CRM_TASK'])).tasks).toMatchObject([
      { ufCrmTask: ['C_1', 'D_1'] },
    ]);
    expect((await list({ UF_CRM_TASK: 'C_1', '<REAL_STATUS': 5 })).tasks).toHaveLength(1);
    await result(portal, 'tasks.task.update', { taskId: 1, fields: { RESPONSIBLE_ID: 12 } });
    await result(portal, 'tasks.task.delegate', { taskId: 1, userId: 13 });
    await result(portal, 'tasks.task.complete', { taskId: 1 });
    expect(await result(portal, 'tasks.task.get', { taskId: 1 })).toMatchObject({
      task: { status: '5', responsibleId: '13' },
    });
    expect((await list({ XML_ID: 'call-1', '<REAL_STATUS': 5 })).tasks).toEqual([]);
  });

  it('hang on their call in the view, and wait for approval when controlled', async () => {
    const portal = await openPortal();
    await finish(portal, await registered(portal, { EXTERNAL_CALL_ID: 'call-7' }));
    const fields = { TITLE: 'x', RESPONSIBLE_ID: 11, XML_ID: 'call-7', TASK_CONTROL: 'Y' };
    await result(portal, 'tasks.task.add', { fields });
    await result(portal, 'tasks.task.complete', { taskId: 1 });
    expect(portal.calls()[0]!.tasks).toMatchObject([{ id: '1', status: '4' }]);
  });

  it('are refused with ERROR_CORE and a line break, or code 100', async () => {
    const portal = await openPortal();
    const add = async (fields: object): Promise<unknown> => (await call(portal, 'tasks.task.add', { fields })).body;
    expect(await add({ RESPONSIBLE_ID: 11 })).toMatchObject({
      error: 'ERROR_CORE',
      error_description: expect.stringMatching(/<br>$/) as string,
    });
    expect(await add({ TITLE: 'x', RESPONSIBLE_ID: 999 })).toMatchObject({ error: 'ERROR_CORE' });
    expect((await call(portal, 'tasks.task.complete')).body['error']).toBe('100');
  });
});
