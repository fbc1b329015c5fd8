/** From a problem to what rollouts run on. */
import { columnsOf, type Columns } from './columns.ts';
import { Shortfalls } from './shortfalls.ts';
import type { Problem } from './problem.ts';
import { slotsOf, type Slots } from './slots.ts';
import { standingOf, type Standing } from './standing.ts';
import { Tiers } from './tiers.ts';

/** What does not change from one rollout to the next. */
export interface Course {
  readonly columns: Columns;
  readonly standing: Standing;
  readonly shortfalls: Shortfalls;
  readonly slots: Slots;
  readonly tiers: Tiers;
  readonly nodeNames: readonly string[];
  /** By workflow: tasks at once, and the contention ceiling. */
  readonly parallelism: Float64Array;
  readonly ceilings: Float64Array;
  /** Decisions are gathered for so many seconds: 0 decides at every event. */
  readonly granularity: number;
  /** Tasks that wait for nothing any longer: they take the best node that has room (rolling/promises.ts). */
  readonly overdue: ReadonlySet<number>;
}

/** With so many tasks or more, decisions are gathered: each goes through all that is ready. */
const MANY_TASKS = 4000;
const GRANULARITY_SECONDS = 30;
const NONE: ReadonlySet<number> = new Set();

export function courseOf(problem: Problem): Course {
  const { now, nodes, snapshot, workflows } = problem;
  const slots = slotsOf(nodes, now);
  const columns = columnsOf(problem);
  const shortfalls = new Shortfalls(nodes, slots, now, snapshot.sharing);
  return {
    columns,
    standing: standingOf(problem, columns),
    shortfalls,
    slots,
    tiers: new Tiers(columns.groups, shortfalls),
    nodeNames: nodes.map((n) => n.name),
    parallelism: Float64Array.from(workflows, (w) => Math.max(1, w.snapshot.parallelism ?? Infinity)),
    ceilings: Float64Array.from(workflows, (w) => w.snapshot.contentionCeiling),
    granularity: columns.tasks.length >= MANY_TASKS ? GRANULARITY_SECONDS : 0,
    overdue: NONE,
  };
}
