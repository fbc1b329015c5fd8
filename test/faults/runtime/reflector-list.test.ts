import { expect } from 'chai';
import { resources } from '../../../src/runtime/index.ts';
import { eventually, pause } from '../../support/eventually.ts';
import { FakeApiServer, Harness, faults, node } from './harness.ts';

describe('A reflector whose list misbehaves', () => {
  let server: FakeApiServer;
  let harness: Harness;

  beforeEach(async () => {
    server = await FakeApiServer.start();
    server.put(resources.nodes, { metadata: { name: 'a' } });
    harness = new Harness(server);
  });

  afterEach(async () => {
    await harness.stop();
    await server.close();
  });

  it('fills the cache after HTTP 500 on the first lists', async () => {
    server.next('list', faults.httpError(500), faults.httpError(500), faults.resetAtOnce());
    await harness.started();
    expect(harness.names()).to.deep.equal(['a']);
    expect(server.count('list')).to.equal(4);
  });

  it('fills the cache after an answer that is not JSON', async () => {
    server.next('list', faults.bytes('<html>bad gateway</html>', { end: true }));
    await harness.started();
    expect(harness.names()).to.deep.equal(['a']);
  });

  it('fills the cache after a list that is never answered', async () => {
    server.next('list', faults.hang());
    harness = new Harness(server, {}, { requestTimeoutMs: 100 });
    await harness.started();
    expect(harness.names()).to.deep.equal(['a']);
  });

  it('reads all pages, and starts again when a continue token has expired', async () => {
    for (const name of ['b', 'c', 'd', 'e']) harness.put(name);
    server.next('list', faults.none(), faults.httpError(410, 'Expired'));
    harness = new Harness(server, {}, { pageSize: 2 });
    await harness.started();
    expect(harness.names()).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
    expect(server.count('list'), 'a page, the 410, then three pages').to.equal(5);
  });

  it('waits as long as Retry-After says before it lists again', async () => {
    server.next('list', faults.httpError(429, 'TooManyRequests', { 'Retry-After': '1' }));
    await harness.started();
    const [first, second] = server.ofVerb('list');
    expect(second!.at - first!.at).to.be.at.least(990);
  });

  it('does not let an older list roll the cache back, and asks for one that is not older', async () => {
    server.put(resources.nodes, { metadata: { name: 'b' } });
    const old = [node('a', 5)];
    await harness.started();
    server.next('list', faults.listOf(6, old), faults.listOf(6, old));
    server.next('watch', faults.none());
    const version = String(server.version);
    // A 410 in the open watch: the relist is served by an API server that lags behind.
    await harness.stop();
    harness = new Harness(server, { relistPeriodMs: 60 });
    await startWith(harness, node('b', server.version));
    expect(harness.names()).to.deep.equal(['a', 'b']);
    expect(harness.heard.filter((line) => line.startsWith('deleted'))).to.deep.equal([]);
    expect(await harness.counted('reflector_stale_lists_total')).to.equal(2);
    const retry = server.ofVerb('list').find((request) => request.query.has('resourceVersionMatch'));
    expect(retry?.query.get('resourceVersionMatch')).to.equal('NotOlderThan');
    expect(retry?.query.get('resourceVersion')).to.equal(version);
  });

  it('deletes nothing when a lagging server lists before a write of one’s own', async () => {
    await harness.started();
    const mine = harness.put('mine');
    harness.reflector.store.assume(mine);
    const lagging = Number(mine.metadata?.resourceVersion) - 1;
    server.next('list', faults.listOf(lagging, [node('a', 11)]));
    await harness.stop();
    const { store } = harness.reflector;
    store.replace([node('a', 11)], BigInt(lagging));
    expect(store.has('mine')).to.equal(true);
  });

  it('follows when versions go back for good, as after a restore of etcd', async () => {
    harness = new Harness(server, { relistPeriodMs: 40, acceptRollbackAfterMs: 200 });
    server.tick(1000);
    harness.put('b');
    await harness.started();
    server.restore(resources.nodes, 7, [node('a', 5)]);
    await eventually(() => expect(harness.names()).to.deep.equal(['a']));
    expect(harness.reflector.store.get('a')?.metadata?.resourceVersion).to.equal('5');
    expect(await harness.counted('reflector_stale_lists_total')).to.be.greaterThan(1);
  });

  /** The cache knows of `newest` before the first list. */
  async function startWith(under: Harness, newest: ReturnType<typeof node>): Promise<void> {
    under.reflector.store.assume(newest);
    await under.started();
    await pause(20);
  }
});
