/**
 * The problem as columns: a number a task or node in typed arrays, tasks of all workflows one after the other.
 *
 * Amounts are in base units, durations in seconds. Past the nodes there is one more, `nowhere`, without limits:
 * tasks stand on it whose node is gone.
 */
import type { PodRules, TaskRules } from '../placement/pod-rules.ts';
import { dimensionsWith } from './dimensions.ts';
import type { Placement, PlannedTask, Problem } from './problem.ts';

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
  const first: number[] = [];
  let count = 0;
  for (const { tasks: own } of problem.workflows) {
    first.push(count);
    count += own.length;
  }
  const { groups, group } = groupsOf(tasks, problem.nodes.length);
  const order = orderOf(problem, first);
  const position = new Int32Array(tasks.length);
  order.forEach((task, at) => (position[task] = at));
  const { dependencies, dependents } = edgesOf(problem, first, tasks.length);
  return {
    tasks,
    work: Float64Array.from(tasks, (t) => Math.max(0, t.snapshot.durationSeconds)),
    rank: Float64Array.from(tasks, (t) => t.rank),
    group,
    groups,
    workflow: Int32Array.from(problem.workflows.flatMap((w, i) => w.tasks.map(() => i))),
    dependencies,
    dependents,
    externalBytes: Float64Array.from(problem.workflows.flatMap((w) => [...w.dag.externalBytes])),
    order,
    byRank: Int32Array.from(
      [...tasks.keys()].sort((a, b) => (tasks[b]?.rank ?? 0) - (tasks[a]?.rank ?? 0) || a - b),
    ),
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

/** Workflows of one priority and age are one: whose rank is higher comes first. */
function orderOf(problem: Problem, first: readonly number[]): Int32Array {
  const order: number[] = [];
  let at = 0;
  while (at < problem.workflows.length) {
    const peer = problem.workflows[at]?.snapshot;
    const batch: { readonly index: number; readonly task: PlannedTask }[] = [];
    for (; at < problem.workflows.length; at++) {
      const workflow = problem.workflows[at];
      if (
        workflow?.snapshot.priority !== peer?.priority ||
        workflow?.snapshot.creationTime !== peer?.creationTime
      )
        break;
      const start = first[at] ?? 0;
      for (const task of workflow?.tasks ?? []) batch.push({ index: start + task.index, task });
    }
    batch.sort((a, b) => b.task.rank - a.task.rank || a.index - b.index);
    for (const { index } of batch) order.push(index);
  }
  return Int32Array.from(order);
}

function edgesOf(
  problem: Problem,
  first: readonly number[],
  count: number,
): { dependencies: Edges; dependents: Edges } {
  const up: { from: number; to: number; bytes: number }[] = [];
  problem.workflows.forEach(({ dag }, w) => {
    const start = first[w] ?? 0;
    dag.dependencies.forEach((list, i) => {
      list.forEach((d, k) => up.push({ from: start + i, to: start + d, bytes: dag.inputBytes[i]?.[k] ?? 0 }));
    });
  });
  const down = up.map(({ from, to, bytes }) => ({ from: to, to: from, bytes }));
  return { dependencies: compressed(up, count), dependents: compressed(down, count) };
}

function compressed(edges: readonly { from: number; to: number; bytes: number }[], count: number): Edges {
  const start = new Int32Array(count + 1);
  for (const { from } of edges) start[from + 1] = (start[from + 1] ?? 0) + 1;
  for (let i = 0; i < count; i++) start[i + 1] = (start[i + 1] ?? 0) + (start[i] ?? 0);
  const next = start.slice();
  const task = new Int32Array(edges.length);
  const bytes = new Float64Array(edges.length);
  for (const edge of edges) {
    const at = next[edge.from] ?? 0;
    next[edge.from] = at + 1;
    task[at] = edge.to;
    bytes[at] = edge.bytes;
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
