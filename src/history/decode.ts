/**
 * The bytes of a Parquet file, by any writer, to columns, through hyparquet.
 *
 * Numbers of any width become doubles, timestamps of any unit milliseconds (those without a time zone are taken
 * as UTC), nulls NaN. A file that is not what it should be throws DamagedFileError, whatever the cause.
 */
import { parquetMetadata, parquetScan } from 'hyparquet';
import type { FileMetaData, SchemaElement } from 'hyparquet';
import type { Column } from './columns.ts';
import { DECOMPRESSORS } from './decompress.ts';
import { REPLACES_KEY } from './encode.ts';
import { InternedStrings } from './interned-strings.ts';
import { pruned, type Wanted } from './pruning.ts';
import { fileOf, StorageError, UnavailableFileError, type HistoryFile } from './storage/storage.ts';

/** The file is cut short, has another schema, or is no Parquet. */
export class DamagedFileError extends Error {
  override name = 'DamagedFileError';
}

export interface Table {
  readonly rows: number;
  /** Names of files in the same folder whose rows this file holds. */
  readonly replaces: readonly string[];
  /** A timestamp or double column; all NaN where the file lacks it. */
  numbers(column: string): Float64Array;
  /** A string column; '' is null, or a file that lacks it. */
  strings(column: string): readonly string[];
}

/** Shortest possible file: magic, an empty footer, its length, magic. */
const MINIMUM_BYTES = 12;
const MAGIC = 'PAR1';

const toMilliseconds = {
  timestampFromMilliseconds: (value: bigint): number => Number(value),
  timestampFromMicroseconds: (value: bigint): number => Number(value) / 1e3,
  timestampFromNanoseconds: (value: bigint): number => Number(value / 1000n) / 1e3,
};

/** What of a file is wanted; without it, all. Row groups that hold none of it are left out, and those only. */
export interface Selection extends Wanted {
  /** The column of the times. */
  readonly time: string;
}

export async function decodeParquet(
  source: Uint8Array | HistoryFile,
  columns: readonly Column[],
  selection?: Selection,
): Promise<Table> {
  const file = source instanceof Uint8Array ? fileOf(source) : source;
  try {
    await checkMagicOf(file);
    return await decode(file, columns, selection);
  } catch (error) {
    if (error instanceof DamagedFileError) throw error;
    // It could not be fetched: its bytes may well be right.
    if (error instanceof UnavailableFileError || error instanceof StorageError) throw error;
    throw undecodable(error);
  }
}

/** Names of the columns, groups' members left out. Throws DamagedFileError. */
export function columnNames(bytes: Buffer): string[] {
  checkMagic(bytes.length, bytes.subarray(0, MAGIC.length), bytes.subarray(-MAGIC.length));
  try {
    return topLevel(parquetMetadata(bufferOf(bytes)).schema).map(({ name }) => name);
  } catch (error) {
    throw undecodable(error);
  }
}

const bufferOf = (bytes: Buffer): ArrayBuffer => new Uint8Array(bytes).buffer;

function undecodable(error: unknown): DamagedFileError {
  return new DamagedFileError(`cannot be decoded: ${error instanceof Error ? error.message : String(error)}`);
}

async function checkMagicOf(file: HistoryFile): Promise<void> {
  const part = async (start: number): Promise<Buffer> =>
    Buffer.from(await file.slice(Math.max(0, start), Math.max(0, start) + MAGIC.length));
  checkMagic(file.byteLength, await part(0), await part(file.byteLength - MAGIC.length));
}

function checkMagic(length: number, first: Buffer, last: Buffer): void {
  if (length === 0) throw new DamagedFileError('is empty');
  if (length < MINIMUM_BYTES || first.toString('latin1') !== MAGIC) {
    throw new DamagedFileError('is no Parquet file (it does not begin with PAR1)');
  }
  if (last.toString('latin1') !== MAGIC) {
    throw new DamagedFileError('is cut short (it does not end with PAR1)');
  }
}

