/** What the operator knows of a node outlives the operator, and the node. */
import { access, rm } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import type { Cluster } from '../../../tools/control-plane/cluster.ts';
import { clusterStartTimeoutMs, sharedCluster } from '../../support/cluster.ts';
import { eventually } from '../../support/eventually.ts';
import { installOperator, startOperator, type OperatorProcess } from '../../support/operator.ts';
import { nodePair } from './flow.ts';
import { forecastOf, historyOf, SIZE } from './history.ts';

const { fast, slow } = nodePair('remembered', { ...SIZE, gpus: 0 });

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
    // Only one of the two has a history.
    directory = await historyOf(fast.name, 5);
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
    const status = (await forecastOf(cluster, node))?.status;
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
