import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../store/open-store.ts';
import type { Store } from '../../store/store.ts';
import { findActivities, saveActivity } from './activities.ts';
import { ImportError } from './csv-contacts.ts';
import { entitiesByNumber, findEntities } from './entities.ts';
import { importContacts, readContacts } from './import.ts';

describe('a CSV table', () => {
  it('is read with commas, semicolons, tabs, quotes and Russian titles', () => {
    expect(
      readContacts(
        '\uFEFFФИО;Телефон;Телефон 2;Компания\r\n"Иванов; Иван ""Ваня""";8 916 123-45-67;;ООО "Ромашка"\r\n',
      ),
    ).toEqual([{ name: 'Иванов; Иван "Ваня"', phones: ['8 916 123-45-67'], company: 'ООО "Ромашка"', note: '' }]);
    expect(readContacts('First name\tLast name\tMobile\tNote\nAnn\tLee\t+44 20 7946 0000, 112\tVIP\n\n')).toEqual([
      { name: 'Ann Lee', phones: ['+44 20 7946 0000', '112'], company: null, note: 'VIP' },
    ]);
    expect(readContacts('name,phone\n"two\nlines",1')).toEqual([
      { name: 'two\nlines', phones: ['1'], company: null, note: '' },
    ]);
  });

  it('without a column of numbers is refused, saying what is missing', () => {
    expect(() => readContacts('name,mail\nAnn,a@b')).toThrow(ImportError);
    expect(() => readContacts('name,mail\nAnn,a@b')).toThrow('no column of phone numbers');
  });
});

describe('vCards', () => {
  it('are read as phones of all ages write them', () => {
    const text = [
      'BEGIN:VCARD',
      'VERSION:2.1',
      'N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=98=D0=B2=D0=B0=D0=BD=D0=BE=D0=B2;=D0=98=',
      '=D0=B2=D0=B0=D0=BD;;;',
      'TEL;CELL:+79161234567',
      'END:VCARD',
      'BEGIN:VCARD',
      'VERSION:4.0',
      'FN:Ann\\, the',
      '  first',
      'item1.TEL;TYPE=work:tel:+44-20-7946-0000',
      'ORG:Acme;Sales',
      'NOTE:one\\ntwo',
      'END:VCARD',
      'BEGIN:VCARD',
      'NOTE:nobody',
      'END:VCARD',
    ].join('\r\n');
    expect(readContacts(text)).toEqual([
      { name: 'Иван Иванов', phones: ['+79161234567'], company: null, note: '' },
      { name: 'Ann, the first', phones: ['+44-20-7946-0000'], company: 'Acme', note: 'one\ntwo' },
    ]);
  });
});

describe('the import', () => {
  const options = { region: 'RU', dryRun: false, nowMs: 1_000 };
  let folder = '';
  let store: Store;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'patchcord-import-'));
    store = await openStore(`sqlite:${join(folder, 'patchcord.db')}`);
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const file =
    'name,phone,company\nAnn,8 (916) 123-45-67,Acme\nBob,+7 916 123 45 67,\nEve,no number,\nCid,84951112233,acme\n';

  it('makes each contact once, however often, with its company; and says what it left out', async () => {
    const contacts = readContacts(file);
    const dry = await importContacts(store.database, contacts, { ...options, dryRun: true });
    expect(await store.database.read((db) => findEntities(db, { limit: 10 }))).toEqual([]);
    const first = await importContacts(store.database, contacts, options);
    expect(first).toEqual({
      added: 2,
      known: 1,
      refused: [{ contact: 'Eve', reason: 'no phone number that can be read' }],
    });
    expect(dry).toEqual(first);
    expect(await importContacts(store.database, contacts, options)).toMatchObject({ added: 0, known: 3 });

    const [ann] = await store.database.read((db) => entitiesByNumber(db, '+79161234567'));
    expect(ann).toMatchObject({ kind: 'contact', name: 'Ann', phones: ['+79161234567'] });
    const companies = await store.database.read((db) => findEntities(db, { kind: 'company', limit: 10 }));
    expect(companies.map(({ name }) => name)).toEqual(['Acme']);
    expect(ann?.companyId).toBe(companies[0]?.id);
  });

  it('gives a contact the calls that its number made before', async () => {
    await store.database.write((db) =>
      saveActivity(db, {
        callId: 'main-1',
        entityId: null,
        number: '+79161234567',
        responsible: null,
        direction: 'inbound',
        status: 304,
        talkSec: 0,
        waitSec: 9,
        line: null,
        source: null,
        mark: null,
        startedAt: '2026-11-20T09:00:00.000Z',
      }),
    );
    await importContacts(store.database, readContacts(file), options);
    const [ann] = await store.database.read((db) => entitiesByNumber(db, '+79161234567'));
    const calls = await store.database.read((db) => findActivities(db, { entityId: ann?.id ?? 0, limit: 10 }));
    expect(calls.map(({ callId }) => callId)).toEqual(['main-1']);
  });

  it('finds a name in any case, also a Cyrillic one, and takes signs of LIKE as signs', async () => {
    await importContacts(store.database, readContacts('name,phone\nИВАНОВ 100%,84951112233\n'), options);
    const found = async (search: string): Promise<number> =>
      (await store.database.read((db) => findEntities(db, { search, limit: 10 }))).length;
    expect(await found('иванов')).toBe(1);
    expect(await found('100%')).toBe(1);
    expect(await found('%нет%')).toBe(0);
    expect(await found('495111')).toBe(1);
  });
});
