import { expect } from 'chai';
import { resources } from '../../../src/runtime/index.ts';
import { eventually, pause } from '../../support/eventually.ts';
import { FakeApiServer, type Fault, Harness, faults, node } from './harness.ts';

describe('A reflector whose watch misbehaves', () => {
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

  /** What happens after the fault must arrive, whatever the fault was. */
  async function recoversFrom(...scripted: Fault[]): Promise<void> {
    server.next('watch', ...scripted);
    await harness.started();
    await eventually(() => expect(server.count('watch')).to.be.at.least(scripted.length));
    harness.put('b');
    await eventually(() => expect(harness.names()).to.deep.equal(['a', 'b']));
  }

  it('goes on after a socket reset, from the last event', async () => {
    const last = server.version + 1;
    server.tick(1);
    server.next('list', faults.listOf(last - 1, [node('a', last - 1)]));
    await recoversFrom(faults.resetAfter(['MODIFIED', node('a', last)]));
    expect(server.ofVerb('watch')[1]?.query.get('resourceVersion')).to.equal(String(last));
    expect(server.count('list')).to.equal(1);
  });

  it('goes on after a socket reset before any answer', () => recoversFrom(faults.resetAtOnce()));

  it('goes on after HTTP 503', () => recoversFrom(faults.httpError(503, 'ServiceUnavailable')));

  it('goes on after HTTP 500 many times in a row, and lists again since the version may be the cause', async () => {
    await recoversFrom(...Array.from({ length: 5 }, () => faults.httpError(500)));
    expect(server.count('list')).to.equal(2);
  });

  it('gives up a stream with an ERROR event 500 that the server leaves open', async () => {
    await recoversFrom(faults.errorEvent(500, 'InternalError'));
    expect(await harness.counted('reflector_errors_total', { reason: '500' })).to.equal(1);
  });

  it('lists again after an ERROR event 410', async () => {
    await recoversFrom(faults.errorEvent(410, 'Expired'));
    expect(server.count('list')).to.equal(2);
  });

  it('lists again after HTTP 410', async () => {
    await recoversFrom(faults.httpError(410, 'Expired'));
    expect(server.count('list')).to.equal(2);
  });

  it('notices what was deleted while its version was compacted away', async () => {
    server.next('watch', faults.silent());
    harness = new Harness(server, { readDeadlineMs: 60 });
    await harness.started();
    server.remove(resources.nodes, 'a');
    harness.put('b');
    server.compact();
    await eventually(() => expect(harness.heard).to.deep.equal(['added a', 'added b', 'deleted a']));
  });

  it('does not hammer a server that answers every watch with 410', async () => {
    server.always('watch', faults.httpError(410, 'Expired'));
    await harness.started();
    await pause(600);
    expect(server.count('watch')).to.be.within(3, 10);
    expect(server.count('list')).to.be.at.most(11);
  });

  it('does not hammer a server that closes each watch at once', async () => {
    server.always('watch', faults.closeAtOnce());
    await harness.started();
    await pause(600);
    // 10-20, 20-40, 40-80, 80-160, then 100-200 ms each.
    expect(server.count('watch')).to.be.within(3, 10);
    server.recover();
    harness.put('b');
    await eventually(() => expect(harness.names()).to.deep.equal(['a', 'b']));
  });

  it('does not hammer a server that closes each watch after one event', async () => {
    let version = 100;
    server.always('watch', (exchange) => {
      exchange.open();
      exchange.event('MODIFIED', node('a', version++));
      exchange.response.end();
    });
    await harness.started();
    await pause(300);
    expect(server.count('watch')).to.be.within(5, 32);
  });

  it('notices a silent connection within the read deadline and counts it', async () => {
    server.next('watch', faults.silent());
    harness = new Harness(server, { readDeadlineMs: 150 });
    await harness.started();
    const startedAt = performance.now();
    harness.put('b');
    await eventually(() => expect(harness.names()).to.deep.equal(['a', 'b']));
    expect(performance.now() - startedAt).to.be.within(100, 2_000);
    expect(await harness.counted('reflector_stalled_watches_total')).to.equal(1);
  });

  it('notices a watch request that is never answered', async () => {
    server.next('watch', faults.hang());
    harness = new Harness(server, { readDeadlineMs: 100 });
    await harness.started();
    harness.put('b');
    await eventually(() => expect(harness.names()).to.deep.equal(['a', 'b']));
  });

  it('keeps a quiet watch open as long as bookmarks come', async () => {
    server.bookmarkPeriodMs = 30;
    harness = new Harness(server, { readDeadlineMs: 600 });
    await harness.started();
    await pause(1_500);
    expect(server.count('watch')).to.equal(1);
    expect(await harness.counted('reflector_stalled_watches_total')).to.equal(0);
  });

  it('asks for bookmarks and a bounded watch, and resumes from the last bookmark', async () => {
    server.next('watch', async (exchange) => {
      exchange.open();
      exchange.event('BOOKMARK', { kind: 'Node', metadata: { resourceVersion: '4711' } });
      await pause(20);
      exchange.response.end();
    });
    await harness.started();
    await eventually(() => expect(server.count('watch')).to.equal(2));
    const [first, second] = server.ofVerb('watch');
    expect(first?.query.get('allowWatchBookmarks')).to.equal('true');
    expect(Number(first?.query.get('timeoutSeconds'))).to.be.within(300, 600);
    expect(second?.query.get('resourceVersion')).to.equal('4711');
    expect(harness.names(), 'a bookmark is no object').to.deep.equal(['a']);
  });

  it('does not skip a line that is not JSON: it resumes before it', async () => {
    const from = server.version;
    await recoversFrom(faults.bytes('{not json\n', { end: false }));
    expect(server.ofVerb('watch')[1]?.query.get('resourceVersion')).to.equal(String(from));
    expect(await harness.counted('reflector_errors_total', { reason: 'malformed' })).to.equal(1);
  });

  it('does not take a line of JSON that is no event for one', () =>
    recoversFrom(faults.bytes('{"hello": 1}\n', { end: false })));

  it('resumes after half a line and a close', async () => {
    await recoversFrom(faults.bytes('{"type":"ADDED","object":{"metadata":{"na', { end: true }));
    expect(await harness.counted('reflector_errors_total', { reason: 'malformed' })).to.equal(1);
  });

  it('reads an event that arrives byte by byte', async () => {
    server.next('watch', async (exchange) => {
      exchange.open();
      const line = `${JSON.stringify({ type: 'ADDED', object: node('größe', 500) })}\n`;
      for (const byte of Buffer.from(line)) {
        exchange.response.write(Buffer.from([byte]));
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    await harness.started();
    await eventually(() => expect(harness.names()).to.deep.equal(['a', 'größe']));
  });

  it('waits as long as Retry-After says', async () => {
    server.next('watch', faults.httpError(429, 'TooManyRequests', { 'Retry-After': '1' }));
    await harness.started();
    await eventually(() => expect(server.count('watch')).to.equal(2));
    const [first, second] = server.ofVerb('watch');
    expect(second!.at - first!.at).to.be.at.least(990);
  });

  it('heals an event that was never sent by the periodic list', async () => {
    server.dropped.add('lost');
    harness = new Harness(server, { relistPeriodMs: 150 });
    await harness.started();
    harness.put('lost');
    await pause(60);
    expect(harness.names(), 'the event was dropped').to.deep.equal(['a']);
    await eventually(() => expect(harness.names()).to.deep.equal(['a', 'lost']));
  });

  it('heals a deletion that was never sent by the periodic list', async () => {
    server.dropped.add('a');
    harness = new Harness(server, { relistPeriodMs: 150 });
    await harness.started();
    server.remove(resources.nodes, 'a');
    await eventually(() => expect(harness.heard).to.deep.equal(['added a', 'deleted a']));
  });
});
