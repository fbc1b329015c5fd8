/**
 * The rows of several tables as those of one: in order of their key, and no key twice.
 *
 * Of rows with one key (a sample that was written twice, a file that was imported again) each column keeps the
 * value that was added last, where there is any: what a reader makes of them as well (`series-builder.ts`).
 *
 * Rows are first put together by the first column of their key, a node or a workflow, and sorted only within it and
 * only when they are asked for. A day of a large cluster is millions of rows: others have their turn after each table
 * and each group, or nothing else would run meanwhile.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Column, Row } from './columns.ts';
import type { Table } from './decode.ts';

type Value = number | string | null;

/** @param key names of columns, the first of strings */
export async function* mergedRows(
  tables: readonly Table[],
  columns: readonly Column[],
  key: readonly [string, ...string[]],
): AsyncGenerator<Row> {
  const [first, ...others] = key;
  const keys: Float64Array[] = [];
  for (const name of others) {
    const column = columns.find((c) => c.name === name);
    if (column !== undefined) keys.push(await ranks(tables, column));
  }
  const compare = (a: number, b: number): number => {
    for (const values of keys) {
      const difference = (values[a] ?? 0) - (values[b] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  };
  const places = await placesIn(tables);
  const readers = columns.map((column) => [column.name, reader(tables, column, places)] as const);
  for (const group of groups(await ranks(tables, { name: first, kind: 'string', optional: false }))) {
    await turn();
    yield* mergedGroup(
      group.sort((a, b) => compare(a, b) || a - b),
      compare,
      readers,
    );
  }
}

function* mergedGroup(
  order: Uint32Array,
  compare: (a: number, b: number) => number,
  readers: readonly (readonly [string, (row: number) => Value])[],
): Generator<Row> {
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

/** Rows of the same rank, in order of the ranks (a counting sort). */
function* groups(rankOf: Float64Array): Generator<Uint32Array> {
  const ends: number[] = [];
  for (const rank of rankOf) ends[rank] = (ends[rank] ?? 0) + 1;
  let sum = 0;
  for (let rank = 0; rank < ends.length; rank++) {
    const count = ends[rank] ?? 0;
    ends[rank] = sum;
    sum += count;
  }
  const order = new Uint32Array(rankOf.length);
  rankOf.forEach((rank, row) => {
    const at = ends[rank] ?? 0;
    order[at] = row;
    ends[rank] = at + 1;
  });
  let start = 0;
  for (const end of ends) {
    yield order.subarray(start, end);
    start = end;
  }
}

/** The values of a column over all tables, one after the other; of strings their rank in order, from 0. */
async function ranks(tables: readonly Table[], { name, kind }: Column): Promise<Float64Array> {
  const all = new Float64Array(rowsIn(tables));
  let at = 0;
  if (kind === 'string') {
    const distinct = new Set<string>();
    for (const table of tables) {
      for (const value of table.strings(name)) distinct.add(value);
      await turn();
    }
    const rankOf = new Map([...distinct].sort().map((value, rank) => [value, rank]));
    for (const table of tables) {
      for (const value of table.strings(name)) all[at++] = rankOf.get(value) ?? 0;
      await turn();
    }
    return all;
  }
  for (const table of tables) {
    all.set(table.numbers(name), at);
    at += table.rows;
  }
  return all;
}

/** Where each row over all tables is: of a column that is read once, a copy would be as large as the day. */
interface Places {
  readonly table: Uint32Array;
  readonly row: Uint32Array;
}

async function placesIn(tables: readonly Table[]): Promise<Places> {
  const places = { table: new Uint32Array(rowsIn(tables)), row: new Uint32Array(rowsIn(tables)) };
  let at = 0;
  for (const [i, table] of tables.entries()) {
    for (let row = 0; row < table.rows; row++, at++) {
      places.table[at] = i;
      places.row[at] = row;
    }
    await turn();
  }
  return places;
}

/** A column's value by row over all tables; NaN, and '' where a column is optional, are null again. */
function reader(
  tables: readonly Table[],
  { name, kind, optional }: Column,
  places: Places,
): (row: number) => Value {
  if (kind === 'string') {
    const columns = tables.map((table) => table.strings(name));
    return (row) => {
      const value = columns[places.table[row] ?? 0]?.[places.row[row] ?? 0] ?? '';
      return value === '' && optional ? null : value;
    };
  }
  const columns = tables.map((table) => table.numbers(name));
  return (row) => {
    const value = columns[places.table[row] ?? 0]?.[places.row[row] ?? 0];
    return value === undefined || Number.isNaN(value) ? null : value;
  };
}
