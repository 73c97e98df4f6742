import { expect, it } from 'vitest';
import { onEachDatabase } from '../../test/store/each-database.ts';
import type { Directory } from './directory.ts';
import { openDirectory, type DirectoryStore } from './open-directory.ts';

const office = {
  id: 'office',
  name: 'Office',
  timeZone: 'Europe/Moscow',
  week: [{ days: [1], from: '09:00', to: '18:00' }],
};
const ivan = { id: 'ivan', name: 'Ivan', extensions: ['101'], schedule: 'office' };

onEachDatabase('the directory', ({ open }) => {
  async function opened(): Promise<DirectoryStore> {
    return openDirectory(await open(), { connections: ['b24'] });
  }

  it('keeps what is put, gives back what was there before, and has it again after a restart', async () => {
    const directory = await opened();
    expect(await directory.put('schedules', office)).toMatchObject({ previous: null, record: { holidays: [] } });
    await directory.put('operators', ivan);
    const again = await directory.put('operators', { ...ivan, name: 'Ivan P.' });
    expect(again).toMatchObject({ previous: { name: 'Ivan' }, record: { name: 'Ivan P.' } });
    expect(await directory.put('operators', { ...ivan, name: 'Ivan P.' })).toMatchObject({
      previous: { name: 'Ivan P.' },
    });
    expect(await directory.remove('operators', 'ivan')).toMatchObject({ name: 'Ivan P.', extensions: ['101'] });
    await directory.put('operators', ivan);
    await directory.close();
    const restarted = await opened();
    expect(restarted.current().operators).toMatchObject([ivan]);
    expect(restarted.current().schedules).toMatchObject([office]);
    await restarted.close();
  });

  it('is seen by another process within a second', async () => {
    const [one, other] = [await opened(), await opened()];
    const heard = new Promise<Directory>((resolve) => other.onChange(resolve));
    const startMs = performance.now();
    await one.put('groups', { id: 'sales', name: 'Sales' });
    expect((await heard).groups).toMatchObject([{ id: 'sales' }]);
    expect(performance.now() - startMs).toBeLessThan(1_000);
    expect(other.current().groups).toHaveLength(1);
    await Promise.all([one.close(), other.close()]);
  });

  it('checks against what is in the database, not against what this process has seen', async () => {
    const [one, other] = [await opened(), await opened()];
    await one.put('schedules', office);
    // The other has perhaps not heard of it yet.
    await other.put('operators', ivan);
    await expect(one.remove('schedules', 'office')).rejects.toThrow(
      'schedules office: is in use by operator "ivan"; take it out there first',
    );
    await expect(one.put('operators', { ...ivan, id: 'petr', name: 'Petr' })).rejects.toThrow(
      'operators petr: extensions[0]: 101 is already the extension of the operator "ivan"',
    );
    await Promise.all([one.close(), other.close()]);
  });

  it('lets many change it at once, and loses nothing', async () => {
    const [one, other] = [await opened(), await opened()];
    const either = (n: number): DirectoryStore => (n % 2 ? one : other);
    await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        either(n).put('operators', { id: `op-${n}`, name: `Op ${n}`, extensions: [`${100 + n}`] }),
      ),
    );
    // Forty want the same extension: one gets it.
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) =>
        either(n).put('operators', { id: `same-${n}`, name: 'Same', extensions: ['999'] }),
      ),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const fresh = await opened();
    expect(fresh.current().operators).toHaveLength(41);
    await Promise.all([one, other, fresh].map((each) => each.close()));
  });

  it('imports all or nothing, tells what it would do, and exports what it can import', async () => {
    const directory = await opened();
    const content = {
      operators: [ivan],
      schedules: [office],
      lines: [{ id: 'main', name: 'Main', numbers: ['+7 495 000-11-22'] }],
    };
    await expect(directory.importAll({ ...content, groups: [{ id: 'bad' }] })).rejects.toThrow('groups bad: name:');
    expect(directory.current().operators).toEqual([]);
    expect(await directory.importAll(content, { dryRun: true })).toHaveLength(3);
    expect(directory.current().operators).toEqual([]);
    expect(await directory.importAll(content)).toHaveLength(3);
    const exported = directory.exportAll();
    expect(exported.operators).toEqual([ivan]);
    expect(await directory.importAll(exported)).toEqual([]);
    const pruned = await directory.importAll({ lines: [] }, { prune: true });
    expect(pruned).toMatchObject([{ kind: 'lines', id: 'main', record: null, previous: { name: 'Main' } }]);
    expect(directory.current()).toMatchObject({ lines: [], operators: [ivan] });
    await directory.close();
  });

  it('takes the users of a CRM, and a person’s word against theirs', async () => {
    const directory = await opened();
    const user = { id: '7', name: 'Anna', extension: '102', mobiles: ['+7 916 000-00-01'], active: true };
    await directory.takeUsers('b24', [user]);
    const [anna] = directory.current().operators;
    expect(anna).toMatchObject({ id: 'b24-7', name: 'Anna', extensions: ['102'], crmUsers: { b24: '7' }, from: 'b24' });
    await directory.put('operators', { ...anna, id: 'b24-7', name: 'Anna S.' });
    expect(await directory.takeUsers('b24', [user])).toEqual([]);
    expect(directory.current().operators).toMatchObject([{ name: 'Anna S.', from: null }]);
    await directory.close();
  });

  it('leaves out a row that somebody spoilt, and says which', async () => {
    const store = await open();
    const directory = await openDirectory(store);
    await directory.put('groups', { id: 'sales', name: 'Sales' });
    await store.database.write(async (db) => {
      await db.insertInto('directory').values({ kind: 'groups', id: 'x', body: '{', changed_at: 0 }).execute();
    });
    const told: string[] = [];
    const other = await openDirectory(store, { warn: (message) => void told.push(message) });
    expect(other.current().groups).toHaveLength(1);
    expect(told).toEqual(['the row groups x of the table directory cannot be read and is left out']);
    await Promise.all([directory.close(), other.close()]);
  });
});
