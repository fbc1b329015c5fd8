/**
 * The rows of several tables as those of one: in order of their key, and no key twice.
 *
 * Of rows with one key (a sample that was written twice, a file that was imported again) each column keeps the
 * value that was added last, where there is any: what a reader makes of them as well (`series-builder.ts`).
 */
import type { Column, Row } from './columns.ts';
import type { Table } from './decode.ts';

type Value = number | string | null;

export function* mergedRows(
  tables: readonly Table[],
  columns: readonly Column[],
  key: readonly string[],
): Generator<Row> {
  const keyColumns = columns.filter(({ name }) => key.includes(name));
  const keys = key.flatMap((name) => keyColumns.filter((c) => c.name === name)).map((c) => ranks(tables, c));
  const compare = (a: number, b: number): number => {
    for (const values of keys) {
      const difference = (values[a] ?? 0) - (values[b] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  };
  const readers = columns.map((column) => [column.name, reader(tables, column)] as const);
  const order = Uint32Array.from({ length: rowsIn(tables) }, (_, i) => i);
  order.sort((a, b) => compare(a, b) || a - b);

  let row: Record<string, Value> | undefined;
  let last = -1;
  for (const i of order) {
    if (row !== undefined && compare(last, i) !== 0) {
      yield row;
      row = undefined;
    }
    row ??= {};
    for (const [name, read] of readers) {
      const value = read(i);
      if (value !== null || !(name in row)) row[name] = value;
    }
    last = i;
  }
  if (row !== undefined) yield row;
}

const rowsIn = (tables: readonly Table[]): number => tables.reduce((sum, table) => sum + table.rows, 0);

/** The values of a column over all tables, one after the other; of strings their rank in order. */
function ranks(tables: readonly Table[], { name, kind }: Column): Float64Array {
  const all = new Float64Array(rowsIn(tables));
  let at = 0;
  if (kind === 'string') {
    const distinct = [...new Set(tables.flatMap((table) => [...new Set(table.strings(name))]))].sort();
    const rankOf = new Map(distinct.map((value, rank) => [value, rank]));
    for (const table of tables) for (const value of table.strings(name)) all[at++] = rankOf.get(value) ?? 0;
    return all;
  }
  for (const table of tables) {
    all.set(table.numbers(name), at);
    at += table.rows;
  }
  return all;
}

/** A column's value by row over all tables; NaN is null again. */
function reader(tables: readonly Table[], { name, kind }: Column): (row: number) => Value {
  if (kind === 'string') {
    const all = tables.flatMap((table) => table.strings(name));
    return (row) => all[row] ?? '';
  }
  const all = ranks(tables, { name, kind, optional: true });
  return (row) => {
    const value = all[row];
    return value === undefined || Number.isNaN(value) ? null : value;
  };
}
