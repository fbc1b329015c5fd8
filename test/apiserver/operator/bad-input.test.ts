import { expect } from 'chai';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeForecast, Task, Workflow } from '../../../src/api/types.generated.ts';
import { conditionOf } from '../../../src/controllers/gather/kubernetes.ts';
import { FRACTION_COLUMNS } from '../../../src/history/columns.ts';
import { encodeParquet } from '../../../src/history/encode.ts';
import type { Cluster } from '../../../tools/control-plane/cluster.ts';
import { freePort } from '../../../tools/control-plane/ports.ts';
import { clusterStartTimeoutMs, eventually, sharedCluster, withNamespace } from '../../support/cluster.ts';
import { installOperator, startOperator, type OperatorProcess } from '../../support/operator.ts';

const STEP_MS = 300_000;
const NODES = ['bad-a', 'bad-b', 'bad-c', 'bad-d', 'bad-e'];

describe('the operator, given what it cannot use', function () {
  this.timeout(120_000);
  let cluster: Cluster;
  let operator: OperatorProcess | undefined;
  let history: string;
  let metricsPort: number;

  before(async function () {
    this.timeout(clusterStartTimeoutMs);
    cluster = await sharedCluster();
    await cluster.addNodes(NODES.map((name) => ({ name, cpu: 4, memory: '8Gi', labels: { pool: 'bad' } })));
    await installOperator(cluster);
    history = await mkdtemp(join(tmpdir(), 'foreshard-bad-input-'));
    await writeBadHistory(history);
    metricsPort = await freePort();
    operator = await startOperator(cluster, {
      history: { directory: history },
      metrics: { bindAddress: `127.0.0.1:${metricsPort}` },
    });
  });

  after(async () => {
    await operator?.stop();
    for (const name of NODES) await cluster.deleteNode(name);
    await rm(history, { recursive: true, force: true });
  });

  const readyReason = async (name: string): Promise<string | undefined> => {
    const { items } = JSON.parse(await cluster.kubectl(['get', 'nodeforecasts', '-o', 'json'])) as {
      items: NodeForecast[];
    };
    const forecast = items.find((f) => f.metadata.name === name);
    return forecast?.status?.conditions?.find((c) => c.type === 'Ready')?.reason;
  };

  it('forecasts from the files that are whole, and says of the other nodes that all it has is a prior', async () => {
    await eventually(
      'a forecast from history',
      () => readyReason('bad-a'),
      (r) => r !== undefined && r !== 'OnlyPrior',
    );
    for (const name of NODES.slice(1)) {
      await eventually(
        `a prior for ${name}`,
        () => readyReason(name),
        (r) => r === 'OnlyPrior',
      );
    }
  });

  it('sets damaged files aside, names them with the reason, and counts them', async () => {
    const log = operator?.log() ?? '';
    for (const name of ['bad-b.parquet', 'bad-c.parquet', 'bad-d.parquet', 'bad-e.parquet']) {
      expect(log, name).to.match(new RegExp(`history file set aside file=\\S*${name} reason=`));
    }
    const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    const counted = [...metrics.matchAll(/^foreshard_history_problems_total\{\S+\} (\d+)$/gm)];
    expect(counted.reduce((sum, match) => sum + Number(match[1]), 0)).to.equal(4);
    expect(await readdir(history)).to.include('bad-a.parquet');
  });

  it('tells of a task that no node can ever hold, and lets another workflow go on', async () => {
    await withNamespace(cluster, async (namespace) => {
      await apply(namespace, 'huge', [taskOf('solve', '64')]);
      await apply(namespace, 'small', [taskOf('one', '1'), { ...taskOf('two', '1'), dependencies: ['one'] }]);
      const stalled = await eventually(
        'huge to be Stalled',
        () => read(namespace, 'huge'),
        (w) => conditionOf(w, 'Stalled')?.status === 'True',
      );
      const { reason, message } = conditionOf(stalled, 'Stalled') ?? {};
      expect(reason).to.equal('NeverFits');
      expect(message).to.match(/task solve is not placed: 0\/\d+ nodes can hold it: .*cpu/);
      await eventually(
        'small to succeed',
        () => read(namespace, 'small'),
        (w) => conditionOf(w, 'Succeeded')?.status === 'True',
        60,
      );
    });
  });

  async function apply(namespace: string, name: string, tasks: readonly Task[]): Promise<void> {
    const object = {
      apiVersion: 'foreshard.dev/v1alpha1',
      kind: 'Workflow',
      metadata: { name, namespace },
      spec: { tasks },
    };
    await cluster.kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(object));
  }

  async function read(namespace: string, name: string): Promise<Workflow> {
    const args = ['get', `--namespace=${namespace}`, 'workflows.foreshard.dev', name, '-o', 'json'];
    return JSON.parse(await cluster.kubectl(args)) as Workflow;
  }
});

function taskOf(name: string, cpu: string): Task {
  return {
    name,
    estimatedDurationSeconds: 1,
    resources: { cpu, memory: '1Gi' },
    nodeSelector: { pool: 'bad' },
    template: {
      metadata: { annotations: { 'foreshard.dev/simulated-seconds': '1' } },
      spec: { containers: [{ name: 'main', image: 'registry.example.com/work:1' }] },
    },
  };
}

/** One file is whole; the others are cut short, empty, of another schema, and no Parquet at all. */
async function writeBadHistory(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const now = Math.floor(Date.now() / STEP_MS) * STEP_MS;
  const rows = Array.from({ length: 600 }, (_, i) => ({
    time: now - (600 - i) * STEP_MS,
    cpu: 0.25 + 0.1 * Math.sin(i / 20),
    memory: 0.5,
    gpu: null,
    network: 0.1,
  }));
  await writeFile(join(folder, 'bad-a.parquet'), await encodeParquet(FRACTION_COLUMNS, rows));
  const cut = join(folder, 'bad-b.parquet');
  await writeFile(cut, await readFile(join(folder, 'bad-a.parquet')));
  await truncate(cut, 1_000);
  await writeFile(join(folder, 'bad-c.parquet'), '');
  const renamed = FRACTION_COLUMNS.map((c) => (c.name === 'time' ? { ...c, name: 'when' } : c));
  const otherRows = rows.map(({ time, ...row }) => ({ when: time, ...row }));
  await writeFile(join(folder, 'bad-d.parquet'), await encodeParquet(renamed, otherRows));
  await writeFile(join(folder, 'bad-e.parquet'), 'time,cpu\n1,2\n');
}
