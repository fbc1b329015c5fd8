/**
 * The problem and course of the last plan, with what a new snapshot changes in them: how far tasks have come, and
 * which nodes may be used. Most of a large problem stays as it is from one event to the next, and building it
 * anew costs more than mending the plan.
 */
import { whyNot } from '../../placement/placement.ts';
import type { ResourceVector } from '../../resources.ts';
import { RESOURCES } from '../../resources.ts';
import { candidatesOf, type Group } from '../columns.ts';
import type { Course } from '../course.ts';
import { plannedNode, type PlannedNode } from '../planned-node.ts';
import { inOrder, inProgress, placementOf, type PlannedWorkflow, type Problem } from '../problem.ts';
import type { Availability, NodeSnapshot, Snapshot, TaskSnapshot, WorkflowSnapshot } from '../snapshot.ts';
import { Tiers } from '../tiers.ts';

export interface Renewed {
  readonly problem: Problem;
  readonly course: Course;
  /** Positions of nodes that are not as they were. */
  readonly changed: readonly number[];
}

/** Of a snapshot with the same forecasts and without rules among pods. undefined: its tasks or nodes are others, and the problem is to be built anew. */
export function renew(problem: Problem, course: Course, snapshot: Snapshot): Renewed | undefined {
  const nodes = nodesOf(problem, snapshot);
  const workflows = snapshot.workflows.toSorted(inOrder);
  if (nodes === undefined || workflows.length !== problem.workflows.length) return undefined;
  const isSame = workflows.every((w, i) => isSameWorkflow(w, problem.workflows[i]?.snapshot));
  if (!isSame) return undefined;
  const changed = nodes.filter((n, i) => n !== problem.nodes[i]);
  const groups = course.columns.groups.map((group) => renewedGroup(group, problem.others, nodes, changed));
  // A copy with changes, and not a literal of its own: of another hidden class, all code that reads problems would be
  // compiled anew at the first event after a plan.
  const renewed: Problem = {
    ...problem,
    now: snapshot.now,
    snapshot,
    nodes,
    nodesByName: changed.length === 0 ? problem.nodesByName : new Map(nodes.map((n) => [n.name, n])),
    workflows: workflowsOf(problem, course, groups, workflows, snapshot.now),
  };
  return {
    problem: renewed,
    course: courseWith(course, renewed, changed, groups),
    changed: changed.map((n) => n.index),
  };
}

function workflowsOf(
  problem: Problem,
  { columns }: Course,
  groups: readonly Group[],
  workflows: readonly WorkflowSnapshot[],
  now: number,
): PlannedWorkflow[] {
  return problem.workflows.map(({ snapshot, first, dag, tasks }, w) => {
    const end = first + tasks.length;
    const placed = Array.from(columns.group.subarray(first, end), (g) => groups[g]?.placement);
    return inProgress(workflows[w] ?? snapshot, first, dag, placed, columns.rank.subarray(first, end), now);
  });
}

/** Is everything forecast as it was, of the nodes that are there still? */
export function isForecastOf({ nodes, snapshot: before }: Problem, snapshot: Snapshot): boolean {
  if (snapshot.sharing !== before.sharing) return false;
  const find = finder(snapshot.nodes);
  return nodes.every((old) => {
    const node = find(old);
    return node === undefined || node === old.snapshot || isSameOutlook(node, old.snapshot);
  });
}

/** Of a node in the problem, what is said of it now. Nodes mostly come in the same order, and need no map. */
function finder(nodes: readonly NodeSnapshot[]): (old: PlannedNode) => NodeSnapshot | undefined {
  let byName: Map<string, NodeSnapshot> | undefined;
  return ({ name, index }) => {
    const there = nodes[index];
    if (there?.name === name) return there;
    byName ??= new Map(nodes.map((n) => [n.name, n]));
    return byName.get(name);
  };
}

function courseWith(
  course: Course,
  problem: Problem,
  changed: readonly PlannedNode[],
  groups: readonly Group[],
): Course {
  const { columns } = course;
  const limits = changed.length === 0 ? columns.limits : columns.limits.slice();
  for (const node of changed) limits.set(node.limits, node.index * columns.dimensions);
  return {
    ...course,
    columns: { ...columns, tasks: problem.workflows.flatMap((w) => w.tasks), groups, limits },
    tiers: new Tiers(groups, course.shortfalls),
  };
}

