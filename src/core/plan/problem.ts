/**
 * The snapshot as the planner works on it: nodes by name, workflows in the order in which they are planned, for
 * each task the nodes that can hold it, its rank, and how far it has come.
 */
import { misfit, type Misfit } from '../placement/message.ts';
import { whyNot, type Obstacle } from '../placement/placement.ts';
import { PodCounts } from '../placement/pod-counts.ts';
import { podRules, type PodRules } from '../placement/pod-rules.ts';
import { buildDag, upwardRanks, type Dag } from './dag.ts';
import { demandOf, plannedNodes, type PlannedNode } from './planned-node.ts';
import type { Snapshot, TaskSnapshot, WorkflowSnapshot } from './snapshot.ts';
import { NOBODY_AROUND, Surroundings } from './surroundings.ts';
import { meanSecondsPerByte } from './transfer.ts';

/** What the planner still has to do with a task. */
export type Progress =
  /** It runs, or is about to: it stays where it is. */
  | 'Active'
  | 'Done'
  /** Bound: its node is given, its time is not. */
  | 'Bound'
  | 'Open'
  /** No node can hold it. */
  | 'Unplaceable'
  /** It will never be released: it, or something before it, failed, was left out, or has no node. */
  | 'Absent';

export interface PlannedTask {
  readonly snapshot: TaskSnapshot;
  readonly workflow: PlannedWorkflow;
  /** In its workflow. */
  readonly index: number;
  readonly progress: Progress;
  /** The same object for tasks that are alike. */
  readonly placement: Placement;
  /** Seconds. */
  readonly rank: number;
  /** Its dependencies are done, and nothing else holds it back: it is decided before those that must wait. */
  readonly ready: boolean;
}

/** The same for a task in every problem that it is part of. */
export function keyOf({ workflow, snapshot }: PlannedTask): string {
  return JSON.stringify([workflow.snapshot.namespace, workflow.snapshot.name, snapshot.name]);
}

/** Seconds, of the longest task that there is: no time of a plan is so far off that it cannot be told. */
export const LONGEST_SECONDS = 1e9;

/** Seconds on a node of speed 1. A duration that is no number is none. */
export function workOf({ durationSeconds }: TaskSnapshot): number {
  return durationSeconds > 0 ? Math.min(durationSeconds, LONGEST_SECONDS) : 0;
}

export interface PlannedWorkflow {
  readonly snapshot: WorkflowSnapshot;
  readonly dag: Dag;
  readonly tasks: readonly PlannedTask[];
  /** Position of its first task among those of all workflows (columns.ts). */
  readonly first: number;
  readonly misfits: ReadonlyMap<number, Misfit>;
}

export interface Problem {
  readonly now: number;
  readonly snapshot: Snapshot;
  readonly nodes: readonly PlannedNode[];
  readonly nodesByName: ReadonlyMap<string, PlannedNode>;
  /** By priority, age, namespace and name. */
  readonly workflows: readonly PlannedWorkflow[];
  readonly podRules: PodRules;
  /** Names of what tasks request beside the four resources, in order. */
  readonly others: readonly string[];
}

export function buildProblem(snapshot: Snapshot): Problem {
  const others = requestedBeside(snapshot.workflows);
  const nodes = plannedNodes(snapshot.nodes, others);
  const ordered = snapshot.workflows.toSorted(inOrder);
  const rules = podRules(
    nodes.map((n) => n.snapshot),
    ordered,
    snapshot.pods,
  );
  const placements = new Placements(nodes, others, rules);
  const secondsPerByte = meanSecondsPerByte(nodes);
  let first = 0;
  const workflows = ordered.map((w) => {
    const workflow = planned(w, first, placements, secondsPerByte, snapshot.now);
    first += w.tasks.length;
    return workflow;
  });
  return {
    now: snapshot.now,
    snapshot,
    nodes,
    nodesByName: new Map(nodes.map((n) => [n.name, n])),
    workflows,
    podRules: rules,
    others,
  };
}

