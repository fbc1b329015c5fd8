/**
 * Plans made ahead. Where nodes are quiet, knowing the whole workflow is worth more than deciding late: a task may wait
 * for the better node, and inputs travel while nodes are busy. Where they are not, such a plan goes stale, and the
 * search (search.ts) prefers a policy.
 */
import { RESOURCES } from '../../resources.ts';
import type { Course } from '../course.ts';
import { ListScheduler, type OnPlaced, type Schedule } from './list-schedule.ts';
import { improved } from './improve.ts';
import { expectedPace } from './pace.ts';

export { namedSchedule, scriptFromNames, type NamedSchedule } from './named.ts';
export { scriptOf, type Script } from './script.ts';
export { comeTrue, isNeverShort } from './undisturbed.ts';
export type { OnPlaced, Schedule } from './list-schedule.ts';
export type { Shortlist } from './shortlist.ts';

/** Runs that are weighed (a task on a node): in one try, and over all that improve the first one. */
const LARGEST = 500_000;
const BUDGET = 250_000;
const MOST_TRIES = 200;
const ROUNDING = 1e-9;
/** Seconds: between tasks of workflows that come one after the other. */
const APART = 1e9;

export class PlanAhead {
  /** By upward ranks, as they are. */
  readonly first: Schedule;
  /** Seconds from now: no plan is shorter. */
  readonly least: number;
  readonly #scheduler: ListScheduler;
  readonly #priority: Float64Array;
  readonly #offset: Float64Array;
  readonly #tries: number;

  private constructor(
    first: Schedule,
    scheduler: ListScheduler,
    priority: Float64Array,
    offset: Float64Array,
    tries: number,
  ) {
    this.first = first;
    this.least = scheduler.least;
    this.#scheduler = scheduler;
    this.#priority = priority;
    this.#offset = offset;
    this.#tries = tries;
  }

  /**
   * Undefined where no plan ahead is to be had: tasks at once are limited, pods have rules among them, there is too much
   * to weigh, or only some
   * nodes have a forecast.
   *
   * @param size tasks to place, times nodes
   * @param onPlaced told of the first plan
   */
  static of(course: Course, size: number, onPlaced?: OnPlaced): PlanAhead | undefined {
    if (size > LARGEST || course.parallelism.some((p) => p !== Infinity)) return undefined;
    if (course.columns.podRules.rules.length > 0) return undefined;
    if (!isEvenlyKnown(course)) return undefined;
    const { columns, standing } = course;
    const scheduler = new ListScheduler(columns, standing, expectedPace(course));
    const offset = offsets(course);
    const first = scheduler.schedule(
      columns.rank.map((rank, task) => rank + (offset[task] ?? 0)),
      Infinity,
      onPlaced,
    );
    if (first === undefined) return undefined;
    const tries = Math.min(MOST_TRIES, Math.trunc(BUDGET / Math.max(1, size)));
    return new PlanAhead(first, scheduler, columns.rank, offset, tries);
  }

  /** The first itself, where none of the tries is better. */
  best(): Schedule {
    if (this.first.makespan <= this.least * (1 + ROUNDING)) return this.first;
    return improved(this.#scheduler, this.first, this.#priority, this.#offset, this.#tries);
  }
}

/** A node without a forecast is for tasks that no other can take; the plan does not know how to keep to that. */
function isEvenlyKnown({ columns, shortfalls }: Course): boolean {
  const known = new Set<string>();
  for (let node = 0; node < columns.nowhere; node++)
    known.add(RESOURCES.map((_, r) => (shortfalls.knows(node, r) ? '+' : '-')).join(''));
  return known.size <= 1;
}

/** Workflows of a higher priority, and older ones, come before the others. */
function offsets({ columns }: Course): Float64Array {
  const offset = new Float64Array(columns.tasks.length);
  let place = 0;
  let before: { priority: number; creationTime: number } | undefined;
  for (const task of columns.order) {
    const workflow = columns.tasks[task]?.workflow.snapshot;
    if (workflow === undefined) continue;
    const { priority, creationTime } = workflow;
    if (before !== undefined && (before.priority !== priority || before.creationTime !== creationTime))
      place += 1;
    before = workflow;
    offset[task] = -place * APART;
  }
  return offset;
}
