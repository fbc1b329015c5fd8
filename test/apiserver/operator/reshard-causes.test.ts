/** What an administrator does to a node, with `kubectl`, while a workflow's later tasks are planned on it. */
import { expect } from 'chai';
import type { Task } from '../../../src/api/types.generated.ts';
import type { Cluster } from '../../../tools/control-plane/cluster.ts';
import { clusterStartTimeoutMs, eventually, sharedCluster } from '../../support/cluster.ts';
import { installOperator, startOperator, type OperatorProcess } from '../../support/operator.ts';
import { nodePair, task, withFlow } from './flow.ts';

const SUITE = 'reshard-causes';
/** A pair of nodes for each case, so that none has to be repaired after it. */
const POOLS = ['cordoned', 'tainted', 'deleted'].map((pool) =>
  nodePair(pool, { cpu: 8, memory: '32Gi', labels: { suite: SUITE } }),
);

describe('an operator whose nodes are taken out of use', function () {
  this.timeout(240_000);
  let cluster: Cluster;
  let operator: OperatorProcess | undefined;

  before(async function () {
    this.timeout(clusterStartTimeoutMs);
    cluster = await sharedCluster();
    await cluster.addNodes(POOLS.flatMap(({ fast, slow }) => [fast, slow]));
    await installOperator(cluster);
    operator = await startOperator(cluster);
  });

  afterEach(function () {
    if (this.currentTest?.isFailed() === true) console.log(operator?.log());
  });

  after(async () => {
    await operator?.stop();
    await cluster.kubectl(['delete', 'nodes', '-l', `suite=${SUITE}`]);
  });

  it('moves what has not started off a cordoned node, and lets what runs there end there', async () => {
    const [fast, slow] = ['cordoned-fast', 'cordoned-slow'];
    const tasks = [task('first', 'cordoned', '1', fast), task('second', 'cordoned', '1')];
    await withFlow(cluster, { tasks }, async (flow) => {
      expect(await flow.planned()).to.deep.equal({ first: fast, second: fast });
      await cluster.kubectl(['cordon', fast]);

      const message = `node ${fast} is cordoned`;
      const moved = `second ${fast} → ${slow}`;
      const reshards = [{ cause: 'NodeCordoned', node: fast, message, moved: [moved] }];
      expect(await flow.reshards()).to.deep.equal(reshards);
      expect(await flow.events('Resharded', 2)).to.deep.equal([
        `ShardPlan: NodeCordoned: ${message}; moved ${moved}`,
        `Workflow: NodeCordoned: ${message}; moved ${moved}`,
      ]);

      await flow.endFirst();
      expect(await flow.outcome()).to.deep.equal({
        ranOn: { first: fast, second: slow },
        jobs: ['first', 'second'],
        reshards: 1,
      });
    });
  });

  it('moves the tasks that do not tolerate a new taint, and only those', async () => {
    const [fast, slow] = ['tainted-fast', 'tainted-slow'];
    const tolerant: Task = {
      ...task('tolerant', 'tainted', '1'),
      tolerations: [{ key: 'maintenance', operator: 'Equal', value: 'planned', effect: 'NoSchedule' }],
    };
    const tasks = [task('first', 'tainted', '1', fast), task('second', 'tainted', '1'), tolerant];
    await withFlow(cluster, { tasks }, async (flow) => {
      expect(await flow.planned()).to.deep.equal({ first: fast, second: fast, tolerant: fast });
      await cluster.kubectl(['taint', 'node', fast, 'maintenance=planned:NoSchedule']);

      const message = `node ${fast} has the taint maintenance=planned:NoSchedule, which task second does not tolerate`;
      expect(await flow.reshards()).to.deep.equal([
        { cause: 'NodeTainted', node: fast, message, moved: [`second ${fast} → ${slow}`] },
      ]);

      await flow.endFirst();
      expect(await flow.outcome()).to.deep.equal({
        ranOn: { first: fast, second: slow, tolerant: fast },
        jobs: ['first', 'second', 'tolerant'],
        reshards: 1,
      });
    });
  });

  it('moves what is planned on a node that is deleted', async () => {
    const [fast, slow] = ['deleted-fast', 'deleted-slow'];
    const tasks = [task('first', 'deleted', '1', slow), task('second', 'deleted', '1')];
    await withFlow(cluster, { tasks }, async (flow) => {
      expect(await flow.planned()).to.deep.equal({ first: slow, second: fast });
      await cluster.deleteNode(fast);

      expect(await flow.reshards()).to.deep.equal([
        {
          cause: 'NodeDeleted',
          node: fast,
          message: `node ${fast} is gone`,
          moved: [`second ${fast} → ${slow}`],
        },
      ]);

      await flow.endFirst();
      expect(await flow.outcome()).to.deep.equal({
        ranOn: { first: slow, second: slow },
        jobs: ['first', 'second'],
        reshards: 1,
      });
    });
    await eventually(
      'its NodeForecast to be gone with it',
      () => cluster.kubectl(['get', 'nodeforecasts', '-o', 'name']),
      (names) => !names.includes(fast),
      60,
    );
  });
});
