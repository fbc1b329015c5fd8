/**
 * Rows to the bytes of a Parquet file, through @dsnp/parquetjs.
 *
 * The package is pinned to 1.8.9: 1.9.3 was published without its `dist` and cannot be loaded. The whole file is
 * made in memory (a day of 1,000 nodes is some 10 MB) so that it can be written, synced and renamed as one.
 */
import { setImmediate as turn } from 'node:timers/promises';
import parquet from '@dsnp/parquetjs';
import type { Column, Row } from './columns.ts';

/** Key of the file's own metadata under which a folded file lists the files that it replaces, as JSON. */
export const REPLACES_KEY = 'foreshard.replaces';

/** Large enough that a day of a small cluster is one row group, small enough to bound the writer's buffers. */
const ROW_GROUP_ROWS = 32_768;

/** Others have their turn so often: an operator that folds a large day must still renew its lease. */
const ROWS_PER_TURN = 4096;

function parquetSchema(columns: readonly Column[]): parquet.ParquetSchema {
  const types = { timestamp: 'TIMESTAMP_MILLIS', string: 'UTF8', double: 'DOUBLE' } as const;
  return new parquet.ParquetSchema(
    Object.fromEntries(
      columns.map((c) => [
        c.name,
        { type: types[c.kind], optional: c.optional, compression: 'SNAPPY' as const },
      ]),
    ),
  );
}

/** What parquetjs asks of a stream, gathering the bytes. */
class BufferSink {
  readonly #chunks: Buffer[] = [];

  write(chunk: Buffer, done: (error?: Error | null) => void): boolean {
    this.#chunks.push(Buffer.from(chunk));
    done();
    return true;
  }

  end(done: () => void): this {
    done();
    return this;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

type ParquetStream = Parameters<typeof parquet.ParquetWriter.openStream>[1];

export async function encodeParquet(
  columns: readonly Column[],
  rows: Iterable<Row> | AsyncIterable<Row>,
  replaces: readonly string[] = [],
): Promise<Buffer> {
  const sink = new BufferSink();
  const writer = await parquet.ParquetWriter.openStream(
    parquetSchema(columns),
    sink as unknown as ParquetStream,
    { rowGroupSize: ROW_GROUP_ROWS },
  );
  if (replaces.length > 0) writer.setMetadata(REPLACES_KEY, JSON.stringify(replaces));
  let count = 0;
  for await (const row of rows) {
    // Every append is awaited: parquetjs writes an unreadable file when appends overlap.
    await writer.appendRow(row);
    count += 1;
    if (count % ROWS_PER_TURN === 0) await turn();
  }
  await writer.close();
  return sink.bytes();
}
