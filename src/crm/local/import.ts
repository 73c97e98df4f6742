// Contacts of a file into the built-in CRM: a CSV table or vCards.
import type { Db, Dialect } from '../../store/dialect.ts';
import { plainNumber, toE164 } from '../../phones/number.ts';
import { adoptActivities } from './activities.ts';
import { readCsv } from './csv-contacts.ts';
import { addEntities, entitiesByNumber, type NewEntity } from './entities.ts';
import { readVcards } from './vcard.ts';

export interface ImportedContact {
  name: string;
  phones: string[];
  company: string | null;
  note: string;
}

export interface ImportReport {
  /** Contacts made. */
  added: number;
  /** Left out: a contact with one of the numbers is there already. */
  known: number;
  /** Left out, with the reason, at most 100. */
  refused: { contact: string; reason: string }[];
}

/** Contacts of one transaction. */
const perWrite = 500;

/** @throws ImportError when the file is neither a CSV table with a column of numbers nor vCards */
export function readContacts(text: string): ImportedContact[] {
  return /^\uFEFF?\s*BEGIN:VCARD/i.test(text) ? readVcards(text) : readCsv(text);
}

/**
 * A contact is made when none has any of its numbers; so the same file may be imported again.
 * @param options.dryRun says what would be done, and does nothing
 */
export async function importContacts(
  database: Dialect,
  contacts: readonly ImportedContact[],
  options: { region: string; dryRun: boolean; nowMs: number },
): Promise<ImportReport> {
  const report: ImportReport = { added: 0, known: 0, refused: [] };
  const seen = new Set<string>();
  for (let from = 0; from < contacts.length; from += perWrite) {
    const some = contacts.slice(from, from + perWrite);
    const work = async (db: Db): Promise<void> => {
      const making: NewEntity[] = [];
      const companies: (string | null)[] = [];
      for (const contact of some) {
        const phones = numbersOf(contact, options.region);
        const refusal = phones.length === 0 ? 'no phone number that can be read' : null;
        if (refusal !== null) refuse(report, contact, refusal);
        else if (phones.some((number) => seen.has(number)) || (await isKnown(db, phones))) report.known += 1;
        else {
          making.push(entityOf(contact, phones));
          companies.push(contact.company);
        }
        for (const number of phones) seen.add(number);
      }
      report.added += making.length;
      if (options.dryRun) return;
      for (const [index, company] of companies.entries()) {
        const entity = making[index];
        if (entity && company !== null) entity.companyId = await companyNamed(db, company, options.nowMs);
      }
      const ids = await addEntities(db, making, options.nowMs);
      for (const [index, { phones }] of making.entries()) {
        for (const number of phones) await adoptActivities(db, number, ids[index] ?? 0);
      }
    };
    await (options.dryRun ? database.read(work) : database.write(work));
  }
  return report;
}

/** E.164 where it can be told, else the digits as they are. */
export function numbersOf({ phones }: Pick<ImportedContact, 'phones'>, region: string): string[] {
  return [...new Set(phones.map((phone) => toE164(phone, region) ?? plainNumber(phone)).filter((n) => n !== null))];
}

function entityOf({ name, note }: ImportedContact, phones: string[]): NewEntity {
  return {
    kind: 'contact',
    name: name === '' ? (phones[0] ?? '') : name.slice(0, 500),
    phones,
    note: note.slice(0, 5000),
  };
}

/** The company of this name; made when there is none. */
async function companyNamed(db: Db, name: string, nowMs: number): Promise<number | null> {
  const known = await db
    .selectFrom('local_entities')
    .select('id')
    .where('kind', '=', 'company')
    .where('name_key', '=', name.toLowerCase())
    .orderBy('id')
    .executeTakeFirst();
  if (known) return known.id;
  return (await addEntities(db, [{ kind: 'company', name: name.slice(0, 500), phones: [] }], nowMs))[0] ?? null;
}

async function isKnown(db: Db, phones: readonly string[]): Promise<boolean> {
  for (const number of phones) {
    if ((await entitiesByNumber(db, number)).some(({ kind }) => kind !== 'lead')) return true;
  }
  return false;
}

function refuse(report: ImportReport, { name, phones }: ImportedContact, reason: string): void {
  if (report.refused.length < 100) report.refused.push({ contact: name === '' ? phones.join(', ') : name, reason });
}
