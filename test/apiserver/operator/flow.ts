/**
 * A workflow for tests of resharding: a task `first` that runs until the test ends it, and others that depend on it.
 * So there is all the time that is needed to see the others planned, and to change the cluster under their plan.
 */
import { ANNOTATION_SPEED, LABEL_TASK, LABEL_WORKFLOW } from '../../../src/api/constants.ts';
import type { ShardPlan, Task, Workflow, WorkflowSpec } from '../../../src/api/types.generated.ts';
import type { Cluster, NodeOptions } from '../../../tools/control-plane/cluster.ts';
import { eventually, withNamespace } from '../../support/cluster.ts';

const SIMULATED_SECONDS = 'foreshard.dev/simulated-seconds';

/**
 * A fast node and a slow one, labelled with their pool: every task but `first` is done so much sooner on the fast one
 * that it is planned there while it can be.
 */
export function nodePair(
  pool: string,
  common: Omit<NodeOptions, 'name'>,
): { fast: NodeOptions; slow: NodeOptions } {
  const labels = { ...common.labels, pool };
  const annotations = { ...common.annotations, [ANNOTATION_SPEED]: '20' };
  return {
    fast: { ...common, name: `${pool}-fast`, labels, annotations },
    slow: { ...common, name: `${pool}-slow`, labels },
  };
}

/** @param node where it must run; any of the pool unless given */
export function task(name: string, pool: string, cpu: string, node?: string): Task {
  const isFirst = name === 'first';
  return {
    name,
    estimatedDurationSeconds: isFirst ? 1 : 40,
    resources: { cpu, memory: '1Gi' },
    nodeSelector: { pool, ...(node === undefined ? {} : { 'kubernetes.io/hostname': node }) },
    ...(isFirst ? {} : { dependencies: ['first'] }),
    template: {
      metadata: { annotations: { [SIMULATED_SECONDS]: isFirst ? '3600' : '1' } },
      spec: { containers: [{ name: 'main', image: 'registry.example.com/work:1' }] },
    },
  };
}

/** Calls `work` when `first` runs. The workflow has a namespace of its own, which is deleted afterwards. */
export async function withFlow(
  cluster: Cluster,
  spec: WorkflowSpec,
  work: (flow: Flow) => Promise<void>,
): Promise<void> {
  await withNamespace(cluster, async (namespace) => {
    const workflow: Workflow = {
      apiVersion: 'foreshard.dev/v1alpha1',
      kind: 'Workflow',
      metadata: { name: 'flow', namespace },
      spec,
    };
    await cluster.kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(workflow));
    const flow = new Flow(cluster, namespace);
    await eventually(
      'first to run',
      () => flow.workflow(),
      (w) => w.status?.tasks?.some((t) => t.name === 'first' && t.state === 'Running') ?? false,
      60,
    );
    await work(flow);
  });
}

/** A reshard with its moves in words, `second a → b`. */
export interface ReshardInWords {
  readonly cause: string;
  readonly node: string | undefined;
  readonly message: string | undefined;
  readonly moved: readonly string[];
}

/** How a workflow ended. */
export interface Outcome {
  /** The node of each task's last run. */
  readonly ranOn: Readonly<Record<string, string | undefined>>;
  /** The tasks that Jobs were ever made for, one for each Job. */
  readonly jobs: readonly (string | undefined)[];
  readonly reshards: number;
}

interface EventObject {
  readonly reason: string;
  readonly action: string;
  readonly note: string;
  readonly regarding: { readonly kind: string };
}

interface JobObject {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
}

/** What the API server says of the workflow. */
export class Flow {
  readonly #cluster: Cluster;
  readonly #namespace: string;

  constructor(cluster: Cluster, namespace: string) {
    this.#cluster = cluster;
    this.#namespace = namespace;
  }

  workflow(): Promise<Workflow> {
    return this.#get('workflows.foreshard.dev/flow');
  }

  plan(): Promise<ShardPlan> {
    return this.#get('shardplans.foreshard.dev/flow');
  }

  /** The nodes of the plan as it was made, by task. */
  async planned(): Promise<Record<string, string>> {
    const { spec } = await this.plan();
    return Object.fromEntries(spec.assignments.map((a) => [a.task, a.node]));
  }

  /** All reshards, once there is one. */
  async reshards(): Promise<ReshardInWords[]> {
    const { status } = await eventually(
      'the plan to be resharded',
      () => this.plan(),
      (plan) => (plan.status?.reshardCount ?? 0) > 0,
      60,
    );
    return (status?.reshards ?? []).map(({ cause, node, message, moved = [] }) => ({
      cause,
      node,
      message,
      moved: moved.map((m) => `${m.task} ${m.from} → ${m.to}`),
    }));
  }

  /** Events for this reason, once there are so many: `kind: action: note`, in order of the alphabet. */
  async events(reason: string, count: number): Promise<string[]> {
    const found = await eventually(
      `${String(count)} events ${reason}`,
      async () =>
        (await this.#get<{ items: EventObject[] }>('events.events.k8s.io')).items.filter(
          (e) => e.reason === reason,
        ),
      (events) => events.length >= count,
    );
    return found.map((e) => `${e.regarding.kind}: ${e.action}: ${e.note}`).sort();
  }

  /** The simulated run is over at once when it is said to last no longer than it did. */
  async endFirst(): Promise<void> {
    const pod = `${LABEL_WORKFLOW}=flow,${LABEL_TASK}=first`;
    const args = ['annotate', '--overwrite', 'pods', '-l', pod, `${SIMULATED_SECONDS}=1`];
    await this.#cluster.kubectl(['-n', this.#namespace, ...args]);
  }

  /** Once the workflow has succeeded. */
  async outcome(): Promise<Outcome> {
    const { status } = await eventually(
      'the workflow to succeed',
      () => this.workflow(),
      (w) => w.status?.conditions?.some((c) => c.type === 'Succeeded' && c.status === 'True') ?? false,
      90,
    );
    const jobs = await this.#get<{ items: JobObject[] }>('jobs');
    const plan = await this.plan();
    return {
      ranOn: Object.fromEntries((status?.tasks ?? []).map((t) => [t.name, t.node])),
      jobs: jobs.items.map((j) => j.metadata.labels[LABEL_TASK]).sort(),
      reshards: plan.status?.reshardCount ?? 0,
    };
  }

  async #get<T>(what: string): Promise<T> {
    return JSON.parse(await this.#cluster.kubectl(['-n', this.#namespace, 'get', what, '-o', 'json'])) as T;
  }
}
