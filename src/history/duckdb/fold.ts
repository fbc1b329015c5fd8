/** A large day folded by DuckDB: what `merge.ts` and `encode.ts` do, in SQL and outside of the event loop. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Area } from '../areas.ts';
import { REPLACES_KEY } from '../encode.ts';
import { uniqueName } from '../files.ts';
import { FOLDED_PREFIX } from '../partition.ts';
import { dayFiles } from './day-files.ts';
import { listOf, quoted, withDuckDB } from './duckdb.ts';

const ROW_GROUP_ROWS = 32_768;

export interface FoldedDay {
  /** Files whose rows are in another, once `bytes` are written. */
  readonly superseded: readonly string[];
  /** Of the file that takes their place; undefined: there is nothing to fold. */
  readonly bytes: Uint8Array | undefined;
}

/**
 * Undefined where it is not for DuckDB. Throws where a file is damaged, or DuckDB fails.
 *
 * @param names of all Parquet files in the folder
 * @param whole fold all; else what was folded before is left as it is
 */
export function foldSamples(
  folder: string,
  names: readonly string[],
  area: Area,
  { now, whole }: { readonly now: number; readonly whole: boolean },
): Promise<FoldedDay | undefined> {
  return withDuckDB(async (db) => {
    const files = await dayFiles(db, folder, names, area);
    if (files === undefined) return undefined;
    const chosen = files.inForce.filter((name) => whole || !name.startsWith(FOLDED_PREFIX));
    const { replaced } = files;
    if (chosen.length < 2) return { superseded: replaced, bytes: undefined };
    return { superseded: [...replaced, ...chosen], bytes: await folded(db, folder, chosen, area, now) };
  });
}

async function folded(
  db: DuckDBConnection,
  folder: string,
  chosen: readonly string[],
  area: Area,
  now: number,
): Promise<Uint8Array> {
  const source = `read_parquet(${listOf(chosen.map((name) => join(folder, name)))}, hive_partitioning = false, filename = true, file_row_number = true)`;
  const keys = area.key.join(', ');
  const [[doubled] = []] = (
    await db.runAndReadAll(`select exists (select 1 from ${source} group by ${keys} having count(*) > 1)`)
  ).getRows();
  const rows = doubled === true ? mergedRows(source, chosen, folder, area) : plainRows(source, area);
  // Named as a writer's that is under way: one that is left behind is removed like theirs.
  const temporary = join(folder, `.${uniqueName('duckdb-', now)}.tmp`);
  try {
    await db.run(
      `copy (${rows} order by ${keys}) to ${quoted(temporary)} (format parquet, compression snappy, ` +
        `row_group_size ${String(ROW_GROUP_ROWS)}, ` +
        `kv_metadata {${quoted(REPLACES_KEY)}: ${quoted(JSON.stringify(chosen))}})`,
    );
    return await readFile(temporary);
  } finally {
    await rm(temporary, { force: true });
  }
}

const measured = (name: string): string => `case when isfinite(${name}) then ${name} end`;

function plainRows(source: string, { columns }: Area): string {
  const chosen = columns.map(({ name, kind }) => (kind === 'double' ? `${measured(name)} as ${name}` : name));
  return `select ${chosen.join(', ')} from ${source}`;
}

/** Of rows with one key each column keeps the value that was written last, where there is any. */
function mergedRows(
  source: string,
  names: readonly string[],
  folder: string,
  { columns, key }: Area,
): string {
  const order = `list_position(${listOf(names.map((name) => join(folder, name)))}, filename) * 4294967296 + file_row_number`;
  const chosen = columns.map(({ name, kind }) => {
    if (key.includes(name)) return name;
    return `arg_max(${kind === 'double' ? measured(name) : name}, written) as ${name}`;
  });
  return `select ${chosen.join(', ')} from (select *, ${order} as written from ${source}) group by ${key.join(', ')}`;
}
