/** The sources that ask the API server, against a server over HTTP that answers as one does. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { expect } from 'chai';
import { KubeletSummarySource, MetricsApiSource, MetricsError } from '../../../src/metrics/index.ts';
import { KubeClient, createEnvironment, silentLogger } from '../../../src/runtime/index.ts';

const NOW = Date.UTC(2026, 2, 1);
const iso = (time: number) => new Date(time).toISOString();
const signal = () => new AbortController().signal;
const own = (...names: string[]) => names.map((name) => ({ namespace: 'lab', name, node: 'a' }));

/** Answers by path; what is not there is 404. */
async function withServer<T>(
  answers: Map<string, object>,
  test: (client: KubeClient, asked: string[]) => Promise<T>,
): Promise<T> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const answer = answers.get((request.url ?? '').split('?')[0] ?? '');
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(answer ?? { kind: 'Status', code: 404, reason: 'NotFound', message: 'no such page' }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'c', server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, skipTLSVerify: true },
    { name: 'u' },
  );
  const client = new KubeClient(config, createEnvironment({ log: silentLogger }));
  try {
    return await test(client, asked);
  } finally {
    client.close();
    server.closeAllConnections();
    server.close();
  }
}

describe('MetricsApiSource', () => {
  const NODES = '/apis/metrics.k8s.io/v1beta1/nodes';
  const PODS = '/apis/metrics.k8s.io/v1beta1/pods';
  const node = (name: string, timestamp: string, usage: object) => ({ metadata: { name }, timestamp, usage });
  const source = (client: KubeClient, warnings: string[] = []) =>
    new MetricsApiSource({
      client,
      podSelector: 'foreshard.dev/workflow',
      now: () => NOW,
      onWarning: (warning) => warnings.push(warning),
    });

  it('reads quantities of nodes and pods in base units', () =>
    withServer(
      new Map<string, object>([
        [
          NODES,
          {
            items: [
              node('b', iso(NOW - 9000), { cpu: '250m' }),
              node('a', iso(NOW - 5000), { cpu: '1500000000n', memory: '2097152Ki' }),
            ],
          },
        ],
        [
          PODS,
          {
            items: [
              {
                metadata: { namespace: 'lab', name: 'fit' },
                containers: [{ usage: { cpu: '1', memory: '1Ki' } }, { usage: { cpu: '500m' } }],
              },
            ],
          },
        ],
      ]),
      async (client, asked) => {
        expect(await source(client).observe(signal(), own('fit'))).to.deep.equal({
          nodes: [
            { node: 'a', time: NOW - 5000, load: { cpu: 1.5, memory: 2 ** 31, gpu: null, network: null } },
            { node: 'b', time: NOW - 9000, load: { cpu: 0.25, memory: null, gpu: null, network: null } },
          ],
          pods: [
            { namespace: 'lab', name: 'fit', usage: { cpu: 1.5, memory: 1024, gpu: null, network: null } },
          ],
        });
        expect(asked.at(-1)).to.include('labelSelector=foreshard.dev%2Fworkflow');
      },
    ));

  it('holds no sample of the future, drops old ones, and says whose they are', () =>
    withServer(
      new Map([
        [
          NODES,
          {
            items: [
              node('ahead', iso(NOW + 3_600_000), { cpu: '1' }),
              node('behind', iso(NOW - 3_600_000), { cpu: '1' }),
            ],
          },
        ],
      ]),
      async (client) => {
        const warnings: string[] = [];
        const { nodes } = await source(client, warnings).observe(signal());
        expect(nodes.map(({ node: name, time }) => [name, time])).to.deep.equal([['ahead', NOW]]);
        expect(warnings).to.have.lengthOf(1);
        expect(warnings[0]).to.match(/1 nodes have no sample of the last 300 s \(behind\).*clocks/);
      },
    ));

  it('says what to install where the cluster has none', () =>
    withServer(new Map(), async (client) => {
      const error: unknown = await source(client)
        .observe(signal())
        .catch((e: unknown) => e);
      expect(error).to.be.instanceOf(MetricsError);
      expect(String(error)).to.match(/404 no such page; install metrics-server, or set observe\.prometheus/);
    }));

  it('goes on with the nodes when pods cannot be read', () =>
    withServer(new Map([[NODES, { items: [node('a', iso(NOW), { cpu: '1' })] }]]), async (client) => {
      const warnings: string[] = [];
      const report = await source(client, warnings).observe(signal(), own('fit'));
      expect([report.nodes.length, report.pods]).to.deep.equal([1, []]);
      expect(warnings[0]).to.match(/pods count with their requests$/);
    }));
});

