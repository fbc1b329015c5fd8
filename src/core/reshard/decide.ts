/**
 * From what was found to a new plan in force: which tasks must move, where to, and what is said of it.
 *
 * Few tasks are moved: only those that a cause names, and, where the node is merely contended, only those
 * whose move pays. Everything else keeps its node; its windows are re-timed.
 */
import { planWorkflows, timeWorkflows } from '../plan/index.ts';
import type { Assignment, Snapshot, TaskSnapshot, Unplaceable, WorkflowPlan } from '../plan/snapshot.ts';
import { CAUSES } from './causes/index.ts';
import type { Finding, ReshardWorld, TaskFacts } from './world.ts';

/** A move for drift must lower the contention score by so much, or bring it under the ceiling: plans must not thrash. */
export const HYSTERESIS = 0.05;

export interface Move {
  readonly task: string;
  readonly from: string;
  readonly to: string;
  readonly fromContention: number | undefined;
  readonly toContention: number;
}

/** A released task must end sooner by so much, in seconds and as a share of its window, to go elsewhere for that. */
const SOONER_SECONDS = 60;
const SOONER_SHARE = 0.1;

/** What one finding led to. */
export interface Reshard {
  readonly cause: Finding['cause'];
  readonly node: string;
  readonly message: string;
  readonly moves: readonly Move[];
}

export interface ReshardDecision {
  /** The workflow as it is now planned: moved tasks on their new nodes, the others re-timed. */
  readonly plan: WorkflowPlan;
  /** Tasks whose node the plan changes. */
  readonly moved: ReadonlySet<string>;
  readonly reshards: readonly Reshard[];
  /** Tasks that should leave their node and cannot be placed anywhere now. */
  readonly unplaced: readonly Unplaceable[];
  /** Start nothing: the policy of a finding is Pause. */
  readonly paused: string | undefined;
  /** Findings whose policy is not to act, and tasks out of budget: for people to look at. */
  readonly escalations: readonly string[];
  readonly lookAgainAt: number | undefined;
}

export interface ReshardInput {
  readonly world: ReshardWorld;
  /** The cluster with every task on its node in force; this workflow's among them. */
  readonly snapshot: Snapshot;
  readonly workflow: { readonly namespace: string; readonly name: string };
  /** The workflow's plan by that snapshot: every task on its node, scored by the newest forecast, re-timed. */
  readonly kept: WorkflowPlan;
}

export function decideReshard(input: ReshardInput): ReshardDecision {
  const { world } = input;
  const detections = CAUSES.map((detect) => detect(world));
  const findings = detections.flatMap((d) => d.findings);
  const tasks = new Map(world.tasks.map((t) => [t.name, t]));
  const exhausted = new Set(
    world.tasks.filter((t) => t.moves >= world.policy.maxReshardsPerTask).map((t) => t.name),
  );
  const leaving = tasksToMove(findings, exhausted);

  // What must move is worth a search; what is only looked at again before it is bound, at every event, is not.
  const isPressing = [...leaving.values()].some((f) => f.cause !== 'LateBinding');
  const plans = isPressing ? planWorkflows : timeWorkflows;
  const plan = leaving.size === 0 ? input.kept : planOf(input.workflow, plans(release(input, leaving)));
  const found = new Map(plan.assignments.map((a) => [a.task, a]));
  const kept = new Map(input.kept.assignments.map((a) => [a.task, a]));
  const accepted = new Map<string, Assignment>();
  for (const [name, finding] of leaving) {
    const to = found.get(name);
    const task = tasks.get(name);
    if (to !== undefined && task !== undefined && isWorthIt(task, to, finding, world, kept.get(name)))
      accepted.set(name, to);
  }
  return {
    plan: { ...plan, assignments: plan.assignments.map((a) => settle(a, leaving, accepted, kept)) },
    moved: new Set(accepted.keys()),
    reshards: findings.map((f) => reshardOf(f, leaving, accepted, tasks)).filter((r) => r.moves.length > 0),
    unplaced: plan.unplaceable.filter((u) => leaving.get(u.task)?.hard === true),
    paused: findings.find((f) => f.response === 'Pause')?.message,
    escalations: [
      ...findings.filter((f) => f.response === 'Escalate').map((f) => f.message),
      ...outOfBudget(findings, exhausted, world),
    ],
    lookAgainAt: earliest(detections.map((d) => d.lookAgainAt)),
  };
}

