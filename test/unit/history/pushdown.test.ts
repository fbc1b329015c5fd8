import { expect } from 'chai';
import { FRACTION_COLUMNS, SAMPLE_COLUMNS, sampleRow } from '../../../src/history/columns.ts';
import { decodeParquet } from '../../../src/history/decode.ts';
import { encodeParquet } from '../../../src/history/encode.ts';
import { RangedFile } from '../../../src/history/storage/ranged-file.ts';
import { DAY, START, sample } from './samples.ts';

/** A file that is fetched from memory, and counts. */
class Counted {
  bytes = 0;
  requests = 0;
  readonly file: RangedFile;

  constructor(all: Uint8Array) {
    this.file = new RangedFile(all.length, (start, end) => {
      this.bytes += end - start;
      this.requests += 1;
      return Promise.resolve(all.subarray(start, end));
    });
  }
}

const noise = (i: number): number => ((Math.imul(i, 2_654_435_761) >>> 0) % 9973) / 9973;

describe('Reading part of a large file', () => {
  const MINUTE = 60_000;
  const rows = 200_000;
  let fractions: Buffer;

  before(async () => {
    fractions = await encodeParquet(
      FRACTION_COLUMNS,
      Array.from({ length: rows }, (_, i) => ({
        time: START + i * MINUTE,
        cpu: noise(i),
        memory: noise(i + 1),
        gpu: null,
        network: noise(i + 2),
      })),
    );
  });

  it('fetches the row groups of the wanted time, and no others', async () => {
    const counted = new Counted(fractions);
    const from = START + 190_000 * MINUTE;
    const table = await decodeParquet(counted.file, FRACTION_COLUMNS, { from, to: Infinity, time: 'time' });
    const times = table.numbers('time');
    expect(times.at(-1)).to.equal(START + (rows - 1) * MINUTE);
    expect([...times].filter((t) => t >= from)).to.have.length(10_000);
    expect(table.rows).to.be.below(rows / 4);
    expect(table.numbers('cpu')[table.rows - 1]).to.equal(noise(rows - 1));
    expect(counted.bytes).to.be.below(fractions.length / 3);
  });

  it('fetches all of it, in few requests, where all is wanted', async () => {
    const counted = new Counted(fractions);
    const table = await decodeParquet(counted.file, FRACTION_COLUMNS);
    const whole = await decodeParquet(fractions, FRACTION_COLUMNS);
    for (const column of ['time', 'cpu', 'network'])
      expect(table.numbers(column)).to.deep.equal(whole.numbers(column));
    expect(counted.requests).to.be.below(6);
    expect(counted.bytes).to.equal(fractions.length);
  });

  it('leaves out row groups of other nodes', async () => {
    const samples = Array.from({ length: 100 }, (_, n) =>
      Array.from({ length: 1000 }, (__, i) =>
        sampleRow(sample(`node-${String(n).padStart(3, '0')}`, START + i * 60, n)),
      ),
    ).flat();
    const bytes = await encodeParquet(SAMPLE_COLUMNS, samples);
    const selection = { from: START, to: START + DAY, time: 'time', nodes: new Set(['node-099']) };
    const table = await decodeParquet(bytes, SAMPLE_COLUMNS, selection);
    expect(table.strings('node').filter((n) => n === 'node-099')).to.have.length(1000);
    expect(table.rows).to.be.below(50_000);
    const none = await decodeParquet(bytes, SAMPLE_COLUMNS, {
      ...selection,
      from: START + DAY,
      to: Infinity,
    });
    expect(none.rows).to.equal(0);
  });
});

describe('A file that is fetched in ranges', () => {
  const bytes = Uint8Array.from({ length: 2_000_001 }, (_, i) => (i * 31) % 256);

  it('gives any part of it, and fetches none of it twice', async () => {
    const counted = new Counted(bytes);
    for (const [start, end] of [
      [10, 20],
      [262_140, 262_150],
      [0, 2_000_001],
      [-5, undefined],
      [5, 5],
    ] as const) {
      expect(new Uint8Array(await counted.file.slice(start, end))).to.deep.equal(bytes.slice(start, end));
    }
    expect(counted.bytes).to.equal(bytes.length);
  });

  it('fetches what is wanted together at once', () => {
    const counted = new Counted(bytes);
    counted.file.prefetch([
      [0, 10],
      [300_000, 400_000],
      [1_900_000, 1_900_001],
    ]);
    expect(counted.requests).to.equal(2);
  });

  it('fails where a fetch does, each time that it is asked', async () => {
    const file = new RangedFile(1000, () => Promise.reject(new Error('cut')));
    for (let i = 0; i < 2; i++) {
      const failure: unknown = await file.slice(0, 10).catch((error: unknown) => error);
      expect(failure).to.have.property('message', 'cut');
    }
  });
});
