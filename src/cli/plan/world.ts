/** The cluster without a cluster: nodes and workflows from files, kept up with what a session is told. */
import type { TaskStatus, Workflow } from '../../api/types.generated.ts';
import type { Node } from '../../controllers/gather/kubernetes.ts';
import { capacityOf, nodeSnapshot, type NodeSettings } from '../../controllers/gather/nodes.ts';
import type { TaskLearning } from '../../controllers/gather/learning.ts';
import { taskSnapshot, withLearned, workflowOf } from '../../controllers/gather/planned-workflow.ts';
import type { NodeSnapshot, Sharing, Snapshot, WorkflowSnapshot } from '../../core/plan/snapshot.ts';
import {
  byResource,
  resourceVector,
  ZERO,
  type Resource,
  type ResourceVector,
} from '../../core/resources.ts';
import { resolveWorkflow, type ResolvedTask } from '../../core/workflow/index.ts';
import { InputError } from '../support/errors.ts';
import type { SessionEvent, TaskEvent } from './events.ts';
import type { Forecaster } from './forecasts.ts';

export interface WorldSettings extends NodeSettings {
  readonly sharing: Sharing;
}

interface WorkflowEntry {
  readonly object: Workflow;
  readonly tasks: readonly ResolvedTask[];
  readonly records: Map<string, TaskStatus>;
}

export class World {
  readonly #settings: WorldSettings;
  readonly #forecaster: Forecaster;
  readonly #learning: TaskLearning;
  readonly #nodes: Map<string, { object: Node; readonly capacity: ResourceVector }>;
  readonly #workflows: readonly WorkflowEntry[];

  constructor(
    nodes: readonly Node[],
    workflows: readonly Workflow[],
    forecaster: Forecaster,
    learning: TaskLearning,
    settings: WorldSettings,
  ) {
    this.#settings = settings;
    this.#forecaster = forecaster;
    this.#learning = learning;
    this.#nodes = new Map(
      nodes.map((node) => [
        node.metadata?.name ?? '',
        { object: node, capacity: capacityOf(node, settings) },
      ]),
    );
    this.#workflows = workflows.map((object) => ({
      object,
      tasks: resolveWorkflow(object, settings).tasks,
      records: new Map((object.status?.tasks ?? []).map((task) => [task.name, task])),
    }));
  }

  /** Throws an InputError where the event speaks of what is not there. */
  apply(event: SessionEvent): void {
    for (const { node, time, load } of event.samples) {
      const capacity = this.#node(node).capacity;
      const amount = (resource: Resource): number | null => {
        const fraction = load[resource];
        return fraction === null ? null : fraction * capacity[resource];
      };
      this.#forecaster.observe(node, time, byResource(amount));
    }
    for (const { name, ready } of event.nodes) {
      const node = this.#node(name);
      node.object = withReadiness(node.object, ready);
    }
    for (const task of event.tasks) this.#record(task);
  }

  snapshot(now: number): Snapshot {
    const nodes = [...this.#nodes].map(([name, { object, capacity }]) =>
      this.#nodeSnapshot(name, object, capacity, now),
    );
    const learned = this.#learning.over(nodes);
    return {
      now,
      sharing: this.#settings.sharing,
      nodes,
      workflows: this.#workflows.map((entry) =>
        withLearned(this.#workflowSnapshot(entry), entry.tasks, learned),
      ),
    };
  }

  #nodeSnapshot(name: string, object: Node, capacity: ResourceVector, now: number): NodeSnapshot {
    const availability = this.#forecaster.availability(name, capacity, now);
    const outlook = { availability, forecastStale: Object.keys(availability).length === 0 };
    return nodeSnapshot(object, outlook, { requested: ZERO, pods: 0 }, this.#settings);
  }

  #workflowSnapshot({ object, tasks, records }: WorkflowEntry): WorkflowSnapshot {
    return workflowOf(
      object,
      tasks.map((task) => taskSnapshot(task, records.get(task.name), undefined)),
      0,
    );
  }

  #node(name: string): { object: Node; readonly capacity: ResourceVector } {
    const node = this.#nodes.get(name);
    if (node === undefined)
      throw new InputError(`an event speaks of node ${name}, which --nodes does not name`);
    return node;
  }

  #record({ workflow, name, state, node, startTime, completionTime }: TaskEvent): void {
    const entry = this.#workflows.find(({ object }) => object.metadata.name === workflow);
    if (entry?.tasks.some((task) => task.name === name) !== true)
      throw new InputError(`an event speaks of task ${name} of workflow ${workflow}, which there is not`);
    entry.records.set(name, {
      name,
      state,
      ...(node === undefined ? {} : { node }),
      ...(startTime === undefined ? {} : { startTime: new Date(startTime).toISOString() }),
      ...(completionTime === undefined ? {} : { completionTime: new Date(completionTime).toISOString() }),
    });
  }
}

function withReadiness(node: Node, ready: boolean): Node {
  const others = (node.status?.conditions ?? []).filter(({ type }) => type !== 'Ready');
  const condition = { type: 'Ready', status: ready ? 'True' : 'False' };
  return { ...node, status: { ...node.status, conditions: [...others, condition] } };
}

/** What fractions in a history are fractions of. */
export function capacities(nodes: readonly Node[], settings: NodeSettings): (name: string) => ResourceVector {
  const byName = new Map(nodes.map((node) => [node.metadata?.name ?? '', capacityOf(node, settings)]));
  return (name) => byName.get(name) ?? resourceVector(() => 0);
}