describe('KubeletSummarySource', () => {
  const path = (node: string) => `/api/v1/nodes/${node}/proxy/stats/summary`;
  /** Counters of a node that has used `cores` and `bits` a second for `seconds`. */
  const stats = (seconds: number, cores: number, bits: number, offset = 0) => ({
    cpu: { time: iso(NOW + seconds * 1000 + offset), usageCoreNanoSeconds: seconds * cores * 1e9 },
    memory: { workingSetBytes: 4096 },
    network: {
      time: iso(NOW + seconds * 1000 + offset),
      rxBytes: (seconds * bits) / 16,
      txBytes: (seconds * bits) / 16,
    },
  });
  const podStats = (name: string, seconds: number, cores: number) => ({
    podRef: { namespace: 'lab', name, uid: name },
    ...stats(seconds, cores, 800),
  });

  /** One source that looks again and again at what `answers` hold. */
  async function looking(
    nodes: string[],
    test: (
      look: (seconds: number, answers: Record<string, object>) => ReturnType<KubeletSummarySource['observe']>,
      warnings: string[],
    ) => Promise<void>,
  ): Promise<void> {
    const answers = new Map<string, object>();
    const warnings: string[] = [];
    let now = NOW;
    await withServer(answers, async (client) => {
      const source = new KubeletSummarySource({
        client,
        nodes: () => nodes,
        now: () => now,
        onWarning: (warning) => warnings.push(warning),
      });
      await test(async (seconds, byNode) => {
        now = NOW + seconds * 1000;
        answers.clear();
        for (const [node, answer] of Object.entries(byNode)) answers.set(path(node), answer);
        return source.observe(signal(), own('fit'));
      }, warnings);
    });
  }

  it('takes CPU and network from counters, from one look to the next, of nodes and of own pods', () =>
    looking(['a'], async (look) => {
      const pods = (seconds: number) => [podStats('fit', seconds, 0.5), podStats('other', seconds, 3)];
      const first = await look(10, { a: { node: stats(10, 2, 1e6), pods: pods(10) } });
      expect(first.nodes.map(({ load }) => load)).to.deep.equal([
        { cpu: null, memory: 4096, gpu: null, network: null },
      ]);
      const { nodes, pods: usage } = await look(40, { a: { node: stats(40, 2, 1e6), pods: pods(40) } });
      expect(nodes).to.deep.equal([
        { node: 'a', time: NOW + 40_000, load: { cpu: 2, memory: 4096, gpu: null, network: 1e6 } },
      ]);
      expect(usage).to.deep.equal([
        { namespace: 'lab', name: 'fit', usage: { cpu: 0.5, memory: 4096, gpu: null, network: 800 } },
      ]);
    }));

  it('measures nothing over a restart of the node, and goes on after it', () =>
    looking(['a'], async (look) => {
      const cpu = async (seconds: number, uptime: number) => {
        const node = { ...stats(uptime, 2, 1e6), cpu: { ...stats(uptime, 2, 1e6).cpu } };
        node.cpu.time = iso(NOW + seconds * 1000);
        return (await look(seconds, { a: { node } })).nodes[0]?.load.cpu;
      };
      expect([
        await cpu(100, 100),
        await cpu(130, 130),
        await cpu(160, 10),
        await cpu(190, 40),
      ]).to.deep.equal([null, 2, null, 2]);
    }));

  it('goes on with the nodes that answer; one that comes later begins anew, one that is away is gone', () =>
    looking(['a', 'b'], async (look, warnings) => {
      const cpus = async (seconds: number, answers: Record<string, object>) =>
        (await look(seconds, answers)).nodes.map(({ node, load }) => [node, load.cpu]);
      expect(await cpus(10, { a: { node: stats(10, 1, 0) } })).to.deep.equal([['a', null]]);
      expect(warnings[0]).to.match(/1 of 2 nodes did not answer: GET .*\/b\/proxy\/stats\/summary: 404/);
      const both = { a: { node: stats(40, 1, 0) }, b: { node: stats(40, 3, 0) } };
      expect(await cpus(40, both)).to.deep.equal([
        ['a', 1],
        ['b', null],
      ]);
      expect(await cpus(70, { b: { node: stats(70, 3, 0) } })).to.deep.equal([['b', 3]]);
      expect(await cpus(100, { a: { node: stats(100, 1, 0) }, b: { node: stats(100, 3, 0) } })).to.deep.equal(
        [
          ['a', 1],
          ['b', 3],
        ],
      );
    }));

  it("holds no sample of the future where a node's clock is ahead, and its rates are right", () =>
    looking(['a'], async (look) => {
      const ahead = 120_000;
      await look(10, { a: { node: stats(10, 2, 0, ahead) } });
      const { nodes } = await look(40, { a: { node: stats(40, 2, 0, ahead) } });
      expect(nodes.map(({ time, load }) => [time, load.cpu])).to.deep.equal([[NOW + 40_000, 2]]);
    }));

  it('fails when no node answers, and says why', () =>
    looking(['a', 'b'], async (look) => {
      const error: unknown = await look(10, {}).catch((e: unknown) => e);
      expect(error).to.be.instanceOf(MetricsError);
      expect(String(error)).to.include('2 of 2 nodes did not answer');
    }));
});
