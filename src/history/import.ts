/**
 * A Parquet file by anyone, as rows of the operator's layout.
 *
 * What a file is follows from its columns: `workflow` makes it task runs; `node` makes it node samples in base
 * units; without either it is one node's, named as the file, in fractions of that node's capacity.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { RESOURCES } from '../core/resources.ts';
import type { ResourceVector } from '../core/resources.ts';
import { SAMPLES, TASKS } from './areas.ts';
import type { Area } from './areas.ts';
import { FRACTION_COLUMNS, measured } from './columns.ts';
import { DamagedFileError, columnNames, decodeParquet } from './decode.ts';
import type { Table } from './decode.ts';
import { dayFolder } from './files.ts';
import { fromFractions } from './fractions.ts';

/** A file of fractions of a node whose capacity nobody knows. */
export class UnknownCapacityError extends Error {
  override name = 'UnknownCapacityError';
  readonly node: string;

  constructor(node: string) {
    super(`holds fractions of the capacity of node ${node}, which is not known`);
    this.node = node;
  }
}

export interface ImportedFile {
  readonly area: Area;
  readonly table: Table;
  readonly nodes: readonly string[];
  readonly problems: readonly string[];
}

/** Throws DamagedFileError and UnknownCapacityError. */
export async function readForeign(
  path: string,
  capacityOf: (node: string) => ResourceVector | undefined,
): Promise<ImportedFile> {
  const bytes = await readFile(path);
  const names = columnNames(bytes);
  if (!names.includes('workflow') && !names.includes('node')) return readFractions(path, bytes, capacityOf);
  const area = names.includes('workflow') ? TASKS : SAMPLES;
  const table = await decodeParquet(bytes, area.columns);
  return { area, table, nodes: [...new Set(table.strings('node'))].sort(), problems: [] };
}

async function readFractions(
  path: string,
  bytes: Buffer,
  capacityOf: (node: string) => ResourceVector | undefined,
): Promise<ImportedFile> {
  const node = basename(path, '.parquet');
  const table = await decodeParquet(bytes, FRACTION_COLUMNS);
  const capacity = capacityOf(node);
  if (capacity === undefined) throw new UnknownCapacityError(node);
  const { load, refused } = fromFractions(table, capacity);
  const loads = new Map(
    RESOURCES.flatMap((r) => [
      [r as string, load[r]],
      [measured(`capacity_${r}`).name, new Float64Array(table.rows).fill(capacity[r])],
    ]),
  );
  const inBaseUnits: Table = {
    ...table,
    numbers: (name) => loads.get(name) ?? table.numbers(name),
    strings: () => new Array<string>(table.rows).fill(node),
  };
  return { area: SAMPLES, table: inBaseUnits, nodes: [node], problems: refused.map(({ reason }) => reason) };
}

/** The table's rows by the folder of their day. */
export function tablesByDay(table: Table, area: Area): Map<string, Table> {
  const days = new Map<string, number[]>();
  table.numbers(area.time).forEach((time, row) => {
    const day = folderOf(time, row);
    const rows = days.get(day);
    if (rows === undefined) days.set(day, [row]);
    else rows.push(row);
  });
  return new Map([...days].map(([day, rows]) => [day, selected(table, rows)]));
}

/** Years of four digits are what the folders' names have room for. */
const LAST_TIME = Date.UTC(9999, 11, 31);

function folderOf(time: number, row: number): string {
  if (time < 0 || time > LAST_TIME)
    throw new DamagedFileError(`has a time in row ${row} that no clock shows`);
  return dayFolder(time);
}

function selected(table: Table, rows: readonly number[]): Table {
  return {
    rows: rows.length,
    replaces: [],
    numbers: (name) => {
      const all = table.numbers(name);
      return Float64Array.from(rows, (row) => all[row] ?? NaN);
    },
    strings: (name) => {
      const all = table.strings(name);
      return rows.map((row) => all[row] ?? '');
    },
  };
}
