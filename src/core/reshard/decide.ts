/**
 * From what was found to a new plan in force: which tasks must move, where to, and what is said of it.
 *
 * Few tasks are moved: only those that a cause names, and, where the node is merely contended, only those
 * whose move pays. Everything else keeps its node until it is bound; its windows are re-timed.
 */
import type { Assignment, Unplaceable, WorkflowPlan } from '../plan/snapshot.ts';
import { CAUSES } from './causes/index.ts';
import type { Freed } from './look.ts';
import type { CauseName, Finding, ReshardWorld, TaskFacts } from './world.ts';

/** A move for drift must lower the contention score by so much, or bring it under the ceiling: plans must not thrash. */
export const HYSTERESIS = 0.05;

export interface Move {
  readonly task: string;
  readonly from: string;
  readonly to: string;
  readonly fromContention: number | undefined;
  readonly toContention: number;
}

/** Why there is no new plan. */
export interface GivenUpPlan {
  readonly reason: string;
  readonly message: string;
}

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
  /** The planner did not answer in time, or failed: what is in force stays. */
  readonly givenUp: GivenUpPlan | undefined;
  /** Findings whose policy is not to act, and tasks out of budget: for people to look at. */
  readonly escalations: readonly string[];
  readonly lookAgainAt: number | undefined;
}

/** What the causes found, and what follows from it before anything is planned. */
export interface Detected {
  readonly world: ReshardWorld;
  readonly findings: readonly Finding[];
  /** Tasks that are to leave their node, each for one finding. */
  readonly leaving: ReadonlyMap<string, Finding>;
  /** Moved as often as they may be. */
  readonly exhausted: ReadonlySet<string>;
  readonly lookAgainAt: number | undefined;
}

export function detect(world: ReshardWorld): Detected {
  const detections = CAUSES.map((cause) => cause(world));
  const findings = detections.flatMap((d) => d.findings);
  const exhausted = new Set(
    world.tasks.filter((t) => t.moves >= world.policy.maxReshardsPerTask).map((t) => t.name),
  );
  return {
    world,
    findings,
    leaving: tasksToMove(findings, exhausted),
    exhausted,
    lookAgainAt: earliest(detections.map((d) => d.lookAgainAt)),
  };
}

/** What the rolling plan has decided: its search has weighed the workflow as a whole, and what a move costs. */
const ROLLING: ReadonlySet<CauseName> = new Set(['LateBinding', 'Straggler']);

/**
 * Is it the rolling plan that says where the task goes? For all others a place is looked for (`place` in look.ts): one
 * that fits with what is published of the tasks that stay.
 */
function isRolling({ cause, hard }: Finding, task: TaskFacts | undefined): boolean {
  return ROLLING.has(cause) || (!hard && task?.isOpen === true && task.isReleased);
}

export function tasksToPlace({ leaving, world }: Detected): Freed[] {
  const tasks = byName(world);
  return [...leaving]
    .filter(([task, finding]) => !isRolling(finding, tasks.get(task)))
    .map(([task, { hard, node }]) => ({ task, excludedNode: hard ? node : undefined }));
}

function byName({ tasks }: ReshardWorld): Map<string, TaskFacts> {
  return new Map(tasks.map((t) => [t.name, t]));
}

export interface ReshardInput {
  readonly detected: Detected;
  /** The plan in force, scored and re-timed by the newest forecast: every task on its node. */
  readonly kept: WorkflowPlan;
  /** Of the planner that is kept between looks: what is not bound yet on whatever node is best by now. */
  readonly rolling: WorkflowPlan;
  /** `kept` with `tasksToPlace` elsewhere; undefined where there are none, or no plan could be made. */
  readonly placed: WorkflowPlan | undefined;
  readonly givenUp?: GivenUpPlan;
}

export function decideReshard(input: ReshardInput): ReshardDecision {
  const { detected } = input;
  const { world, findings, leaving, exhausted } = detected;
  const tasks = byName(world);
  const plan = input.placed ?? input.kept;
  const placed = byTask(input.placed);
  const rolling = byTask(input.rolling);
  const kept = byTask(input.kept);
  const accepted = new Map<string, Assignment>();
  for (const [name, finding] of leaving) {
    const task = tasks.get(name);
    const to = (isRolling(finding, task) ? rolling : placed).get(name);
    if (to !== undefined && task !== undefined && isWorthIt(task, to, finding, world)) accepted.set(name, to);
  }
  const settled = (a: Assignment): Assignment => {
    const to = accepted.get(a.task);
    if (to !== undefined) return to;
    // What must leave and finds no place, or does not gain by it, is as it was.
    const stays = leaving.has(a.task) ? (kept.get(a.task) ?? a) : a;
    const task = tasks.get(a.task);
    return task?.isReleased === true ? timedBy(stays, rolling.get(a.task), task.isDue) : stays;
  };
  return {
    plan: { ...plan, assignments: plan.assignments.map(settled) },
    moved: new Set(accepted.keys()),
    reshards: findings.map((f) => reshardOf(f, leaving, accepted, tasks)).filter((r) => r.moves.length > 0),
    unplaced: (input.placed?.unplaceable ?? input.kept.unplaceable).filter(
      (u) => leaving.get(u.task)?.hard === true,
    ),
    paused: findings.find((f) => f.response === 'Pause')?.message,
    givenUp: input.givenUp,
    escalations: [
      ...findings.filter((f) => f.response === 'Escalate').map((f) => f.message),
      ...outOfBudget(findings, exhausted, world),
    ],
    lookAgainAt: detected.lookAgainAt,
  };
}

function byTask(plan: WorkflowPlan | undefined): Map<string, Assignment> {
  return new Map((plan?.assignments ?? []).map((a) => [a.task, a]));
}

/**
 * When a task that is released starts is the rolling plan's to say. Where it is to go is decided when it is due: until
 * then the node in force stays, so that nobody is told of a new one at every look.
 */
function timedBy(inForce: Assignment, rolling: Assignment | undefined, isDue: boolean): Assignment {
  if (rolling === undefined) return inForce;
  if (rolling.node === inForce.node) return { ...rolling, reason: inForce.reason };
  if (isDue) return inForce;
  const { startTime } = rolling;
  return { ...inForce, startTime, endTime: startTime + (inForce.endTime - inForce.startTime) };
}

/** A task named by several findings leaves for the first one that is hard. */
function tasksToMove(findings: readonly Finding[], exhausted: ReadonlySet<string>): Map<string, Finding> {
  const leaving = new Map<string, Finding>();
  for (const finding of findings.filter((f) => f.response === 'Reroute')) {
    for (const task of finding.tasks) {
      // Where it is bound is decided once, and costs nothing.
      if (exhausted.has(task) && finding.cause !== 'LateBinding') continue;
      const known = leaving.get(task);
      if (known === undefined || (finding.hard && !known.hard)) leaving.set(task, finding);
    }
  }
  return leaving;
}

function isWorthIt(task: TaskFacts, to: Assignment, finding: Finding, world: ReshardWorld): boolean {
  if (to.node === task.assignment.node) return false;
  if (finding.hard || ROLLING.has(finding.cause)) return true;
  const from = task.contentionNow ?? task.assignment.contention;
  const ceiling = world.policy.contentionCeiling;
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
