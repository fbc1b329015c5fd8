import { expect } from 'chai';
import {
  type Clock,
  KubeClient,
  LeaderElector,
  createEnvironment,
  resources,
  systemClock,
} from '../../../src/runtime/index.ts';
import { eventually, pause } from '../../support/eventually.ts';
import { FakeApiServer, faults } from '../../support/fake-api-server.ts';

const lease = { namespace: 'default', name: 'test' };
const times = { leaseDurationMs: 1000, renewDeadlineMs: 500, retryPeriodMs: 50 };

/** One process with its own idea of the time. */
class Candidate {
  readonly elector: LeaderElector;
  readonly stop = new AbortController();
  readonly client: KubeClient;
  stoppedAt = 0;
  startedAt = 0;
  outcome: string | undefined;
  running: Promise<void> | undefined;

  constructor(server: FakeApiServer, identity: string, skewMs = 0, of: Partial<typeof times> = {}) {
    const clock: Clock = { ...systemClock, now: () => systemClock.now() + skewMs };
    this.client = new KubeClient(server.kubeConfig(), createEnvironment({ clock }), {
      requestTimeoutMs: 5000,
    });
    this.elector = new LeaderElector(this.client, {
      ...lease,
      ...times,
      ...of,
      identity,
      onStartedLeading: () => (this.startedAt = performance.now()),
      onStoppedLeading: () => (this.stoppedAt = performance.now()),
    });
  }

  start(): this {
    this.running = this.elector.run(this.stop.signal).then((outcome) => void (this.outcome = outcome));
    return this;
  }

  async end(): Promise<void> {
    this.stop.abort();
    await this.running;
    this.client.close();
  }
}

describe('Leader election', () => {
  let server: FakeApiServer;
  let candidates: Candidate[];

  const candidate = (name: string, skewMs = 0, of: Partial<typeof times> = {}): Candidate => {
    const made = new Candidate(server, name, skewMs, of);
    candidates.push(made);
    return made;
  };
  const leaders = (): Candidate[] => candidates.filter(({ elector }) => elector.isLeader);
  const spec = (): Record<string, unknown> =>
    (server.get(resources.leases, 'default/test') as unknown as { spec: Record<string, unknown> }).spec;

  beforeEach(async () => {
    server = await FakeApiServer.start();
    candidates = [];
  });

  afterEach(async () => {
    server.recover();
    await Promise.all(candidates.map((each) => each.end()));
    await server.close();
  });

  it('elects exactly one of several that start together, and holds it', async () => {
    for (const name of ['a', 'b', 'c', 'd']) candidate(name).start();
    await eventually(() => expect(leaders()).to.have.length(1));
    const [first] = leaders();
    for (let i = 0; i < 40; i++) {
      expect(leaders()).to.deep.equal([first]);
      await pause(15);
    }
    expect(spec().holderIdentity).to.equal(first?.elector.identity);
    expect(spec().renewTime).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  });

  it('passes to the next at once when the leader stops, which gives the lease back', async () => {
    // Long against what a busy machine may take for a few requests.
    const long = { leaseDurationMs: 8000, renewDeadlineMs: 4000 };
    const first = candidate('a', 0, long).start();
    await eventually(() => expect(first.elector.isLeader).to.equal(true));
    const second = candidate('b', 0, long).start();
    await pause(100);
    await first.end();
    expect(first.outcome).to.equal('released');
    await eventually(() => expect(second.elector.isLeader).to.equal(true));
    expect(second.startedAt - first.stoppedAt).to.be.lessThan(long.leaseDurationMs / 2);
    expect(spec().leaseTransitions).to.be.greaterThan(0);
  });

  it('gives the lease back when it stops while a renewal is under way that the server has carried out', async () => {
    const first = candidate('a').start();
    await eventually(() => expect(first.elector.isLeader).to.equal(true));
    const reached = Promise.withResolvers<undefined>();
    server.next('update', (exchange) => {
      // Written, and the answer never sent.
      server.put(resources.leases, { ...exchange.request.body, metadata: { ...lease } });
      reached.resolve(undefined);
    });
    await reached.promise;
    await first.end();
    expect(first.outcome).to.equal('released');
    expect(spec().holderIdentity).to.equal('');
  });

  it('stops leading within the renew deadline when the API server does not answer', async () => {
    const first = candidate('a').start();
    await eventually(() => expect(first.elector.isLeader).to.equal(true));
    server.always('any', faults.hang());
    const since = performance.now();
    await first.running;
    expect(first.outcome).to.equal('lost');
    expect(first.stoppedAt - since).to.be.lessThan((times.renewDeadlineMs + times.leaseDurationMs) / 2);
  });

  it('outlives a short outage', async () => {
    const first = candidate('a').start();
    await eventually(() => expect(first.elector.isLeader).to.equal(true));
    server.next('get', faults.httpError(500), faults.resetAtOnce());
    await pause(400);
    expect(first.elector.isLeader).to.equal(true);
  });

  for (const skewMs of [-3_600_000, 3_600_000]) {
    it(`never has two leaders when a candidate's clock is ${String(skewMs / 60_000)} minutes off`, async () => {
      const first = candidate('a').start();
      await eventually(() => expect(first.elector.isLeader).to.equal(true));
      const second = candidate('b', skewMs).start();
      for (let i = 0; i < 40; i++) {
        expect(leaders()).to.deep.equal([first]);
        await pause(15);
      }
      expect(second.startedAt).to.equal(0);
    });
  }

  it('never has two leaders when only the leader is cut off', async () => {
    const first = candidate('a').start();
    await eventually(() => expect(first.elector.isLeader).to.equal(true));
    const second = candidate('b').start();
    // Requests that write as 'a' are lost; 'b' gets through. (Reads of both do.)
    server.always('update', (exchange) => {
      const holder = (exchange.request.body?.spec as { holderIdentity?: string }).holderIdentity;
      if (holder === 'b') exchange.serve();
    });
    await eventually(() => expect(second.elector.isLeader).to.equal(true), 4000);
    expect(first.outcome).to.equal('lost');
    expect(second.startedAt).to.be.greaterThan(first.stoppedAt);
  });

  it('stops at once when it sees another holder', async () => {
    const first = candidate('a').start();
    await eventually(() => expect(first.elector.isLeader).to.equal(true));
    server.put(resources.leases, {
      metadata: { ...lease },
      ...{ spec: { holderIdentity: 'thief', leaseDurationSeconds: 1 } },
    });
    await first.running;
    expect(first.outcome).to.equal('lost');
    expect(spec().holderIdentity, 'what is not held is not given back').to.equal('thief');
  });

  it('refuses times that could make two leaders', () => {
    const wrong = { ...lease, leaseDurationMs: 10, renewDeadlineMs: 10, retryPeriodMs: 1 };
    expect(() => new LeaderElector(candidate('x').client, wrong)).to.throw(
      'renewDeadlineMs < leaseDurationMs',
    );
  });
});
