/**
 * The planner over time: plans are re-issued as the world goes on, each from where the last one has led.
 *
 * Between plans it remembers which policy is in force (looked for anew once in every slot of the forecast), how
 * far running tasks have come (a rollout of the last plan up to now knows more than their start), and which
 * tasks are on their way to a node already.
 *
 * A problem that is too large for a search is not planned anew at every event either: while the forecast stands,
 * the last plan is mended (incremental/repair.ts).
 */
import { namedSchedule, scriptFromNames, scriptOf, type NamedSchedule, type Script } from './ahead/index.ts';
import { COMING, DONE, NO_NODE, RUNNING } from './board.ts';
import { objectiveOf } from './objective.ts';
import { DEFAULT_POLICY, POLICIES, type Policy } from './policy.ts';
import { buildProblem, type Problem } from './problem.ts';
import { publish, type Before } from './publish.ts';
import { courseOf, type Course } from './course.ts';
import { Rollout, type Explanation, type Explanations, type Move } from './rollout.ts';
import { carried } from './incremental/carry.ts';
import { isForecastOf, renew } from './incremental/renew.ts';
import { repair } from './incremental/repair.ts';
import { windowsOf, type Windows } from './incremental/windows.ts';
import { rescue } from './rescue.ts';
import { AheadCandidate, bestPolicy, isAffordable, policiesForQuiet, UNAFFORDABLE } from './search.ts';
import { slotEnd } from './slots.ts';
import type { Snapshot, TaskSnapshot, WorkflowPlan, WorkflowSnapshot } from './snapshot.ts';

interface Memory {
  readonly problem: Problem;
  readonly course: Course;
  readonly rollout: Rollout;
  readonly policy: Policy;
  readonly moves: readonly Move[];
  /** A plan ahead that is followed instead of the policy. */
  readonly script: Script | undefined;
  readonly schedule: NamedSchedule | undefined;
  /** Milliseconds: until then the policy is in force. */
  readonly policyUntil: number;
  /** Milliseconds: that from which times count. */
  readonly origin: number;
  readonly windows: Windows;
  readonly explanations: ReadonlyMap<number, Explanation>;
  /** A plan ahead is followed. */
  readonly isAhead: boolean;
  /** The windows are not those of the rollout. */
  readonly isMended: boolean;
}

/** What is known of a task beside what is reported. */
interface Known {
  readonly node: string;
  /** Milliseconds. */
  readonly start: number;
  readonly remainingSeconds: number | undefined;
}

export interface PlannerOptions {
  /** May running tasks be moved, where their workflow allows it? Otherwise only what has not started is planned. */
  readonly rescue: boolean;
  /** What the search looks through; of a single one there is no search. */
  readonly policies?: readonly Policy[];
  /** Plans of at least so many tasks times nodes are mended rather than made anew, where that is as good. */
  readonly mendFrom?: number;
}

export class RollingPlanner {
  readonly #rescue: boolean;
  readonly #policies: readonly Policy[];
  readonly #mendFrom: number;
  #memory: Memory | undefined;
  #published: Before | undefined;

  constructor(
    { rescue: mayRescue, policies = POLICIES, mendFrom = UNAFFORDABLE }: PlannerOptions = { rescue: true },
  ) {
    this.#rescue = mayRescue;
    this.#policies = policies;
    this.#mendFrom = mendFrom;
  }

  /** One plan for each workflow, in the order of the snapshot's workflows. */
  plan(snapshot: Snapshot): WorkflowPlan[] {
    const memory = this.#mended(snapshot) ?? this.#anew(snapshot);
    const { plans, assignments } = publish(memory, this.#published);
    this.#memory = memory;
    this.#published = { of: memory, assignments };
    return plans;
  }

  /** Was the last plan mended, and not made anew? */
  get hasMended(): boolean {
    return this.#memory?.isMended === true;
  }

  #anew(snapshot: Snapshot): Memory {
    const last = this.#memory;
    const problem = buildProblem(last === undefined ? snapshot : continued(snapshot, last));
    const course = courseOf(problem);
    const rollout = new Rollout(course);
    const current = policyOf(last, course, this.#policies[0] ?? DEFAULT_POLICY);
    const kept = problem.now < (last?.policyUntil ?? -Infinity) ? last?.schedule : undefined;
    const script = kept === undefined ? undefined : scriptFromNames(kept, problem, course);
    const isInForce =
      current === last?.policy &&
      problem.now < last.policyUntil &&
      (kept === undefined || script !== undefined);
    const found: Found = isInForce
      ? { policy: current, moves: [], script, schedule: kept }
      : this.#search(problem, course, rollout, current);
    const policyUntil = isInForce ? last.policyUntil : problem.now + slotEnd(course.slots, 0) * 1000;
    const explanations: Explanations = new Map();
    rollout.run(found.policy, { moves: found.moves, explanations, script: found.script });
    return {
      problem,
      course,
      rollout,
      ...found,
      policyUntil,
      origin: problem.now,
      windows: windowsOf(rollout.board),
      explanations,
      isAhead: found.script !== undefined,
      isMended: false,
    };
  }

  /** undefined: there is nothing to mend, or a new plan is better. */
  #mended(snapshot: Snapshot): Memory | undefined {
    const last = this.#memory;
    if (last === undefined || last.moves.length > 0 || last.isAhead) return undefined;
    if (snapshot.now < last.problem.now || snapshot.now >= last.policyUntil) return undefined;
    const tasks = snapshot.workflows.reduce((sum, w) => sum + w.tasks.length, 0);
    if (tasks * snapshot.nodes.length < this.#mendFrom) return undefined;
    const changed = this.#renewed(snapshot, last);
    if (changed === undefined) return undefined;
    const repaired = repair({ ...changed, policy: last.policy });
    if (repaired === undefined) return undefined;
    const { problem, course, origin } = changed;
    const explanations = new Map([...changed.explanations, ...repaired.explanations]);
    return { ...last, problem, course, origin, windows: repaired.windows, explanations, isMended: true };
  }

  #renewed(snapshot: Snapshot, last: Memory): Changed | undefined {
    const { problem, course, origin, windows, explanations } = last;
    if (!isForecastOf(problem, snapshot)) return undefined;
    const renewed = renew(problem, course, snapshot);
    if (renewed !== undefined) return { ...renewed, origin, windows, explanations };
    const other = buildProblem(snapshot);
    const otherCourse = courseOf(other);
    const shift = (other.now - origin) / 1000;
    return {
      problem: other,
      course: otherCourse,
      changed: other.nodes.map((n) => n.index),
      origin: other.now,
      ...carried(course, windows, explanations, otherCourse, shift),
    };
  }

