/** Tables as kubectl prints them: columns some blanks apart, no lines, nothing after the last. */

export interface TableLayout {
  /** Blanks between columns; default 3. */
  readonly gap?: number;
  /** Columns from this one on are numbers, and end below each other; default: none. */
  readonly numbersFrom?: number;
}

export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  { gap = 3, numbersFrom = Infinity }: TableLayout = {},
): string {
  const all = [header, ...rows];
  // Plans have rows by the thousand: more than a call takes as arguments.
  const widths = header.map((_, i) => all.reduce((width, row) => Math.max(width, row[i]?.length ?? 0), 0));
  const pad = (cell: string, i: number): string =>
    i < numbersFrom ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0);
  return all.map((row) => `${row.map(pad).join(' '.repeat(gap)).trimEnd()}\n`).join('');
}
