/**
 * Workflows whose planning takes longer than the operator may: so many tasks, hardly two of which are alike, that a search
 * for the best plan takes some times the limit. A plan of a few tasks takes a hundredth of it.
 */
import { expect } from 'chai';
import { API_VERSION, MAX_TASKS } from '../../../src/api/constants.ts';
import type { Task, Workflow, WorkflowSpec } from '../../../src/api/types.generated.ts';
import { conditionOf } from '../../../src/controllers/gather/kubernetes.ts';
import type { Cluster } from '../../../tools/control-plane/cluster.ts';
import { freePort } from '../../../tools/control-plane/ports.ts';
import { clusterStartTimeoutMs, eventually, sharedCluster, withNamespace } from '../../support/cluster.ts';
import { installOperator, startOperator, type OperatorProcess } from '../../support/operator.ts';

const LIMIT_SECONDS = 2;
const VAST = ['vast-a', 'vast-b', 'vast-c'];
const NODES = ['limit-a', 'limit-b', 'limit-c'];

describe('the operator, given workflows that take longer to plan than they may', function () {
  this.timeout(240_000);
  let cluster: Cluster;
  let operator: OperatorProcess | undefined;
  let metricsPort: number;

  before(async function () {
    this.timeout(clusterStartTimeoutMs);
    cluster = await sharedCluster();
    await cluster.addNodes(NODES.map((name) => ({ name, cpu: 4, memory: '8Gi', labels: { pool: 'limit' } })));
    await installOperator(cluster);
    metricsPort = await freePort();
    operator = await startOperator(cluster, {
      planning: { limitSeconds: LIMIT_SECONDS },
      metrics: { bindAddress: `127.0.0.1:${metricsPort}` },
    });
  });

  after(async () => {
    await operator?.stop();
    for (const name of NODES) await cluster.deleteNode(name);
  });

  it('says so in its condition and an event, and goes on with the others', async () => {
    await withNamespace(cluster, async (namespace) => {
      await apply(namespace, 'before', { tasks: [taskOf('one'), taskOf('two', ['one'])] });
      await eventuallyIs(namespace, 'before', 'Planned', 'True');

      for (const name of VAST)
        await apply(namespace, name, { templates: [TEMPLATE], tasks: unalike(MAX_TASKS) });
      const vast = await eventually(
        'one to be set aside',
        () => Promise.all(VAST.map((name) => read<Workflow>(namespace, 'workflows.foreshard.dev', name))),
        (all) => all.some(isSetAside),
        90,
      );
      const aside = vast.find(isSetAside);
      const message = aside === undefined ? undefined : conditionOf(aside, 'Planned')?.message;
      expect(message).to.match(
        /tried again at \d{4}-.*Z\. Split the workflow into smaller ones, or raise planning/,
      );

      await apply(namespace, 'after', { tasks: [taskOf('one'), taskOf('two', ['one'])] });
      for (const name of ['before', 'after']) await eventuallyIs(namespace, name, 'Succeeded', 'True');

      const told = (await events(namespace)).filter((e) => e.reason.startsWith('Planning'));
      expect(told).to.deep.include({
        name: aside?.metadata.name,
        reason: 'PlanningTimeout',
        note: message,
      });
      expect(told.filter((e) => e.name === 'before')).to.deep.equal([]);
      expect(await names(namespace, 'shardplans.foreshard.dev')).to.include.members(['after', 'before']);
      const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
      expect(metrics).to.match(/^foreshard_plans_given_up_total\{reason="PlanningTimeout"\} [1-9]/m);
    });
  });

  async function apply(namespace: string, name: string, spec: WorkflowSpec): Promise<void> {
    const object: Workflow = {
      apiVersion: API_VERSION,
      kind: 'Workflow',
      metadata: { name, namespace },
      spec,
    };
    await cluster.kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(object));
  }

  async function read<T>(namespace: string, ...what: readonly string[]): Promise<T> {
    return JSON.parse(await cluster.kubectl(['get', `--namespace=${namespace}`, ...what, '-o', 'json'])) as T;
  }

  /** The workflow, once this condition of it is so. */
  function eventuallyIs(namespace: string, name: string, type: string, status: string): Promise<Workflow> {
    return eventually(
      `${name} to have ${type}=${status}`,
      () => read<Workflow>(namespace, 'workflows.foreshard.dev', name),
      (w) => conditionOf(w, type)?.status === status,
      90,
    );
  }

  async function names(namespace: string, kind: string): Promise<string[]> {
    const { items } = await read<{ items: Workflow[] }>(namespace, kind);
    return items.map((i) => i.metadata.name ?? '').sort();
  }

  async function events(namespace: string): Promise<{ name: string; reason: string; note: string }[]> {
    const { items } = await read<{ items: EventObject[] }>(namespace, 'events.events.k8s.io');
    return items.map(({ regarding, reason, note }) => ({ name: regarding.name, reason, note }));
  }
});

function isSetAside(workflow: Workflow): boolean {
  const planned = conditionOf(workflow, 'Planned');
  return planned?.status === 'False' && planned.reason === 'PlanningTimeout';
}

interface EventObject {
  readonly reason: string;
  readonly note: string;
  readonly regarding: { readonly name: string };
}

const POD = { spec: { containers: [{ name: 'main', image: 'registry.example.com/work:1' }] } };
const TEMPLATE = { name: 'work', estimatedDurationSeconds: 1, template: POD };
const POOL = { nodeSelector: { pool: 'limit' } };

function taskOf(name: string, dependencies: string[] = []): Task {
  const resources = { cpu: '1', memory: '1Gi' };
  return { name, dependencies, estimatedDurationSeconds: 1, resources, ...POOL, template: POD };
}

/** They wait for nothing but room, and each for an amount of its own. */
function unalike(count: number): Task[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `t${i}`,
    templateRef: TEMPLATE.name,
    estimatedDurationSeconds: 1000 + i,
    resources: { cpu: `${1000 + i}m`, memory: '1Gi' },
    ...POOL,
  }));
}
