import { readdir } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { HistoryStore, taskRunAt, type HistoryOptions } from '../../../src/history/index.ts';
import { BucketStorage } from '../../../src/history/storage/bucket.ts';
import { findS3Server } from '../../../tools/s3-server/build.ts';
import { BUCKET, startS3Server, type S3Server } from '../../../tools/s3-server/server.ts';
import { foreshard } from '../../unit/cli/program.ts';
import { DAY, START, runOf, sample } from '../../unit/history/samples.ts';
import { inFolder } from '../../unit/history/temporary-folder.ts';

const at = (now: number): HistoryOptions => ({ now: () => now });
const MINUTE = 60_000;

describe('A history in an S3-compatible bucket', function () {
  this.timeout(900_000); // the first run may have to fetch and build the server
  let server: S3Server;
  let stop = (): Promise<void> => Promise.resolve();
  let environment: NodeJS.ProcessEnv;
  let count = 0;

  before(async function () {
    const found = await findS3Server();
    if (found.binary === undefined) {
      console.log(`      ${found.reason}`);
      this.skip();
    }
    server = await startS3Server(found.binary);
    stop = () => server.stop();
    environment = { ...process.env };
    Object.assign(process.env, server.environment);
  });

  after(async () => {
    process.env = environment;
    await stop();
  });

  /** A place that no other test uses. */
  const newPlace = (): string => `s3://${BUCKET}/tests/${String(count++)}`;
  const objectsOf = (place: string): Promise<string[]> =>
    readdir(join(server.folder, place.slice('s3://'.length)), { recursive: true }).then((names) =>
      names.filter((name) => /\.(parquet|reason)$/.test(name)).sort(),
    );
  const failure = (place: string, bucket = {}): Promise<string> =>
    HistoryStore.open(place, { ...at(START), readOnly: true, bucket }).then(
      () => 'no failure',
      (error: unknown) => (error as Error).message,
    );

  it('holds what a directory holds: samples and runs are read back, folded, and leave in time', async () => {
    const place = newPlace();
    await inFolder(async (folder) => {
      const contents = [];
      for (const root of [place, folder]) {
        const store = await HistoryStore.open(root, at(START + 2 * DAY));
        for (let i = 0; i < 5; i++) {
          await store.append([sample('b', START + i * MINUTE, i), sample('a', START + DAY + i * MINUTE, i)]);
          await store.appendTaskRuns([runOf(i, START + i * MINUTE)]);
        }
        const before = await store.read();
        const { foldedFiles } = await store.maintain({ all: true, retentionDays: Infinity });
        expect(await store.read()).to.deep.equal(before);
        const some = await store.read({ from: START + DAY, to: START + DAY + 3 * MINUTE, nodes: ['a'] });
        const runs = await store.readTaskRuns();
        // DuckDB reads files of this machine only.
        const stat = { ...(await store.stat()), engine: undefined };
        const { removedDays } = await store.maintain({ retentionDays: 1 });
        const left = await store.read();
        contents.push({
          before,
          foldedFiles,
          some,
          run: taskRunAt(runs, 3),
          runs: runs.length,
          stat,
          removedDays,
          left,
        });
        await store.close();
      }
      expect(contents[0]).to.deep.equal(contents[1]);
      expect(contents[0]).to.include({ foldedFiles: 15, runs: 5, removedDays: 2 });
      expect([...(contents[0]?.left.keys() ?? [])]).to.deep.equal(['a']);
    });
    expect(await objectsOf(place)).to.have.length(1);
  });

  it('sets a damaged object aside, with the reason, and reads the rest', async () => {
    const place = newPlace();
    const problems: string[] = [];
    const store = await HistoryStore.open(place, {
      ...at(START),
      onProblem: ({ file, action }) => problems.push(`${action} ${file}`),
    });
    await store.append([sample('a', START, 1)]);
    const storage = await BucketStorage.open(place);
    const damaged = 'samples/day=2026-03-01/broken.parquet';
    await storage.write(damaged, Buffer.from('PAR1 and no more of it'));
    expect([...(await store.read()).keys()]).to.deep.equal(['a']);
    expect(problems).to.deep.equal([`Quarantined ${damaged}`]);
    const { damaged: listed, rows } = await store.stat();
    expect(rows).to.equal(1);
    expect(listed.map(({ file, reason }) => [file, reason])).to.deep.equal([
      [damaged, 'is cut short (it does not end with PAR1)'],
    ]);
    expect(await storage.list('samples/day=2026-03-01')).to.have.length(1);
    await store.close();
    storage.close();
  });

  it('lists folders and files over several pages', async () => {
    const storage = await BucketStorage.open(newPlace(), { pageSize: 2 });
    const files = ['a/1.parquet', 'a/2.parquet', 'a/3.parquet', 'b/1.parquet', 'c/d/1.parquet', 'z.parquet'];
    for (const file of files) await storage.write(file, Buffer.from(file));
    expect(await storage.list('')).to.deep.equal(['a', 'b', 'c', 'z.parquet']);
    expect(await storage.list('a')).to.deep.equal(['1.parquet', '2.parquet', '3.parquet']);
    expect(await storage.list('nothing')).to.deep.equal([]);
    expect(await storage.listBelow('')).to.deep.equal(files);
    await storage.removeFolder('a');
    expect(await storage.list('')).to.deep.equal(['b', 'c', 'z.parquet']);
    await storage.remove('z.parquet');
    await storage.remove('z.parquet');
    storage.close();
  });

  it('fetches a large object in ranges, and says of one that is gone that it is', async () => {
    const storage = await BucketStorage.open(newPlace());
    const bytes = Buffer.alloc(3_000_000, 0).map((_, i) => (i * 7) % 251);
    await storage.write('large', bytes);
    const file = await storage.open('large');
    expect(file.byteLength).to.equal(bytes.length);
    expect(Buffer.from(await file.slice(2_500_000, 2_999_999))).to.deep.equal(
      bytes.subarray(2_500_000, 2_999_999),
    );
    expect(Buffer.from(await file.slice(-4))).to.deep.equal(bytes.subarray(-4));
    await storage.write('empty', Buffer.alloc(0));
    expect((await storage.open('empty')).byteLength).to.equal(0);
    const gone: unknown = await storage.open('none').catch((error: unknown) => error);
    expect(gone).to.include({ name: 'UnavailableFileError', kind: 'Gone' });
    storage.close();
  });

  it('tells what is wrong, where, and what to do', async () => {
    expect(await failure('s3://other-bucket/x')).to.match(
      /^history: s3:\/\/other-bucket\/x: there is no bucket other-bucket there: make it, or correct/,
    );
    expect(await failure(newPlace(), { endpoint: 'http://127.0.0.1:9' })).to.match(
      /: the endpoint cannot be reached \(.*\): check its URL/,
    );
    expect(await failure('s3:///nothing')).to.match(/names no bucket: write it as s3:/);
    process.env.AWS_SECRET_ACCESS_KEY = 'wrong';
    try {
      expect(await failure(newPlace())).to.match(
        /: the credentials are not accepted \(SignatureDoesNotMatch\): renew/,
      );
    } finally {
      Object.assign(process.env, server.environment);
    }
  });

  it('is tried again where the server fails for a while', async () => {
    let toFail = 2;
    const proxy = createServer((incoming, answer) => {
      if (toFail-- > 0) {
        answer.writeHead(503).end();
        return;
      }
      const { method = 'GET', url = '/', headers } = incoming;
      const onward = request(server.endpoint + url, { method, headers }, (from) => {
        answer.writeHead(from.statusCode ?? 500, from.headers);
        from.pipe(answer);
      });
      incoming.pipe(onward);
    });
    const endpoint = await listening(proxy);
    try {
      const store = await HistoryStore.open(newPlace(), { ...at(START), bucket: { endpoint } });
      toFail = 2;
      await store.append([sample('a', START, 1)]);
      toFail = 2;
      expect((await store.read()).get('a')?.load.cpu).to.deep.equal(Float64Array.of(1));
      await store.close();
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  });

  it('is looked at, filled and tidied from the command line', () =>
    inFolder(async (folder) => {
      const place = newPlace();
      const local = await HistoryStore.open(folder, at(START));
      for (let i = 0; i < 3; i++) await local.append([sample('a', START + i * MINUTE, i)]);
      const day = join(folder, 'samples', 'day=2026-03-01');
      const files = (await readdir(day)).map((name) => join(day, name));
      const run = async (...args: string[]): Promise<string> => {
        const { code, stdout, stderr } = await foreshard(['history', ...args]);
        expect([code, stderr]).to.deep.equal([0, '']);
        return stdout;
      };
      await run('import', place, ...files);
      expect(JSON.parse(await run('stat', place, '-o', 'json'))).to.deep.include({
        rows: 3,
        nodes: ['a'],
        files: 3,
      });
      expect(await run('compact', place)).to.equal('folded 3 files, removed 0 days\n');
      expect(JSON.parse(await run('stat', place, '-o', 'json'))).to.deep.include({ rows: 3, files: 1 });
      const missing = await foreshard(['history', 'stat', 's3://other-bucket/x']);
      expect([missing.code, missing.stdout]).to.deep.equal([2, '']);
      expect(missing.stderr).to.match(/^error: history: s3:\/\/other-bucket\/x: there is no bucket/);
    }));
});

function listening(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`),
    );
  });
}