function requestedBeside(workflows: readonly WorkflowSnapshot[]): string[] {
  const names = new Set<string>();
  for (const { tasks } of workflows) {
    for (const { extended } of tasks)
      if (extended !== undefined) for (const name of Object.keys(extended)) names.add(name);
  }
  return [...names].sort();
}

export function inOrder(a: WorkflowSnapshot, b: WorkflowSnapshot): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  if (a.creationTime !== b.creationTime) return a.creationTime - b.creationTime;
  if (a.namespace !== b.namespace) return a.namespace < b.namespace ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}

function planned(
  snapshot: WorkflowSnapshot,
  first: number,
  placements: Placements,
  secondsPerByte: number,
  now: number,
): PlannedWorkflow {
  const dag = buildDag(snapshot.tasks);
  const placed = snapshot.tasks.map((_, i) => placements.of(snapshot, i));
  const durations = snapshot.tasks.map((task, i) => workOf(task) * (placed[i]?.meanPace ?? 1));
  const ranks = upwardRanks(dag, durations, secondsPerByte);
  return inProgress(snapshot, first, dag, placed, ranks, now);
}

/** The workflow with its tasks as far as they have come. */
export function inProgress(
  snapshot: WorkflowSnapshot,
  first: number,
  dag: Dag,
  placed: readonly (Placement | undefined)[],
  ranks: ArrayLike<number>,
  now: number,
): PlannedWorkflow {
  const progress = progressOf(snapshot.tasks, dag, placed);
  const released = snapshot.notBeforeTime === undefined || snapshot.notBeforeTime <= now;
  const tasks: PlannedTask[] = [];
  const misfits = new Map<number, Misfit>();
  const workflow: PlannedWorkflow = { snapshot, dag, tasks, first, misfits };
  const isDone = (d: number): boolean => progress[d] === 'Done';
  snapshot.tasks.forEach((task, index) => {
    const placement = placed[index];
    if (placement === undefined) return;
    if (placement.misfit !== undefined && progress[index] === 'Unplaceable')
      misfits.set(index, placement.misfit);
    tasks.push({
      snapshot: task,
      workflow,
      index,
      progress: progress[index] ?? 'Absent',
      placement,
      rank: ranks[index] ?? 0,
      ready: released && dag.dependencies[index]?.every(isDone) === true,
    });
  });
  return workflow;
}

function progressOf(
  tasks: readonly TaskSnapshot[],
  dag: Dag,
  placed: readonly (Placement | undefined)[],
): Progress[] {
  const progress: Progress[] = tasks.map(() => 'Absent');
  const isLost = (d: number): boolean => progress[d] === 'Absent' || progress[d] === 'Unplaceable';
  for (const i of dag.order) {
    const task = tasks[i];
    if (task === undefined) continue;
    // What has begun does so whatever became of its dependencies.
    const isBlocked = task.state === 'Pending' && dag.dependencies[i]?.some(isLost) === true;
    progress[i] = progressOfTask(task, isBlocked, placed[i]?.misfit !== undefined);
  }
  return progress;
}

function progressOfTask(task: TaskSnapshot, blocked: boolean, unplaceable: boolean): Progress {
  switch (task.state) {
    case 'Succeeded':
      return 'Done';
    case 'Failed':
    case 'Omitted':
      return 'Absent';
    case 'Starting':
    case 'Running':
      return task.node === undefined ? 'Absent' : 'Active';
    case 'Pending':
      if (blocked) return 'Absent';
      if (task.bound && task.node !== undefined) return 'Bound';
      return unplaceable ? 'Unplaceable' : 'Open';
  }
}

