// Contacts out of a CSV table, as spreadsheets and other CRMs write it. Pure.
import type { ImportedContact } from './import.ts';

/** The file is not what it should be; the message says what is missing. */
export class ImportError extends Error {
  readonly mend: string;
  constructor(message: string, mend: string) {
    super(message);
    this.name = 'ImportError';
    this.mend = mend;
  }
}

/** How columns are called, in English and Russian, in small letters. Several columns of numbers are taken together. */
const columnNames = {
  name: /^(name|full ?name|contact|client|имя|фио|контакт|клиент|название)$/,
  family: /^(last ?name|surname|family ?name|фамилия)$/,
  given: /^(first ?name|given ?name)$/,
  phone: /^(phone|tel|telephone|mobile|number|телефон|мобильный|номер|тел)/,
  company: /^(company|organi[sz]ation|org|компания|организация)$/,
  note: /^(note|notes|comment|заметка|примечание|комментарий)$/,
};
type Column = keyof typeof columnNames;

/** The first row names the columns. Commas, semicolons or tabs. @throws ImportError */
export function readCsv(text: string): ImportedContact[] {
  const clean = text.replace(/^\uFEFF/, '');
  const separator = separatorOf(clean.split('\n', 1)[0] ?? '');
  const [head, ...rows] = rowsOf(clean, separator);
  const columns = (head ?? []).map((title) => columnOf(title));
  if (!columns.includes('phone')) {
    throw new ImportError(
      'the file has no column of phone numbers',
      'Name the columns in the first row: name, phone (and company, note); or give a vCard file',
    );
  }
  return rows.filter((row) => row.some((cell) => cell.trim() !== '')).map((row) => contactOf(row, columns));
}

function contactOf(row: readonly string[], columns: readonly (Column | null)[]): ImportedContact {
  const cells = (column: Column): string[] =>
    row.filter((cell, index) => columns[index] === column && cell.trim() !== '').map((cell) => cell.trim());
  const name = cells('name')[0] ?? [...cells('given'), ...cells('family')].join(' ');
  // One cell may hold several numbers.
  const phones = cells('phone').flatMap((cell) => cell.split(/[,;/|]|\s{2,}/).map((part) => part.trim()));
  return {
    name,
    phones: phones.filter((phone) => phone !== ''),
    company: cells('company')[0] ?? null,
    note: cells('note').join('\n'),
  };
}

function columnOf(title: string): Column | null {
  const plain = title.trim().toLowerCase();
  return (Object.keys(columnNames) as Column[]).find((column) => columnNames[column].test(plain)) ?? null;
}

function separatorOf(line: string): string {
  const count = (sign: string): number => line.split(sign).length;
  return [',', ';', '\t'].toSorted((a, b) => count(b) - count(a))[0] ?? ',';
}

/** RFC 4180: cells in quotes may hold separators, line ends and doubled quotes. */
function rowsOf(text: string, separator: string): string[][] {
  const rows: string[][] = [[]];
  let cell = '';
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] ?? '';
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (sign === '"' && cell.trim() === '') {
      cell = '';
      quoted = true;
    } else if (sign === separator || sign === '\n') {
      rows.at(-1)?.push(cell.replace(/\r$/, ''));
      cell = '';
      if (sign === '\n') rows.push([]);
    } else cell += sign;
  }
  rows.at(-1)?.push(cell.replace(/\r$/, ''));
  return rows;
}
