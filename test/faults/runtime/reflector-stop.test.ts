import { expect } from 'chai';
import { Reflector, resources } from '../../../src/runtime/index.ts';
import { eventually, pause } from '../../support/eventually.ts';
import { FakeApiServer, Harness, backoff, clientOf, faults, node } from './harness.ts';

describe('A reflector', () => {
  let server: FakeApiServer;

  beforeEach(async () => {
    server = await FakeApiServer.start();
    server.put(resources.nodes, { metadata: { name: 'a' } });
  });

  afterEach(() => server.close());

  it('sends nothing and tells nothing after a stop while it waits to reconnect', async () => {
    const harness = new Harness(server, { backoff: { baseMs: 100, maxMs: 100 } });
    server.always('watch', faults.httpError(503));
    await harness.started();
    await eventually(() => expect(server.count('watch')).to.be.greaterThan(0));
    await harness.stop();
    const sent = server.requests.length;
    server.recover();
    harness.put('b');
    await pause(250);
    expect(server.requests.length).to.equal(sent);
    expect(harness.heard).to.deep.equal(['added a']);
  });

  it('closes its connection and counts no error at a stop in an open watch', async () => {
    const harness = new Harness(server);
    let closed = false;
    server.next('watch', (exchange) => {
      exchange.response.once('close', () => (closed = true));
      exchange.serve();
    });
    await harness.started();
    await eventually(() => expect(server.count('watch')).to.equal(1));
    await harness.stop();
    await eventually(() => expect(closed).to.equal(true));
    expect(await harness.counted('reflector_errors_total')).to.equal(0);
  });

  it('stops while the first list hangs', async () => {
    const harness = new Harness(server);
    server.always('list', faults.hang());
    harness.start();
    await eventually(() => expect(server.count('list')).to.equal(1));
    const startedAt = performance.now();
    await harness.stop();
    expect(performance.now() - startedAt).to.be.lessThan(3000);
    expect(harness.reflector.hasSynced).to.equal(false);
  });

  it('goes on when a handler throws, in the list and in the watch, and tells the other handlers', async () => {
    const harness = new Harness(server);
    const boom = (): never => {
      throw new Error('boom');
    };
    harness.reflector.on({ added: boom, updated: boom, deleted: boom });
    const told: string[] = [];
    harness.reflector.on({ added: () => told.push('added'), deleted: () => told.push('deleted') });
    await harness.started();
    server.remove(resources.nodes, 'a');
    await eventually(() => expect(told).to.deep.equal(['added', 'deleted']));
    expect(await harness.counted('reflector_handler_errors_total')).to.equal(2);
    expect(server.count('watch')).to.equal(1);
    await harness.stop();
  });

  it('refuses to run twice at once', async () => {
    const client = clientOf(server);
    const reflector = new Reflector(client, resources.nodes, { backoff });
    const stop = new AbortController();
    const running = reflector.run(stop.signal);
    const second = await reflector.run(stop.signal).catch((error: unknown) => error);
    expect(second).to.be.instanceOf(Error);
    stop.abort();
    await running;
    client.close();
  });

  it('shows a write of its own at once, and no older event rolls it back', async () => {
    const harness = new Harness(server);
    server.next('watch', async (exchange) => {
      exchange.open();
      await pause(60);
      exchange.event('MODIFIED', node('a', 15, { providerID: 'older' }));
      exchange.event('DELETED', node('a', 16));
      exchange.event('MODIFIED', node('other', 17));
    });
    await harness.started();
    const { store } = harness.reflector;
    expect(store.assume(node('a', 20, { providerID: 'mine' }))).to.equal(true);
    expect(store.get('a')?.spec?.providerID).to.equal('mine');
    await eventually(() => expect(store.has('other')).to.equal(true));
    expect(store.get('a')?.spec?.providerID).to.equal('mine');
    await harness.stop();
  });

  it('rejects a wait for the sync that is given up', async () => {
    const harness = new Harness(server);
    const error = await harness.reflector
      .waitForSync(AbortSignal.timeout(10))
      .catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(Error);
  });
});