async function decode(
  file: HistoryFile,
  columns: readonly Column[],
  selection: Selection | undefined,
): Promise<Table> {
  const interned = new InternedStrings();
  const scan = await parquetScan({
    file,
    compressors: DECOMPRESSORS,
    parsers: { ...toMilliseconds, stringFromBytes: (text: Uint8Array) => interned.decode(text) },
    useOffsetIndex: false,
  });
  const present = columns.filter((column) => checkColumn(column, scan.metadata.schema));
  if (!present.some((column) => column.kind === 'double')) {
    throw new DamagedFileError('has another schema: none of the columns of resources is there');
  }

  const { ranges, spans } = pruned(
    scan.metadata,
    new Set(present.map(({ name }) => name)),
    selection?.time ?? '',
    selection,
  );
  file.prefetch?.(spans);
  const rows = ranges.reduce((sum, { rowStart, rowEnd }) => sum + rowEnd - rowStart, 0);
  const numbers = new Map<string, Float64Array>();
  const strings = new Map<string, readonly string[]>();
  for (const column of present) {
    const fill = column.kind === 'string' ? stringColumn(column, rows) : numberColumn(column, rows);
    let row = 0;
    for (const range of ranges) {
      for (const value of await scan.readColumn({ column: column.name, ...range })) fill.set(row++, value);
    }
    if (row !== rows) throw new DamagedFileError(`column ${column.name} has ${row} values in ${rows} rows`);
    if (fill.values instanceof Float64Array) numbers.set(column.name, fill.values);
    else strings.set(column.name, fill.values);
  }
  return {
    rows,
    replaces: replacedFiles(scan.metadata),
    numbers: (name) => numbers.get(name) ?? new Float64Array(rows).fill(NaN),
    strings: (name) => strings.get(name) ?? new Array<string>(rows).fill(''),
  };
}

/** Is the column there and of a usable type? Throws where it is of another, or where it has to be there. */
function checkColumn(column: Column, schema: readonly SchemaElement[]): boolean {
  const element = topLevel(schema).find((e) => e.name === column.name);
  if (element === undefined) {
    if (column.optional) return false;
    throw new DamagedFileError(`has another schema: column ${column.name} is missing`);
  }
  if (!isKind(element, column.kind)) {
    const type = element.converted_type ?? element.logical_type?.type ?? element.type ?? 'a group';
    throw new DamagedFileError(`has another schema: column ${column.name} is ${type}, not a ${column.kind}`);
  }
  return true;
}

/** Elements are listed depth first after the root; members of groups are no columns of ours. */
function topLevel(schema: readonly SchemaElement[]): SchemaElement[] {
  const found: SchemaElement[] = [];
  let skip = 0;
  for (const element of schema.slice(1)) {
    if (skip === 0) found.push(element);
    else skip -= 1;
    skip += element.num_children ?? 0;
  }
  return found;
}

function isKind(element: SchemaElement, kind: Column['kind']): boolean {
  const { type, converted_type: converted, logical_type: logical } = element;
  if (type === undefined || element.repetition_type === 'REPEATED') return false;
  const isTimestamp =
    type === 'INT96' ||
    converted === 'TIMESTAMP_MILLIS' ||
    converted === 'TIMESTAMP_MICROS' ||
    logical?.type === 'TIMESTAMP';
  switch (kind) {
    case 'timestamp':
      return isTimestamp;
    case 'string':
      return type === 'BYTE_ARRAY' && converted !== 'DECIMAL' && converted !== 'JSON' && converted !== 'BSON';
    case 'double':
      if (isTimestamp || type === 'BOOLEAN' || converted === 'DATE') return false;
      return (
        type === 'DOUBLE' ||
        type === 'FLOAT' ||
        type === 'INT32' ||
        type === 'INT64' ||
        converted === 'DECIMAL' ||
        logical?.type === 'FLOAT16'
      );
  }
}

interface Fill<T> {
  readonly values: T;
  set(row: number, value: unknown): void;
}

function numberColumn(column: Column, rows: number): Fill<Float64Array> {
  const values = new Float64Array(rows);
  return {
    values,
    set(row, value) {
      const number = typeof value === 'number' ? value : typeof value === 'bigint' ? Number(value) : NaN;
      const isFinite = Number.isFinite(number);
      if (!isFinite && !column.optional) {
        throw new DamagedFileError(`column ${column.name} has no value in row ${row}`);
      }
      values[row] = isFinite ? number : NaN;
    },
  };
}

function stringColumn(column: Column, rows: number): Fill<string[]> {
  const values = new Array<string>(rows);
  return {
    values,
    set(row, value) {
      if (typeof value !== 'string' && (value ?? null) === null && column.optional) {
        values[row] = '';
        return;
      }
      if (typeof value !== 'string') {
        throw new DamagedFileError(`column ${column.name} has no value in row ${row}`);
      }
      values[row] = value;
    },
  };
}

function replacedFiles(metadata: FileMetaData): string[] {
  const json = metadata.key_value_metadata?.find((pair) => pair.key === REPLACES_KEY)?.value;
  if (json === undefined) return [];
  const names: unknown = JSON.parse(json);
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
}