/** A move that does not pay is not made: the task keeps what it had. */
function settle(
  assignment: Assignment,
  leaving: ReadonlyMap<string, Finding>,
  accepted: ReadonlyMap<string, Assignment>,
  kept: ReadonlyMap<string, Assignment>,
): Assignment {
  if (!leaving.has(assignment.task)) return assignment;
  return accepted.get(assignment.task) ?? kept.get(assignment.task) ?? assignment;
}

/** A task named by several findings leaves for the first one that is hard. */
function tasksToMove(findings: readonly Finding[], exhausted: ReadonlySet<string>): Map<string, Finding> {
  const leaving = new Map<string, Finding>();
  for (const finding of findings.filter((f) => f.response === 'Reroute')) {
    for (const task of finding.tasks) {
      if (exhausted.has(task)) continue;
      const known = leaving.get(task);
      if (known === undefined || (finding.hard && !known.hard)) leaving.set(task, finding);
    }
  }
  return leaving;
}

/** The snapshot in which the tasks that leave are free to be planned anew. */
function release(input: ReshardInput, leaving: ReadonlyMap<string, Finding>): Snapshot {
  const free = (task: TaskSnapshot): TaskSnapshot => {
    const finding = leaving.get(task.name);
    if (finding === undefined) return task;
    const excludedNodes = finding.hard ? [...task.excludedNodes, finding.node] : task.excludedNodes;
    return { ...task, state: 'Pending', bound: false, node: undefined, startTime: undefined, excludedNodes };
  };
  const isOurs = (w: { namespace: string; name: string }): boolean =>
    w.namespace === input.workflow.namespace && w.name === input.workflow.name;
  return {
    ...input.snapshot,
    workflows: input.snapshot.workflows.map((w) => (isOurs(w) ? { ...w, tasks: w.tasks.map(free) } : w)),
  };
}

export function planOf(
  workflow: { namespace: string; name: string },
  plans: readonly WorkflowPlan[],
): WorkflowPlan {
  const plan = plans.find((p) => p.namespace === workflow.namespace && p.name === workflow.name);
  if (plan === undefined)
    throw new Error(`workflow ${workflow.namespace}/${workflow.name} is not in the snapshot`);
  return plan;
}

function isWorthIt(
  task: TaskFacts,
  to: Assignment,
  finding: Finding,
  world: ReshardWorld,
  stay: Assignment | undefined,
): boolean {
  if (finding.hard) return true;
  if (to.node === task.assignment.node) return false;
  const from = task.contentionNow ?? task.assignment.contention;
  const ceiling = world.policy.contentionCeiling;
  if (finding.cause === 'LateBinding' && stay !== undefined) {
    const least = Math.max(SOONER_SECONDS * 1000, SOONER_SHARE * (stay.endTime - stay.startTime));
    if (to.contention <= Math.max(ceiling, from) && stay.endTime - to.endTime >= least) return true;
    if (to.endTime - stay.endTime >= least) return false;
  }
  return from - to.contention >= HYSTERESIS || (from > ceiling && to.contention <= ceiling);
}

function reshardOf(
  finding: Finding,
  leaving: ReadonlyMap<string, Finding>,
  accepted: ReadonlyMap<string, Assignment>,
  tasks: ReadonlyMap<string, TaskFacts>,
): Reshard {
  const moves = finding.tasks.flatMap((name): Move[] => {
    const to = accepted.get(name);
    const task = tasks.get(name);
    if (leaving.get(name) !== finding || to === undefined || task === undefined) return [];
    return [
      {
        task: name,
        from: task.assignment.node,
        to: to.node,
        fromContention: finding.hard ? undefined : task.contentionNow,
        toContention: to.contention,
      },
    ];
  });
  return { cause: finding.cause, node: finding.node, message: finding.message, moves };
}

function outOfBudget(
  findings: readonly Finding[],
  exhausted: ReadonlySet<string>,
  world: ReshardWorld,
): string[] {
  // A look before binding is no need to move.
  const stuck = findings
    .filter((f) => f.response === 'Reroute' && f.cause !== 'LateBinding')
    .flatMap((f) => f.tasks.filter((t) => exhausted.has(t)));
  const first = stuck[0];
  if (first === undefined) return [];
  const others = stuck.length > 1 ? ` and ${stuck.length - 1} more` : '';
  return [
    `task ${first}${others} should move again, and was moved ${world.policy.maxReshardsPerTask} times already: raise spec.resharding.maxReshardsPerTask, or look at the nodes`,
  ];
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.flatMap((t) => t ?? []);
  return known.length === 0 ? undefined : Math.min(...known);
}
