/**
 * The problem as columns: a number a task or node in typed arrays, tasks of all workflows one after the other.
 *
 * Amounts are in base units, durations in seconds. Past the nodes there is one more, `nowhere`, without limits:
 * tasks stand on it whose node is gone.
 */
import type { PodRules, TaskRules } from '../placement/pod-rules.ts';
import { dimensionsWith } from './dimensions.ts';
import { workOf, type Placement, type PlannedTask, type PlannedWorkflow, type Problem } from './problem.ts';

/** Edges of the graph, in compressed rows: those of task `i` are `start[i]` to `start[i + 1]`. */
export interface Edges {
  readonly start: Int32Array;
  readonly task: Int32Array;
  readonly bytes: Float64Array;
}

/** Tasks that are alike for placing: the same demand, the same nodes, and the same speed on each. */
export interface Group {
  readonly placement: Placement;
  readonly demand: Float64Array;
  /** Dimensions of which the demand is not 0. */
  readonly used: readonly number[];
  /** Positions of nodes, the fastest first. */
  readonly candidates: Int32Array;
  /** By position of the node: 1 where it is one of them. */
  readonly isCandidate: Uint8Array;
  /** By position of the node: work of theirs that it does in a second. */
  readonly speed: Float64Array;
  /** Among pods. */
  readonly rules: TaskRules;
}

export interface Columns {
  readonly tasks: readonly PlannedTask[];
  readonly work: Float64Array;
  readonly rank: Float64Array;
  readonly group: Int32Array;
  readonly groups: readonly Group[];
  /** Position of its workflow in the problem. */
  readonly workflow: Int32Array;
  readonly dependencies: Edges;
  readonly dependents: Edges;
  /** What is read from outside the cluster. */
  readonly externalBytes: Float64Array;
  /** Tasks in the order in which they are placed: workflows by priority and age, then by rank. */
  readonly order: Int32Array;
  /** All tasks, the highest rank first. */
  readonly byRank: Int32Array;
  /** Where a task is in `order`. */
  readonly position: Int32Array;
  readonly nowhere: number;
  /** Infinity: unknown, and nothing is slowed down by it. */
  readonly bytesPerSecond: Float64Array;
  /** Length of a row of amounts (dimensions.ts). */
  readonly dimensions: number;
  /** `dimensions` for each node: how far own tasks may go. */
  readonly limits: Float64Array;
  readonly podRules: PodRules;
}

export function columnsOf(problem: Problem): Columns {
  const tasks = problem.workflows.flatMap((w) => w.tasks);
  const rank = Float64Array.from(tasks, (t) => t.rank);
  const { groups, group } = groupsOf(tasks, problem.nodes.length);
  const order = orderOf(problem.workflows, rank);
  const position = new Int32Array(tasks.length);
  order.forEach((task, at) => (position[task] = at));
  const dependencies = dependenciesOf(problem.workflows, tasks.length);
  return {
    tasks,
    work: Float64Array.from(tasks, (t) => workOf(t.snapshot)),
    rank,
    group,
    groups,
    workflow: Int32Array.from(problem.workflows.flatMap((w, i) => w.tasks.map(() => i))),
    dependencies,
    dependents: reversed(dependencies),
    externalBytes: Float64Array.from(problem.workflows.flatMap((w) => w.dag.externalBytes)),
    order,
    byRank: isOneBatch(problem.workflows) ? order : byRank(0, tasks.length, rank),
    position,
    nowhere: problem.nodes.length,
    bytesPerSecond: Float64Array.from([
      ...problem.nodes.map((n) => (n.bandwidth > 0 ? n.bandwidth / 8 : Infinity)),
      Infinity,
    ]),
    dimensions: dimensionsWith(problem.others),
    limits: Float64Array.from([
      ...problem.nodes.flatMap((n) => [...n.limits]),
      ...Array.from({ length: dimensionsWith(problem.others) }, () => Infinity),
    ]),
    podRules: problem.podRules,
  };
}

function groupsOf(tasks: readonly PlannedTask[], nodes: number): { groups: Group[]; group: Int32Array } {
  const groups: Group[] = [];
  const known = new Map<object, number>();
  const group = Int32Array.from(tasks, ({ placement }) => {
    let index = known.get(placement);
    if (index === undefined) {
      index = groups.length;
      known.set(placement, index);
      const { demand, speed, around } = placement;
      const used = [...demand.keys()].filter((d) => (demand[d] ?? 0) > 0);
      groups.push({ placement, demand, used, ...candidatesOf(placement, nodes), speed, rules: around.rules });
    }
    return index;
  });
  return { groups, group };
}

/** Positions of nodes, the fastest first, and which nodes are among them. */
export function candidatesOf(
  { candidates, speed }: Placement,
  nodes: number,
): Pick<Group, 'candidates' | 'isCandidate'> {
  const bySpeed = candidates.toSorted(
    (a, b) => (speed[b.index] ?? 1) - (speed[a.index] ?? 1) || a.index - b.index,
  );
  const isCandidate = new Uint8Array(nodes + 1);
  for (const node of bySpeed) isCandidate[node.index] = 1;
  return { candidates: Int32Array.from(bySpeed, (n) => n.index), isCandidate };
}

