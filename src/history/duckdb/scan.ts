/** A large day's samples, read by DuckDB. */
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api';
import { RESOURCES } from '../../core/resources.ts';
import { SAMPLES } from '../areas.ts';
import type { Wanted } from '../pruning.ts';
import type { HistoryGatherer } from '../series-builder.ts';
import { dayFiles } from './day-files.ts';
import { listOf, quoted, withDuckDB } from './duckdb.ts';

/**
 * Adds the day's rows in the order of its files. The number of files read; undefined where it is not for DuckDB, and
 * nothing was added. Throws where a file is damaged or gone, or a value is missing that has to be there; the rows that
 * were added until then may be added again.
 *
 * @param names of all Parquet files in the folder
 */
export function scanSamples(
  folder: string,
  names: readonly string[],
  wanted: Wanted,
  into: HistoryGatherer,
): Promise<number | undefined> {
  return withDuckDB((db) => scan(db, folder, names, wanted, into));
}

let scans = 0;

async function scan(
  db: DuckDBConnection,
  folder: string,
  names: readonly string[],
  { from, to, nodes }: Wanted,
  into: HistoryGatherer,
): Promise<number | undefined> {
  const files = await dayFiles(db, folder, names, SAMPLES);
  if (files === undefined) return undefined;
  const source = `read_parquet(${listOf(files.inForce.map((name) => join(folder, name)))}, hive_partitioning = false)`;
  const conditions = [
    ...(Number.isFinite(from) ? [`epoch_us(time) >= ${String(Math.floor(from * 1000))}`] : []),
    ...(Number.isFinite(to) ? [`epoch_us(time) < ${String(Math.ceil(to * 1000))}`] : []),
    ...(nodes === undefined ? [] : [`node in (${[...nodes].map(quoted).join(', ') || 'null'})`]),
  ];
  const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
  // As an enumeration a node's name is a number in each row. Types are of all connections: each scan has its own.
  const type = `day_node_${String(scans++)}`;
  await db.run(`create temp table ${type}_values as select distinct node from ${source}`);
  const distinct = await db.runAndReadAll(`select node from ${type}_values order by node`);
  const nodeNames = distinct.getRows().map(([name]) => String(name));
  await db.run(`create type ${type} as enum (select node from ${type}_values order by node)`);
  try {
    const rows = await db.stream(
      `select enum_code(node::${type}), epoch_us(time)::double / 1000, ${RESOURCES.join(', ')} from ${source} ${where}`,
    );
    for (;;) {
      const chunk = await rows.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return files.inForce.length;
      addChunk(chunk, nodeNames, into);
    }
  } finally {
    await db.run(`drop type ${type}`);
  }
}

function addChunk(chunk: DuckDBDataChunk, nodeNames: readonly string[], into: HistoryGatherer): void {
  const numbers = (column: number): Float64Array => {
    const vector = chunk.getColumnVector(column);
    const values = new Float64Array(chunk.rowCount);
    for (let row = 0; row < values.length; row++) values[row] = finite(vector.getItem(row));
    return values;
  };
  const [node, time] = [numbers(0), numbers(1)];
  if (time.some(Number.isNaN) || node.some(Number.isNaN)) throw new Error('a sample has no time or no node');
  const [cpu, memory, gpu, network] = [numbers(2), numbers(3), numbers(4), numbers(5)];
  into.add((row) => nodeNames[node[row] ?? -1] ?? '', time, { cpu, memory, gpu, network });
}

/** NaN: not measured. */
const finite = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) ? value : NaN;