export interface Placement {
  /** One of the tasks. */
  readonly example: TaskSnapshot;
  /** By dimension (dimensions.ts). */
  readonly demand: Float64Array;
  /** Nodes that can hold it when nothing else is planned there. */
  readonly candidates: readonly PlannedNode[];
  readonly misfit: Misfit | undefined;
  /** By position of the node, and 1 for none (`nowhere`): work that it does in a second on such tasks. */
  readonly speed: Float64Array;
  /** Mean over the candidates of the seconds that a second of work takes. */
  readonly meanPace: number;
  readonly around: Surroundings;
}

const NO_PACES: ReadonlyMap<string, number> = new Map();

/** Where tasks fit. A thousand tasks of one template are asked about once. */
class Placements {
  readonly #nodes: readonly PlannedNode[];
  readonly #resources: readonly string[];
  readonly #rules: PodRules;
  /** As they are without any of the tasks. */
  readonly #others: PodCounts;
  readonly #placements = new Map<string, Placement>();
  /** Maps of paces that were met, in that order, each with the nodes' speeds by it. */
  readonly #paces = new Map<
    ReadonlyMap<string, number>,
    { readonly id: number; readonly speed: Float64Array }
  >();

  constructor(nodes: readonly PlannedNode[], resources: readonly string[], rules: PodRules) {
    this.#nodes = nodes;
    this.#resources = resources;
    this.#rules = rules;
    this.#others = new PodCounts(rules);
  }

  of(workflow: WorkflowSnapshot, index: number): Placement {
    const task = workflow.tasks[index];
    if (task === undefined) throw new Error(`workflow ${workflow.name} has no task ${index}`);
    const rules = this.#rules.of(workflow, index);
    const { demand, extended, nodeSelector, affinity, tolerations, excludedNodes } = task;
    const { id, speed } = this.#speedsBy(task.paces ?? NO_PACES);
    const key = JSON.stringify([
      demand,
      nodeSelector,
      affinity,
      tolerations,
      excludedNodes,
      id,
      rules.key,
      extended,
    ]);
    let placement = this.#placements.get(key);
    if (placement === undefined) {
      placement = placementOf(
        this.#nodes,
        task,
        this.#resources,
        speed,
        new Surroundings(rules, this.#others),
      );
      this.#placements.set(key, placement);
    }
    return placement;
  }

  #speedsBy(paces: ReadonlyMap<string, number>): { readonly id: number; readonly speed: Float64Array } {
    let known = this.#paces.get(paces);
    if (known === undefined) {
      known = { id: this.#paces.size, speed: speedsOf(this.#nodes, paces) };
      this.#paces.set(paces, known);
    }
    return known;
  }
}

/**
 * @param others names of further resources (dimensions.ts)
 * @param speed by position of the node
 */
export function placementOf(
  nodes: readonly PlannedNode[],
  task: TaskSnapshot,
  others: readonly string[],
  speed: Float64Array = speedsOf(nodes, task.paces ?? NO_PACES),
  around: Surroundings = NOBODY_AROUND,
): Placement {
  const candidates = around.allowed(nodes.filter((node) => whyNot(node.snapshot, task) === undefined));
  const isUnplaceable = candidates.length === 0;
  const obstacleOn = (position: number): Obstacle | undefined => {
    const node = nodes[position];
    return node === undefined ? undefined : around.obstacle(node);
  };
  const pace = candidates.reduce((sum, n) => sum + 1 / (speed[n.index] ?? 1), 0) / candidates.length;
  return {
    example: task,
    demand: demandOf(task, others),
    candidates,
    misfit: isUnplaceable
      ? misfit(
          nodes.map((n) => n.snapshot),
          task,
          obstacleOn,
        )
      : undefined,
    speed,
    meanPace: isUnplaceable ? 1 : pace,
    around,
  };
}

function speedsOf(nodes: readonly PlannedNode[], paces: ReadonlyMap<string, number>): Float64Array {
  return Float64Array.from([...nodes.map(({ name, speed }) => speed / (paces.get(name) ?? 1)), 1]);
}
