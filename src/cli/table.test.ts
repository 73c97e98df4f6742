import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { widthOf } from './printable.ts';
import { tableLines, type Column } from './table.ts';

const columns: Column<{ name: string; count: number }>[] = [
  { title: 'NAME', value: ({ name }) => name, widthMax: 12, colour: ({ count }) => (count > 9 ? 'red' : null) },
  { title: 'COUNT', value: ({ count }) => String(count), alignRight: true },
  { title: 'LAST', value: () => 'end' },
];
const rows = [
  { name: 'Анна', count: 1 },
  { name: '漢字', count: 10 },
  { name: 'much too long a name\u001b[2J', count: 100 },
];

describe('a table', () => {
  it('is aligned by what a terminal shows, hostile text made safe', () => {
    expect(tableLines(columns, rows, { columns: Infinity, colours: false })).toEqual([
      'NAME          COUNT  LAST',
      'Анна              1  end',
      '漢字             10  end',
      'much too lo…    100  end',
    ]);
  });

  it('is no wider than the terminal, with colours too', () => {
    for (const width of [1, 5, 14, 16, 22, 80]) {
      const lines = tableLines(columns, rows, { columns: width, colours: true });
      const plain = lines.map(stripVTControlCharacters);
      expect(Math.max(...plain.map(widthOf))).toBeLessThanOrEqual(width);
    }
  });

  it('colours what is to be coloured, and nothing when colours are off', () => {
    const coloured = tableLines(columns, rows, { columns: Infinity, colours: true });
    expect(coloured[2]).toContain('\u001b[31m漢字');
    expect(coloured[1]).not.toContain('\u001b');
    expect(tableLines(columns, rows, { columns: Infinity, colours: false }).join('')).not.toContain('\u001b');
  });
});
