/**
 * What is learned of tasks from their runs (core/learn): filled from the history once, then run by run as they end,
 * and laid over what specs say of tasks before anything is planned.
 */
import {
  learnedTask,
  pacesOf,
  TaskLearner,
  type DurationEstimate,
  type TypeRuns,
} from '../../core/learn/index.ts';
import { whyNot } from '../../core/placement/placement.ts';
import type { NodeSnapshot, TaskSnapshot } from '../../core/plan/snapshot.ts';
import { RESOURCES, type Resource, type ResourceVector } from '../../core/resources.ts';
import type { ResolvedTask } from '../../core/workflow/index.ts';
import { taskRunAt, type TaskRun, type TaskRunColumns } from '../../history/index.ts';
import type { Node } from './kubernetes.ts';
import { nodeTypeOf, speedOf } from './nodes.ts';

/** Of nodes by name, as they are now. */
export interface NodeLookup {
  get(name: string): Node | undefined;
}

/** What is learned of one type of task. */
export interface LearnedType {
  readonly runs: number;
  readonly duration: DurationEstimate;
  /** 90 % quantiles, where they were measured. */
  readonly peaks: Readonly<Partial<Record<Resource, number>>>;
}

export class TaskLearning {
  readonly #learner = new TaskLearner();
  readonly #listeners: ((namespaces: ReadonlySet<string>) => void)[] = [];

  /** Called with the namespaces whose types were learned of anew. */
  onChange(listener: (namespaces: ReadonlySet<string>) => void): void {
    this.#listeners.push(listener);
  }

  /** Those of the history, each of which is given once. */
  load(runs: TaskRunColumns, nodes: NodeLookup): void {
    this.add(
      Array.from({ length: runs.length }, (_, i) => taskRunAt(runs, i)),
      nodes,
    );
  }

  add(runs: readonly TaskRun[], nodes: NodeLookup): void {
    const namespaces = new Set<string>();
    for (const run of runs) {
      const namespace = orDefault(namespaceOf(run.workflow));
      // Older files do not say on what kind of node it was: then what the node is now counts, where it still is.
      const node = nodes.get(run.node);
      this.#learner.add({
        namespace,
        type: run.type,
        node: run.node,
        nodeType: run.nodeType ?? (node === undefined ? undefined : nodeTypeOf(node)),
        end: run.end,
        seconds: (run.end - run.start) / 1000,
        speed: run.speed ?? (node === undefined ? 1 : speedOf(node)),
        outcome: run.outcome,
        used: run.used,
      });
      namespaces.add(namespace);
    }
    if (namespaces.size > 0) for (const listener of this.#listeners) listener(namespaces);
  }

  /** Undefined: nothing has run of it. */
  typeOf(namespace: string, type: string, estimateSeconds: number): LearnedType | undefined {
    const runs = this.#learner.of(orDefault(namespace), type);
    if (runs === undefined) return undefined;
    return {
      runs: runs.runs,
      duration: runs.duration(estimateSeconds),
      peaks: Object.fromEntries(
        RESOURCES.flatMap((resource) => {
          const peak = runs.peak(resource);
          return peak === undefined ? [] : [[resource, peak.amount]];
        }),
      ),
    };
  }

  /** As of now, for the planning of tasks on these nodes. */
  over(nodes: readonly NodeSnapshot[]): LearnedTasks {
    return new LearnedTasks(this.#learner, nodes);
  }
}

export class LearnedTasks {
  readonly #learner: TaskLearner;
  readonly #nodes: readonly NodeSnapshot[];
  readonly #paces = new Map<TypeRuns, ReadonlyMap<string, number>>();
  readonly #held = new Map<string, boolean>();

  constructor(learner: TaskLearner, nodes: readonly NodeSnapshot[]) {
    this.#learner = learner;
    this.#nodes = nodes;
  }

  /** The task with what was learned of its type in place of its spec's words. */
  of(
    namespace: string,
    task: TaskSnapshot,
    { type, limits }: Pick<ResolvedTask, 'type' | 'limits'>,
  ): TaskSnapshot {
    const runs = this.#learner.of(orDefault(namespace), type);
    if (runs === undefined) return task;
    return {
      ...task,
      ...learnedTask({ ...task, limits }, runs, this.#pacesOf(runs), (demand) => this.#canHold(task, demand)),
    };
  }

  #pacesOf(runs: TypeRuns): ReadonlyMap<string, number> {
    let paces = this.#paces.get(runs);
    if (paces === undefined) {
      const nodes = this.#nodes.map(({ name, labels }) => ({
        name,
        nodeType: nodeTypeOf({ metadata: { labels } }),
      }));
      paces = pacesOf(runs, nodes);
      this.#paces.set(runs, paces);
    }
    return paces;
  }

  /** One that has a node is held by that one or not at all. */
  #canHold(task: TaskSnapshot, demand: ResourceVector): boolean {
    const { extended, nodeSelector, affinity, tolerations, excludedNodes, node } = task;
    const key = JSON.stringify([demand, extended, nodeSelector, affinity, tolerations, excludedNodes, node]);
    let held = this.#held.get(key);
    if (held === undefined) {
      const wanted = { ...task, demand };
      held = this.#nodes.some((n) => (node ?? n.name) === n.name && whyNot(n, wanted) === undefined);
      this.#held.set(key, held);
    }
    return held;
  }
}

const namespaceOf = (workflow: string): string => workflow.slice(0, Math.max(0, workflow.indexOf('/')));

/** A manifest that names none is applied to this one. */
const orDefault = (namespace: string): string => (namespace === '' ? 'default' : namespace);
