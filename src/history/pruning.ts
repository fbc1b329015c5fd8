/**
 * Which row groups of a Parquet file can hold rows that are asked for, by the statistics in its footer, and where their
 * bytes are. A group without statistics is always read: what is left out is only what cannot matter.
 */
import type { ColumnMetaData, FileMetaData, RowGroup } from 'hyparquet';

/** Rows that are wanted: of these times (`to` exclusive), and of these nodes. */
export interface Wanted {
  readonly from: number;
  readonly to: number;
  readonly nodes?: ReadonlySet<string> | undefined;
}

/** Rows of the file from `rowStart` to `rowEnd`, which is exclusive. */
export interface RowRange {
  readonly rowStart: number;
  readonly rowEnd: number;
}

export interface Pruned {
  readonly ranges: readonly RowRange[];
  /** Bytes of the columns in them, each from its start to its end, which is exclusive. */
  readonly spans: readonly (readonly [number, number])[];
}

/**
 * @param metadata read with parsers that make times numbers, in ms
 * @param columns to be read
 * @param time the column that `wanted` speaks of
 */
export function pruned(
  metadata: FileMetaData,
  columns: ReadonlySet<string>,
  time: string,
  wanted: Wanted | undefined,
): Pruned {
  const ranges: RowRange[] = [];
  const spans: [number, number][] = [];
  let row = 0;
  for (const group of metadata.row_groups) {
    const rowStart = row;
    row += Number(group.num_rows);
    if (wanted !== undefined && !mayHold(group, time, wanted)) continue;
    ranges.push({ rowStart, rowEnd: row });
    for (const { meta_data: chunk } of group.columns) {
      if (chunk === undefined || !columns.has(chunk.path_in_schema[0] ?? '')) continue;
      const start = Number(chunk.dictionary_page_offset ?? chunk.data_page_offset);
      spans.push([start, start + Number(chunk.total_compressed_size)]);
    }
  }
  return { ranges, spans };
}

function mayHold(group: RowGroup, time: string, { from, to, nodes }: Wanted): boolean {
  const times = bounds(group, time);
  if (typeof times.min === 'number' && typeof times.max === 'number') {
    if (times.max < from || times.min >= to) return false;
  }
  const { min, max } = bounds(group, 'node');
  if (nodes === undefined || !isAscii(min) || !isAscii(max)) return true;
  // A bound that was cut short is still a bound.
  return [...nodes].some((node) => !isAscii(node) || (node >= min && (node <= max || node.startsWith(max))));
}

function bounds(group: RowGroup, name: string): { readonly min: unknown; readonly max: unknown } {
  const chunk: ColumnMetaData | undefined = group.columns.find(
    ({ meta_data: data }) => data?.path_in_schema[0] === name,
  )?.meta_data;
  const { statistics } = chunk ?? {};
  // `min` and `max` without `_value` are of writers that may have compared strings as signed bytes.
  return { min: statistics?.min_value, max: statistics?.max_value };
}

/** Its bytes are in the same order as its characters. */
// eslint-disable-next-line no-control-regex
const isAscii = (text: unknown): text is string => typeof text === 'string' && /^[\x00-\x7f]*$/.test(text);