  #search(problem: Problem, course: Course, rollout: Rollout, current: Policy): Found {
    const none = { moves: [], script: undefined, schedule: undefined };
    if (!isAffordable(rollout)) return { policy: current, ...none };
    const objective = objectiveOf(problem, course.standing);
    const hasChoice = this.#policies.length > 1;
    const ahead = hasChoice ? AheadCandidate.of(course, rollout, objective, current) : undefined;
    const policies = ahead?.isQuiet === true ? policiesForQuiet(this.#policies) : this.#policies;
    const { policy, value } = bestPolicy(rollout, objective, policies, current);
    const schedule = ahead?.better({ policy, value });
    if (schedule !== undefined) {
      const script = scriptOf(schedule, course.standing, false);
      return { policy, moves: [], script, schedule: namedSchedule(schedule, problem, course) };
    }
    if (!this.#rescue) return { policy, ...none };
    const { moves } = rescue(problem, course, rollout, objective, policy, value);
    return { policy, ...none, moves };
  }
}

type Found = Pick<Memory, 'policy' | 'moves' | 'script' | 'schedule'>;

/** The last plan as it stands after a change. */
interface Changed {
  readonly problem: Problem;
  readonly course: Course;
  readonly changed: readonly number[];
  readonly origin: number;
  readonly windows: Windows;
  readonly explanations: ReadonlyMap<number, Explanation>;
}

/** The policy in force. Where nodes have come since, it is looked for anew, and that of before stays in the choice as it was. */
function policyOf(last: Memory | undefined, course: Course, first: Policy): Policy {
  if (last === undefined) return first;
  const before = new Set(last.course.nodeNames);
  const added = course.nodeNames.filter((name) => !before.has(name));
  if (added.length === 0) return last.policy;
  return { ...last.policy, without: [...last.policy.without, ...added] };
}

/** The snapshot with what the last plan knows of its tasks. */
function continued(snapshot: Snapshot, last: Memory): Snapshot {
  const known = knownTasks(snapshot.now, last);
  const workflowOf = (workflow: WorkflowSnapshot): WorkflowSnapshot => {
    const tasks = known.get(`${workflow.namespace}/${workflow.name}`);
    if (tasks === undefined) return workflow;
    return { ...workflow, tasks: workflow.tasks.map((t) => taskOf(t, tasks.get(t.name), snapshot.now)) };
  };
  return { ...snapshot, workflows: snapshot.workflows.map(workflowOf) };
}

function taskOf(task: TaskSnapshot, known: Known | undefined, now: number): TaskSnapshot {
  if (known === undefined) return task;
  if (task.state === 'Running' && known.remainingSeconds !== undefined && known.node === task.node)
    return { ...task, remainingSeconds: known.remainingSeconds };
  // It was sent there, and its inputs are still on their way.
  if (task.state === 'Pending' && !task.bound && known.start > now)
    return { ...task, state: 'Starting', node: known.node, startTime: known.start };
  return task;
}

/** By workflow and name: tasks that were given a node by `now`, as the last plan has them. */
function knownTasks(now: number, last: Memory): Map<string, Map<string, Known>> {
  const { problem, course, rollout, policy, moves, script } = last;
  if (last.isMended) return new Map(); // what is left of tasks follows from their starts
  rollout.run(policy, { moves, script, until: Math.max(0, now - problem.now) / 1000 });
  const { board } = rollout;
  const known = new Map<string, Map<string, Known>>();
  course.columns.tasks.forEach((task, i) => {
    const state = board.state[i] ?? DONE;
    const node = problem.nodes[board.node[i] ?? NO_NODE];
    if ((state !== COMING && state !== RUNNING) || node === undefined) return;
    const { namespace, name } = task.workflow.snapshot;
    const key = `${namespace}/${name}`;
    const tasks = known.get(key) ?? new Map<string, Known>();
    known.set(key, tasks);
    const start = state === COMING ? board.arrival[i] : board.start[i];
    tasks.set(task.snapshot.name, {
      node: node.name,
      start: problem.now + (start ?? 0) * 1000,
      remainingSeconds: state === RUNNING ? board.left[i] : undefined,
    });
  });
  return known;
}
