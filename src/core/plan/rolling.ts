/**
 * The planner over time: plans are re-issued as the world goes on, each from where the last one has led
 * (rolling/memory.ts). The policy in force is looked for anew once in every slot of the forecast (rolling/decide.ts);
 * between, a large plan is mended rather than made anew (rolling/mend.ts).
 */
import { scriptFromNames } from './ahead/index.ts';
import { ScoreCalibration } from './calibration.ts';
import { courseOf } from './course.ts';
import { Explanations } from './explanations.ts';
import { windowsOf } from './incremental/windows.ts';
import { Outcomes } from './outcomes.ts';
import { DEFAULT_POLICY, POLICIES, type Policy } from './policy.ts';
import { buildProblem } from './problem.ts';
import { publish, type Before } from './publish.ts';
import { outstanding } from './rescue.ts';
import { arrivedNodes, isAsGood, latestEnd, withoutNodes, type Planned } from './rolling/arrivals.ts';
import { decide, type Decision } from './rolling/decide.ts';
import { continued, hasNewWorkflow, scoresIn, type Memory } from './rolling/memory.ts';
import { NO_PROMISES, promisesOf, withOverdue } from './rolling/promises.ts';
import { mended } from './rolling/mend.ts';
import { Rollout } from './rollout.ts';
import { UNAFFORDABLE } from './search.ts';
import type { Snapshot, WorkflowPlan } from './snapshot.ts';

export interface PlannerOptions {
  /** May running tasks be moved, where their workflow allows it? Otherwise only what has not started is planned. */
  readonly rescue: boolean;
  /** What the search looks through; of a single one there is no search. */
  readonly policies?: readonly Policy[];
  /** Plans of at least so many tasks times nodes are mended rather than made anew, where that is as good. */
  readonly mendFrom?: number;
  /** Say why each task is where it is, and what else there was; true unless told otherwise. */
  readonly explain?: boolean;
  /** Are plans ahead held against policies? true unless told otherwise. */
  readonly ahead?: boolean;
  /** What is known of scores already: published ones are corrected by it. */
  readonly calibration?: ScoreCalibration;
  /** Is the calibration taught by what comes of these plans? true unless told otherwise. */
  readonly learn?: boolean;
}

const NO_NODES: ReadonlySet<string> = new Set();

export class RollingPlanner {
  readonly #rescue: boolean;
  readonly #policies: readonly Policy[];
  readonly #mendFrom: number;
  readonly #explain: boolean;
  readonly #ahead: boolean;
  readonly #calibration: ScoreCalibration;
  readonly #outcomes: Outcomes | undefined;
  #memory: Memory | undefined;
  #published: Before | undefined;

  constructor(options: PlannerOptions = { rescue: true }) {
    this.#rescue = options.rescue;
    this.#policies = options.policies ?? POLICIES;
    this.#mendFrom = options.mendFrom ?? UNAFFORDABLE;
    this.#explain = options.explain ?? true;
    this.#ahead = options.ahead ?? true;
    this.#calibration = options.calibration ?? new ScoreCalibration();
    this.#outcomes = options.learn === false ? undefined : new Outcomes();
  }

  /** One plan for each workflow, in the order of the snapshot's workflows. */
  plan(snapshot: Snapshot): WorkflowPlan[] {
    this.#learn(snapshot);
    const memory = mended(snapshot, this.#memory, this.#mendFrom) ?? this.#anew(snapshot);
    const { plans, assignments } = publish({ ...memory, calibration: this.#calibration }, this.#published);
    this.#memory = memory;
    this.#published = { of: memory, assignments };
    return plans;
  }

  /** Was the last plan mended, and not made anew? */
  get hasMended(): boolean {
    return this.#memory?.isMended === true;
  }

  #learn(snapshot: Snapshot): void {
    const last = this.#memory;
    const outcomes = this.#outcomes?.observe(snapshot, (workflow, begun) => scoresIn(last, workflow, begun));
    for (const { score, realised } of outcomes ?? []) this.#calibration.learn(score, realised);
  }

  /** With nodes that have come where that makes nothing worse, and otherwise without them. */
  #anew(snapshot: Snapshot): Memory {
    const last = this.#memory;
    const arrived = arrivedNodes(last, snapshot);
    if (arrived.size === 0) return this.#planned(snapshot).memory;
    const without = this.#planned(withoutNodes(snapshot, arrived));
    const leftOut = { ...without.memory, leftOut: arrived };
    const isLookedAt = [...arrived].every((name) => last?.leftOut.has(name));
    if (isLookedAt && without.memory.policyUntil === last?.policyUntil) return leftOut;
    const joined = this.#planned(snapshot, without);
    return isAsGood(joined, without) ? joined.memory : leftOut;
  }

  /** @param without a plan without nodes that have come: a search for one with them, that is hardly longer */
  #planned(snapshot: Snapshot, without?: Planned): Planned {
    const last = this.#memory;
    const problem = buildProblem(last === undefined ? snapshot : continued(snapshot, last));
    const promises = last?.promises ?? NO_PROMISES;
    const course = withOverdue(courseOf(problem), promises, problem.now);
    const rollout = new Rollout(course);
    const current = last?.policy ?? this.#policies[0] ?? DEFAULT_POLICY;
    // A policy that was found for other work, or fewer nodes, is no answer for what has come since.
    const isForOther = last === undefined || without !== undefined || hasNewWorkflow(last, snapshot);
    const policyEnds = isForOther ? -Infinity : last.policyUntil;
    const mayKeep = problem.now < policyEnds && course.overdue.size === 0;
    const kept = mayKeep ? last?.schedule : undefined;
    const script = kept === undefined ? undefined : scriptFromNames(kept, problem, course);
    const isInForce = problem.now < policyEnds && (last?.schedule === undefined || script !== undefined);
    const found: Decision = isInForce
      ? { policy: current, moves: outstanding(last, problem, course), script, schedule: kept }
      : decide(problem, course, rollout, current, {
          policies: this.#policies,
          rescue: this.#rescue,
          ahead: this.#ahead,
          explain: this.#explain,
          ...(without === undefined ? {} : { latest: latestEnd(without, course) }),
        });
    const policyUntil = isInForce
      ? policyEnds
      : problem.now + (course.slots.start + course.slots.length) * 1000;
    const heldBack = new Set<number>();
    const explanations = found.explanations ?? this.#rolledOut(rollout, found, heldBack);
    const windows = windowsOf(rollout.board);
    const memory: Memory = {
      problem,
      course,
      rollout,
      ...found,
      policyUntil,
      origin: problem.now,
      windows,
      explanations,
      isAhead: found.script !== undefined,
      isMended: false,
      leftOut: NO_NODES,
      promises: promisesOf(problem, course, windows, heldBack, promises),
    };
    return { memory, outcome: rollout.outcome };
  }

  /** Leaves the rollout as the decision has it. */
  #rolledOut(rollout: Rollout, { policy, moves, script }: Decision, heldBack: Set<number>): Explanations {
    const explanations = new Explanations(rollout.board.state.length);
    rollout.run(policy, { moves, script, heldBack, ...(this.#explain ? { explanations } : {}) });
    return explanations;
  }
}