/** Workflows of one priority and age are one batch: whose rank is higher comes first. */
function orderOf(workflows: readonly PlannedWorkflow[], rank: Float64Array): Int32Array {
  const order = new Int32Array(rank.length);
  let first = 0;
  workflows.forEach((workflow, w) => {
    const end = workflow.first + workflow.tasks.length;
    const next = workflows[w + 1];
    if (next !== undefined && isPeer(workflow, next)) return;
    order.set(byRank(first, end, rank), first);
    first = end;
  });
  return order;
}

function isOneBatch(workflows: readonly PlannedWorkflow[]): boolean {
  return workflows.every((w, i) => i === 0 || isPeer(workflows[i - 1] ?? w, w));
}

function isPeer({ snapshot: a }: PlannedWorkflow, { snapshot: b }: PlannedWorkflow): boolean {
  return a.priority === b.priority && a.creationTime === b.creationTime;
}

/** Tasks from `first` to before `end`, the highest rank first. */
function byRank(first: number, end: number, rank: Float64Array): Int32Array {
  return Int32Array.from({ length: end - first }, (_, i) => first + i).sort(
    (a, b) => (rank[b] ?? 0) - (rank[a] ?? 0) || a - b,
  );
}

function dependenciesOf(workflows: readonly PlannedWorkflow[], count: number): Edges {
  const start = new Int32Array(count + 1);
  const task: number[] = [];
  const bytes: number[] = [];
  for (const { dag, first } of workflows) {
    dag.dependencies.forEach((list, i) => {
      list.forEach((d, k) => {
        task.push(first + d);
        bytes.push(dag.inputBytes[i]?.[k] ?? 0);
      });
      start[first + i + 1] = task.length;
    });
  }
  return { start, task: Int32Array.from(task), bytes: Float64Array.from(bytes) };
}

/** Seen from their other ends, which stay in order. */
function reversed({ start: starts, task: ends, bytes: weights }: Edges): Edges {
  const start = new Int32Array(starts.length);
  for (const end of ends) start[end + 1] = (start[end + 1] ?? 0) + 1;
  for (let i = 1; i < start.length; i++) start[i] = (start[i] ?? 0) + (start[i - 1] ?? 0);
  const next = start.slice();
  const task = new Int32Array(ends.length);
  const bytes = new Float64Array(ends.length);
  for (let i = 0; i + 1 < starts.length; i++) {
    for (let e = starts[i] ?? 0; e < (starts[i + 1] ?? 0); e++) {
      const end = ends[e] ?? 0;
      const at = next[end] ?? 0;
      next[end] = at + 1;
      task[at] = i;
      bytes[at] = weights[e] ?? 0;
    }
  }
  return { start, task, bytes };
}

/** Seconds until a task's inputs are on a node: they come side by side, each at the slower of both bandwidths. */
export function transferSeconds(columns: Columns, location: Int32Array, task: number, node: number): number {
  const { dependencies, bytesPerSecond, externalBytes } = columns;
  const own = bytesPerSecond[node] ?? Infinity;
  let longest = (externalBytes[task] ?? 0) / own;
  const end = dependencies.start[task + 1] ?? 0;
  for (let e = dependencies.start[task] ?? 0; e < end; e++) {
    const bytes = dependencies.bytes[e] ?? 0;
    const from = location[dependencies.task[e] ?? 0] ?? node;
    if (bytes === 0 || from === node || from < 0) continue;
    const seconds = bytes / Math.min(own, bytesPerSecond[from] ?? Infinity);
    if (seconds > longest) longest = seconds;
  }
  return longest;
}

/**
 * When a task's inputs are on a node if each is sent there as soon as it is made, but not before `since`. Without any
 * that would be its release, `notBefore`.
 */
export function arrivalTime(
  columns: Columns,
  { node, end }: { readonly node: Int32Array; readonly end: Float64Array },
  notBefore: number,
  task: number,
  on: number,
  since: number,
): number {
  const { dependencies, bytesPerSecond, externalBytes } = columns;
  const own = bytesPerSecond[on] ?? Infinity;
  const external = externalBytes[task] ?? 0;
  let arrival = external > 0 ? Math.max(0, notBefore) + external / own : notBefore;
  const last = dependencies.start[task + 1] ?? 0;
  for (let e = dependencies.start[task] ?? 0; e < last; e++) {
    const dependency = dependencies.task[e] ?? 0;
    const bytes = dependencies.bytes[e] ?? 0;
    const from = node[dependency] ?? on;
    let there = end[dependency] ?? 0;
    if (bytes > 0 && from !== on && from >= 0)
      there = Math.max(there, since) + bytes / Math.min(own, bytesPerSecond[from] ?? Infinity);
    if (there > arrival) arrival = there;
  }
  return arrival;
}
