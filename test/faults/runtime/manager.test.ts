import { expect } from 'chai';
import {
  Controller,
  EventRecorder,
  type Exit,
  KubeClient,
  type Logger,
  Manager,
  type ManagerOptions,
  type Reconcile,
  Reflector,
  TerminalError,
  createEnvironment,
  resources,
  silentLogger,
} from '../../../src/runtime/index.ts';
import { eventually, pause } from '../../support/eventually.ts';
import { FakeApiServer, faults } from '../../support/fake-api-server.ts';
import { backoff } from './harness.ts';

const election = {
  namespace: 'default',
  name: 'op',
  leaseDurationMs: 400,
  renewDeadlineMs: 250,
  retryPeriodMs: 50,
};

describe('A manager', () => {
  let server: FakeApiServer;
  let client: KubeClient;
  let stop: AbortController;

  beforeEach(async () => {
    server = await FakeApiServer.start();
    server.put(resources.nodes, { metadata: { name: 'a' } });
    client = new KubeClient(server.kubeConfig(), createEnvironment(), { requestTimeoutMs: 2000 });
    stop = new AbortController();
  });

  afterEach(async () => {
    stop.abort();
    client.close();
    await server.close();
  });

  /** A controller of nodes that does what it is told. */
  function operator(
    reconcile: Reconcile,
    options: ManagerOptions = {},
  ): { manager: Manager; controller: Controller; nodes: Reflector<object> } {
    const nodes = new Reflector(client, resources.nodes, { backoff });
    const controller = new Controller(client.env, { name: 'node', reconcile, backoff, stopGraceMs: 100 });
    controller.for(nodes);
    return { manager: new Manager(client, options).add(controller, nodes), controller, nodes };
  }

  const metrics = (): Promise<string> => client.env.metrics.registry.metrics();

  it('fills the caches before anything is reconciled, reconciles every object, and stops with code 0', async () => {
    const seen: string[] = [];
    server.next('list', faults.httpError(500));
    const { manager, nodes } = operator(async (key) => {
      expect(nodes.hasSynced).to.equal(true);
      seen.push(key);
      await Promise.resolve();
    });
    const running = manager.run(stop.signal);
    await eventually(() => expect(seen).to.deep.equal(['a']));
    server.put(resources.nodes, { metadata: { name: 'b' } });
    await eventually(() => expect(seen).to.deep.equal(['a', 'b']));
    stop.abort();
    expect(await running).to.deep.equal({ reason: 'stopped', code: 0 });
    const sent = server.requests.length;
    await pause(50);
    expect(server.requests.length).to.equal(sent);
  });

  it('retries what fails, gives up on a TerminalError, and goes on after a given time', async () => {
    const calls = new Map<string, number>();
    const { manager, controller } = operator(async (key) => {
      await Promise.resolve();
      const call = (calls.get(key) ?? 0) + 1;
      calls.set(key, call);
      if (key === 'a' && call < 4) throw new Error('not yet');
      if (key === 'b') throw new TerminalError('never');
      if (key === 'c') return { requeueAfterMs: call < 3 ? 10 : undefined };
      return undefined;
    });
    for (const key of ['b', 'c']) controller.enqueue(key);
    const running = manager.run(stop.signal);
    await eventually(() => expect(Object.fromEntries(calls)).to.deep.equal({ a: 4, b: 1, c: 3 }));
    await pause(60);
    expect(Object.fromEntries(calls)).to.deep.equal({ a: 4, b: 1, c: 3 });
    const text = await metrics();
    expect(text).to.contain('controller_runtime_reconcile_errors_total{controller="node"} 4');
    expect(text).to.contain('controller_runtime_reconcile_total{controller="node",result="requeue_after"} 2');
    expect(text).to.contain('workqueue_retries_total{name="node"} 3');
    expect(text).to.contain('controller_runtime_terminal_reconcile_errors_total{controller="node"} 1');
    stop.abort();
    await running;
  });

  it('reconciles all objects again each resync period', async () => {
    let calls = 0;
    const nodes = new Reflector(client, resources.nodes, { backoff });
    const controller = new Controller(client.env, {
      name: 'node',
      resyncPeriodMs: 30,
      reconcile: async () => {
        calls++;
        await Promise.resolve();
      },
    }).for(nodes);
    const running = new Manager(client).add(nodes, controller).run(stop.signal);
    await eventually(() => expect(calls).to.be.at.least(3));
    stop.abort();
    await running;
  });

  it('aborts and reports a reconcile that takes too long', async () => {
    const errors: string[] = [];
    const log: Logger = { ...silentLogger, error: (message) => errors.push(message), child: () => log };
    const env = createEnvironment({ log });
    const controller = new Controller(env, {
      name: 'slow',
      reconcileTimeoutMs: 30,
      backoff: { baseMs: 10_000, maxMs: 10_000 },
      reconcile: (_key, { signal }) =>
        new Promise<undefined>((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        ),
    });
    controller.enqueue('a');
    const running = controller.run(stop.signal);
    await eventually(() => expect(errors).to.have.length(2));
    expect(errors[0]).to.contain('too long');
    expect(await env.metrics.registry.metrics()).to.contain('reconcile_timeouts_total{controller="slow"} 1');
    stop.abort();
    await running;
  });

  it('lets the reconcile under way finish at a stop, then aborts it, and gives the lease back last', async () => {
    const marks: string[] = [];
    const { manager } = operator(
      async (_key, { signal }) => {
        marks.push('begun');
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        marks.push(`holder ${holder()}`);
      },
      { leaderElection: { ...election, identity: 'me' } },
    );
    const running = manager.run(stop.signal);
    await eventually(() => expect(marks).to.deep.equal(['begun']));
    stop.abort();
    expect(await running).to.deep.equal({ reason: 'stopped', code: 0 });
    expect(marks).to.deep.equal(['begun', 'holder me']);
    expect(holder()).to.equal('');
  });

  it('says so when a part does not stop in time', async () => {
    const stuck = Promise.withResolvers<undefined>();
    const { manager } = operator(() => stuck.promise, { gracefulStopMs: 150 });
    const running = manager.run(stop.signal);
    await eventually(async () =>
      expect(await metrics()).to.contain('controller_runtime_active_workers{controller="node"} 1'),
    );
    stop.abort();
    expect(await running).to.deep.equal({ reason: 'stopTimedOut', code: 1 });
    stuck.resolve(undefined);
  });

  it('stops at once with a code that is not 0 when the lease is lost', async () => {
    let aborted: unknown;
    const { manager } = operator(
      (_key, { signal }) =>
        new Promise<void>((resolve) =>
          signal.addEventListener('abort', () => {
            aborted = signal.reason;
            resolve();
          }),
        ),
      { leaderElection: election },
    );
    const running = manager.run(stop.signal);
    await eventually(() => expect(manager.isLeader).to.equal(true));
    await eventually(async () =>
      expect(await metrics()).to.contain('controller_runtime_active_workers{controller="node"} 1'),
    );
    server.always('update', faults.httpError(500));
    const exit = await running;
    expect([exit.reason, exit.code]).to.deep.equal(['leaseLost', 1]);
    expect(aborted).to.equal(exit.error);
    expect(manager.isLeader).to.equal(false);
  });

  it('does not reconcile while another process leads, but is ready', async () => {
    let reconciled = 0;
    const spec = { holderIdentity: 'other', leaseDurationSeconds: 60 };
    server.put(resources.leases, { metadata: { namespace: 'default', name: 'op' }, ...{ spec } });
    const { manager } = operator(
      async () => {
        reconciled++;
        await Promise.resolve();
      },
      { leaderElection: election, healthAddress: '127.0.0.1:0', metricsAddress: '127.0.0.1:0' },
    );
    const running = manager.run(stop.signal);
    await eventually(async () => {
      const response = await fetch(`http://${String(manager.addresses.health)}/readyz?verbose`);
      expect([response.status, await response.text()]).to.deep.equal([
        200,
        '[+]caches ok\nreadyz check passed\n',
      ]);
    });
    const scraped = await (await fetch(`http://${String(manager.addresses.metrics)}/metrics`)).text();
    expect(scraped).to.contain('leader_election_master_status{name="op"} 0');
    await pause(100);
    expect(reconciled).to.equal(0);
    const { health } = manager.addresses;
    stop.abort();
    await running;
    expect(await fetch(`http://${String(health)}/healthz`).catch(() => 'closed')).to.equal('closed');
  });

  it('is healthy but not ready until its caches are filled, and names them', async () => {
    server.always('list', faults.httpError(500));
    const { manager } = operator(() => Promise.resolve(), { healthAddress: '127.0.0.1:0' });
    manager.addHealthCheck('disk', () => {
      throw new Error('full');
    });
    const running = manager.run(stop.signal);
    await eventually(() => expect(manager.addresses.health).to.be.a('string'));
    const ask = async (path: string): Promise<[number, string]> => {
      const response = await fetch(`http://${String(manager.addresses.health)}${path}`);
      return [response.status, await response.text()];
    };
    expect(await ask('/readyz')).to.deep.equal([
      500,
      '[-]caches failed: not filled yet: nodes\nreadyz check failed\n',
    ]);
    expect((await ask('/healthz'))[0]).to.equal(500);
    expect(await ask('/healthz/ping')).to.deep.equal([200, 'ok']);
    expect((await ask('/nowhere'))[0]).to.equal(404);
    stop.abort();
    await running;
  });

  it('ends with an error when a part fails, or when it cannot listen', async () => {
    const broken = { name: 'broken', run: () => Promise.reject(new Error('boom')) };
    const failed = await new Manager(client).add(broken).run(stop.signal);
    expect([failed.reason, failed.code, failed.error?.message]).to.deep.equal(['failed', 1, 'broken: boom']);
    const deaf: Exit = await new Manager(client, { healthAddress: 'nonsense' }).run(stop.signal);
    expect(deaf.error?.message).to.contain("write host:port, such as ':8080'");
  });

  describe('with an event recorder', () => {
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'a', uid: 'u' } };
    const said = { type: 'Normal', reason: 'Moved', note: 'moved to b' } as const;
    const recorder = (): EventRecorder =>
      new EventRecorder(client, { controller: 'example.dev/test', instance: 'pod-1' });

    it('counts what is said again in one Event, in the default namespace for cluster-scoped objects', async () => {
      const events = recorder();
      for (let i = 0; i < 5; i++) events.event(node, said);
      events.event(node, { ...said, note: 'moved to c' });
      await events.flush();
      const written = server.list(resources.events) as unknown as {
        note: string;
        series?: { count: number };
        metadata: { namespace: string };
      }[];
      expect(
        written.map(({ note, series, metadata }) => [note, series?.count, metadata.namespace]),
      ).to.deep.equal([
        ['moved to b', 5, 'default'],
        ['moved to c', undefined, 'default'],
      ]);
      expect(server.count('create') + server.count('patch')).to.equal(3);
    });

    it('drops what is too much, cuts what is too long, and survives a server that refuses', async () => {
      const events = recorder();
      server.next('create', faults.httpError(403, 'Forbidden'));
      events.event(node, { ...said, note: 'ü'.repeat(2000) });
      for (let i = 0; i < 100; i++)
        events.event(node, { ...said, note: `note ${String(i)} ${'ü'.repeat(1000)}` });
      await events.flush();
      expect(server.count('create')).to.equal(25);
      for (const { body } of server.ofVerb('create')) {
        expect(Buffer.byteLength(String(body?.note))).to.be.within(1020, 1024);
      }
      expect(await metrics()).to.contain('event_recorder_dropped_total 77');
    });
  });

  /** Who holds the lease. */
  function holder(): string {
    return (server.get(resources.leases, 'default/op') as unknown as { spec: { holderIdentity: string } })
      .spec.holderIdentity;
  }
});