/** Only nodes that have changed are asked again; where none is left, all are, for the message. */
function renewedGroup(
  group: Group,
  others: readonly string[],
  nodes: readonly PlannedNode[],
  changed: readonly PlannedNode[],
): Group {
  const { placement } = group;
  const gone = changed.filter((n) => group.isCandidate[n.index] === 1);
  const now = changed.filter((n) => whyNot(n.snapshot, placement.example) === undefined);
  if (now.length === 0 && gone.length === 0) return group;
  const isCandidate = group.isCandidate.slice();
  for (const { index } of gone) isCandidate[index] = 0;
  for (const { index } of now) isCandidate[index] = 1;
  const candidates = nodes.filter((n) => isCandidate[n.index] === 1);
  const renewed =
    candidates.length === 0
      ? placementOf(nodes, placement.example, others)
      : { ...placement, candidates, misfit: undefined };
  // Those that are left keep their order, by speeds that have not changed.
  const isLeft = now.every((n) => group.isCandidate[n.index] === 1);
  const ordered = isLeft
    ? { candidates: group.candidates.filter((n) => isCandidate[n] === 1), isCandidate }
    : candidatesOf(renewed, nodes.length);
  return { ...group, placement: renewed, ...ordered };
}

function nodesOf({ nodes, others }: Problem, snapshot: Snapshot): PlannedNode[] | undefined {
  if (snapshot.nodes.length !== nodes.length) return undefined;
  const find = finder(snapshot.nodes);
  const renewed: PlannedNode[] = [];
  for (const old of nodes) {
    const node = find(old);
    if (node === undefined) return undefined;
    renewed.push(
      node === old.snapshot || isSameNode(node, old.snapshot) ? old : plannedNode(node, old.index, others),
    );
  }
  return renewed;
}

function isSameNode(a: NodeSnapshot, b: NodeSnapshot): boolean {
  return (
    a.schedulable === b.schedulable &&
    a.unschedulableReason === b.unschedulableReason &&
    a.podSlots === b.podSlots &&
    isSameVector(a.requested, b.requested) &&
    isSameValue(a.extended, b.extended) &&
    isSameValue(a.labels, b.labels) &&
    isSameValue(a.taints, b.taints)
  );
}

function isSameOutlook(a: NodeSnapshot, b: NodeSnapshot): boolean {
  return (
    a.forecastStale === b.forecastStale &&
    a.speed === b.speed &&
    a.bandwidth === b.bandwidth &&
    isSameVector(a.capacity, b.capacity) &&
    RESOURCES.every((r) => isSameAvailability(a.availability[r], b.availability[r]))
  );
}

function isSameAvailability(a: Availability | undefined, b: Availability | undefined): boolean {
  if (a === b) return true;
  if (a?.startTime !== b?.startTime || a?.stepSeconds !== b?.stepSeconds || a?.steps !== b?.steps)
    return false;
  if (!isSameValue(a?.levels, b?.levels)) return false;
  const [x, y] = [a?.values, b?.values];
  return x === y || (x?.length === y?.length && x?.every((value, i) => value === y?.[i]) === true);
}

/** But for how far its tasks have come. */
function isSameWorkflow(a: WorkflowSnapshot, b: WorkflowSnapshot | undefined): boolean {
  if (b === undefined) return false;
  return (
    a.namespace === b.namespace &&
    a.name === b.name &&
    a.priority === b.priority &&
    a.creationTime === b.creationTime &&
    a.notBeforeTime === b.notBeforeTime &&
    a.parallelism === b.parallelism &&
    a.contentionCeiling === b.contentionCeiling &&
    a.slack === b.slack &&
    a.tasks.length === b.tasks.length &&
    a.tasks.every((task, i) => isSameTask(task, b.tasks[i]))
  );
}

function isSameTask(a: TaskSnapshot, b: TaskSnapshot | undefined): boolean {
  if (a === b) return true;
  if (b === undefined) return false;
  return (
    a.name === b.name &&
    a.durationSeconds === b.durationSeconds &&
    a.reservedSeconds === b.reservedSeconds &&
    isSameVector(a.demand, b.demand) &&
    isSameValue(a.extended, b.extended) &&
    isSameValue(a.dependencies, b.dependencies) &&
    isSameValue(a.nodeSelector, b.nodeSelector) &&
    isSameValue(a.affinity, b.affinity) &&
    isSameValue(a.tolerations, b.tolerations) &&
    isSameValue(a.inputs, b.inputs) &&
    isSameValue(a.outputs, b.outputs) &&
    isSameValue(a.excludedNodes, b.excludedNodes) &&
    isSamePaces(a.paces, b.paces)
  );
}

function isSamePaces(a: TaskSnapshot['paces'], b: TaskSnapshot['paces']): boolean {
  return a === b || isSameValue([...(a ?? [])], [...(b ?? [])]);
}

function isSameVector(a: ResourceVector, b: ResourceVector): boolean {
  return a === b || RESOURCES.every((r) => a[r] === b[r]);
}

/** Plain values; those that are the same object, as most are, need no look. */
function isSameValue(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
