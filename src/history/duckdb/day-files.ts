/**
 * The files of one day as DuckDB may read them: those in force, in the order in which they were written.
 *
 * Only files whose columns are exactly of the kinds that the operator writes are left to DuckDB. Files of other tools,
 * with other types or odd values, have rules of their own, and these are in one place only (`decode.ts`).
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { join } from 'node:path';
import type { Area } from '../areas.ts';
import type { Column } from '../columns.ts';
import { REPLACES_KEY } from '../encode.ts';
import { FOLDED_PREFIX } from '../partition.ts';
import { listOf, quoted } from './duckdb.ts';

export interface DayFiles {
  /** Names; what was folded comes before what was appended since. */
  readonly inForce: readonly string[];
  /** Names of files whose rows are in one of them. */
  readonly replaced: readonly string[];
}

/** Undefined: they are not for DuckDB. Throws where one of them is damaged, or gone. */
export async function dayFiles(
  db: DuckDBConnection,
  folder: string,
  names: readonly string[],
  area: Area,
): Promise<DayFiles | undefined> {
  const paths = names.map((name) => join(folder, name));
  if (!(await haveOwnColumns(db, paths, area.columns))) return undefined;
  const found = await db.runAndReadAll(
    `select decode(value) from parquet_kv_metadata(${listOf(paths)}) where decode(key) = ${quoted(REPLACES_KEY)}`,
  );
  const replaced = new Set(found.getRows().flatMap(([json]) => JSON.parse(String(json)) as string[]));
  const inForce = names.filter((name) => !replaced.has(name));
  const isFolded = (name: string): boolean => name.startsWith(FOLDED_PREFIX);
  return {
    inForce: [...inForce.filter(isFolded), ...inForce.filter((name) => !isFolded(name))],
    replaced: names.filter((name) => replaced.has(name)),
  };
}

async function haveOwnColumns(
  db: DuckDBConnection,
  paths: readonly string[],
  columns: readonly Column[],
): Promise<boolean> {
  const schema = await db.runAndReadAll(
    'select file_name, name, type, converted_type, logical_type, num_children ' +
      `from parquet_schema(${listOf(paths)})`,
  );
  const kinds = new Map(columns.map(({ name, kind }) => [name, kind]));
  let found = 0;
  for (const [, name, type, converted, logical, children] of schema.getRows()) {
    if (children !== null) {
      if (Number(children) !== columns.length) return false;
      continue; // the root; a group within it would be one column too few
    }
    const kind = kinds.get(String(name));
    if (kind === undefined || !isOf(kind, String(type), String(converted), String(logical))) return false;
    found += 1;
  }
  return found === paths.length * columns.length;
}

function isOf(kind: Column['kind'], type: string, converted: string, logical: string): boolean {
  switch (kind) {
    case 'timestamp':
      return type === 'INT64' && (converted.startsWith('TIMESTAMP_M') || logical.startsWith('Timestamp'));
    case 'string':
      return type === 'BYTE_ARRAY' && converted === 'UTF8';
    case 'double':
      return type === 'DOUBLE';
  }
}
