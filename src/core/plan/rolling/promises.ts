/**
 * What tasks wait for that could start. A forecast may promise a quiet window in the next slot, and again in each slot
 * that follows (a GPU that is never given back). So when a task is held back though a node has room for it, the start
 * that it is promised is kept in mind. It is overdue when it has waited for three times as long as was promised, for twice
 * as long as it runs, and for an hour: a window that is put off again and again is no better than none, and the task
 * takes the best node that has room for it, as where nothing will ever come of waiting (rollout.ts).
 */
import type { Course } from '../course.ts';
import { keyOf, type PlannedTask, type Problem } from '../problem.ts';
import type { Windows } from '../incremental/windows.ts';

/** Both in milliseconds since the epoch. */
interface Promised {
  /** When it was held back first. */
  readonly since: number;
  readonly start: number;
}

/** By task (problem.ts). */
export type Promises = ReadonlyMap<string, Promised>;

export const NO_PROMISES: Promises = new Map();

const TIMES_PROMISED = 3;
const TIMES_WORK = 2;
const SHORTEST_SECONDS = 3600;

/** The course with tasks that have waited long enough. */
export function withOverdue(course: Course, promises: Promises, now: number): Course {
  if (promises.size === 0) return course;
  const { tasks, work } = course.columns;
  const overdue = new Set<number>();
  tasks.forEach((task, i) => {
    const promised = mayStart(task) ? promises.get(keyOf(task)) : undefined;
    if (promised !== undefined && now >= dueAt(promised, work[i] ?? 0)) overdue.add(i);
  });
  return { ...course, overdue };
}

/** The promises of a plan: those of before hold for as long as a task waits. */
export function promisesOf(
  { now }: Problem,
  { columns }: Course,
  { start }: Windows,
  heldBack: ReadonlySet<number>,
  before: Promises,
): Promises {
  if (heldBack.size === 0 && before.size === 0) return NO_PROMISES;
  const promises = new Map<string, Promised>();
  columns.tasks.forEach((task, i) => {
    if (!mayStart(task) || (before.size === 0 && !heldBack.has(i))) return;
    const key = keyOf(task);
    const known = before.get(key);
    if (known !== undefined) promises.set(key, known);
    else if (heldBack.has(i)) promises.set(key, { since: now, start: now + (start[i] ?? 0) * 1000 });
  });
  return promises;
}

function mayStart({ progress, ready }: PlannedTask): boolean {
  return progress === 'Open' && ready;
}

function dueAt({ since, start }: Promised, work: number): number {
  return (
    since + Math.max(TIMES_PROMISED * (start - since), 1000 * Math.max(SHORTEST_SECONDS, TIMES_WORK * work))
  );
}
