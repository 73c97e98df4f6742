import { fit, printable, widthOf } from './printable.ts';

export interface Column<Row> {
  readonly title: string;
  /** Any text; it is made printable here. */
  readonly value: (row: Row) => string;
  readonly alignRight?: boolean;
  /** Cells are cut to so many columns of the terminal. */
  readonly widthMax?: number;
  readonly colour?: (row: Row) => Colour | null;
}

const codes = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2, bold: 1 } as const;
export type Colour = keyof typeof codes;

/** A coloured text; as it is where colours are off. */
export function paint(text: string, colour: Colour | null, isOn: boolean): string {
  return isOn && colour !== null ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text;
}

/**
 * Rows as aligned lines, the titles first.
 * @param options.columns width of the terminal: lines are cut there (never wrapped); Infinity for a file
 */
export function tableLines<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  options: { columns: number; colours: boolean },
): string[] {
  const cells = rows.map((row) =>
    columns.map((column) => fit(printable(column.value(row)), column.widthMax ?? Infinity)),
  );
  const widths = columns.map((column, at) =>
    Math.max(widthOf(column.title), ...cells.map((line) => widthOf(line[at] ?? ''))),
  );
  const title = lineOf(
    columns.map(({ title }) => title),
    columns,
    widths,
    options.columns,
    (cell) => paint(cell, 'bold', options.colours),
  );
  return [
    title,
    ...cells.map((line, index) =>
      lineOf(line, columns, widths, options.columns, (cell, at) => {
        const row = rows[index];
        const colour = row === undefined ? null : (columns[at]?.colour?.(row) ?? null);
        return paint(cell, colour, options.colours);
      }),
    ),
  ];
}

function lineOf<Row>(
  cells: readonly string[],
  columns: readonly Column<Row>[],
  widths: readonly number[],
  columnsMax: number,
  dress: (cell: string, at: number) => string,
): string {
  let line = '';
  let left = columnsMax;
  for (const [at, cell] of cells.entries()) {
    const gap = at === 0 ? '' : '  ';
    const isLast = at === cells.length - 1;
    const padding = ' '.repeat(Math.max(0, (widths[at] ?? 0) - widthOf(cell)));
    const padded = columns[at]?.alignRight ? padding + cell : isLast ? cell : cell + padding;
    const text = fit(padded, left - gap.length);
    if (left - gap.length <= 0) break;
    line += gap + dress(text, at);
    left -= gap.length + widthOf(text);
  }
  return line.trimEnd();
}
