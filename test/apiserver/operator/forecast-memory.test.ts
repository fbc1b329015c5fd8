/** What the operator knows of a node outlives the operator, and the node. */
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import type { NodeForecast } from '../../../src/api/types.generated.ts';
import { HistoryStore } from '../../../src/history/index.ts';
import type { Cluster } from '../../../tools/control-plane/cluster.ts';
import { createLoad } from '../../../tools/history/generator.ts';
import { writeHistory } from '../../../tools/history/write-history.ts';
import { clusterStartTimeoutMs, sharedCluster } from '../../support/cluster.ts';
import { eventually } from '../../support/eventually.ts';
import { installOperator, startOperator, type OperatorProcess } from '../../support/operator.ts';
import { nodePair } from './flow.ts';

const { fast, slow } = nodePair('remembered', { cpu: 16, memory: '64Gi', gpus: 0 });
const CAPACITY = { cpu: 16, memory: 64 * 2 ** 30, gpu: 0, network: 10e9 };

describe('an operator with a history', function () {
  this.timeout(120_000);
  let cluster: Cluster;
  let directory: string;
  let operator: OperatorProcess | undefined;

  before(async function () {
    this.timeout(2 * clusterStartTimeoutMs);
    cluster = await sharedCluster();
    await cluster.addNodes([fast, slow]);
    await installOperator(cluster);
    directory = await mkdtemp(path.join(tmpdir(), 'foreshard-remembered-'));
    const store = await HistoryStore.open(directory, { now: () => Date.now() });
    // Only one of the two has a history.
    const nodes = [
      {
        name: fast.name,
        capacity: CAPACITY,
        load: createLoad({ seed: 1, node: fast.name, capacity: CAPACITY }),
      },
    ];
    await writeHistory(store, { nodes, days: 5, endTime: Date.now(), stepSeconds: 300 });
    await store.close();
  });

  beforeEach(async () => {
    operator = await startOperator(cluster, { history: { directory }, observe: { source: 'None' } });
  });

  afterEach(async function () {
    if (this.currentTest?.isFailed() === true) console.log(operator?.log());
    await operator?.stop();
    operator = undefined;
  });

  after(async () => {
    await rm(directory, { recursive: true, force: true });
    await cluster.kubectl(['delete', 'nodes', '-l', 'pool=remembered', '--ignore-not-found']);
  });

  async function modelOfCpu(node: string): Promise<{ model: string | undefined; why: string | undefined }> {
    const list = JSON.parse(await cluster.kubectl(['get', 'nodeforecasts', '-o', 'json'])) as {
      items: NodeForecast[];
    };
    const status = list.items.find(({ metadata }) => metadata.name === node)?.status;
    return {
      model: status?.resources?.find(({ name }) => name === 'cpu')?.model,
      why: status?.conditions?.find(({ type }) => type === 'Ready')?.message,
    };
  }

  it('forecasts a node without one from nodes alike, and says so', () =>
    eventually(async () => {
      expect((await modelOfCpu(fast.name)).model).to.equal('Ensemble');
      const { model, why } = await modelOfCpu(slow.name);
      expect(model).to.equal('PriorOfLikeNodes');
      expect(why).to.contain(
        'no history of cpu: the forecast is from the load of 1 node of similar capacity',
      );
    }, 60_000));

  it('goes on from what the process before had learned', async () => {
    await access(path.join(directory, 'forecasts', 'memory.bin'));
    await eventually(() => {
      expect(operator?.log()).to.contain('forecasts go on from what was learned');
    }, 60_000);
  });

  it('knows a node again that was deleted and added', async () => {
    await eventually(async () => expect((await modelOfCpu(fast.name)).model).to.equal('Ensemble'), 60_000);
    await cluster.kubectl(['delete', 'node', fast.name]);
    await cluster.kubectl(['delete', 'nodeforecast', fast.name, '--ignore-not-found']);
    await cluster.addNodes([fast]);
    await eventually(async () => expect((await modelOfCpu(fast.name)).model).to.equal('Ensemble'), 60_000);
  });
});
