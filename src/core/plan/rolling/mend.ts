/**
 * A problem that is too large for a search is not planned anew at every event: while the forecast stands, the last
 * plan is mended (incremental/repair.ts).
 */
import { hasPodRules } from '../../placement/pod-rules.ts';
import { courseOf, type Course } from '../course.ts';
import type { Explanations } from '../explanations.ts';
import { carried } from '../incremental/carry.ts';
import { isForecastOf, renew } from '../incremental/renew.ts';
import { repair } from '../incremental/repair.ts';
import type { Windows } from '../incremental/windows.ts';
import { buildProblem, type Problem } from '../problem.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Memory } from './memory.ts';

/** The last plan as it stands after a change. */
interface Changed {
  readonly problem: Problem;
  readonly course: Course;
  readonly changed: readonly number[];
  readonly origin: number;
  readonly windows: Windows;
  readonly explanations: Explanations;
}

/**
 * undefined: there is nothing to mend, or a new plan is better.
 *
 * @param mendFrom tasks times nodes of the smallest problem that is mended
 */
export function mended(snapshot: Snapshot, last: Memory | undefined, mendFrom: number): Memory | undefined {
  if (last === undefined || last.moves.length > 0 || last.isAhead) return undefined;
  if (snapshot.now < last.problem.now || snapshot.now >= last.policyUntil) return undefined;
  // Room in a domain is shared over its nodes, and is not booked.
  if (hasPodRules(snapshot.workflows) || last.problem.podRules.rules.length > 0) return undefined;
  const tasks = snapshot.workflows.reduce((sum, w) => sum + w.tasks.length, 0);
  if (tasks * snapshot.nodes.length < mendFrom) return undefined;
  const changed = renewed(snapshot, last);
  if (changed === undefined) return undefined;
  const repaired = repair({ ...changed, policy: last.policy });
  if (repaired === undefined) return undefined;
  const { problem, course, origin } = changed;
  return { ...last, problem, course, origin, ...repaired, isMended: true };
}

function renewed(snapshot: Snapshot, last: Memory): Changed | undefined {
  const { problem, course, origin, windows, explanations } = last;
  if (!isForecastOf(problem, snapshot)) return undefined;
  const same = renew(problem, course, snapshot);
  if (same !== undefined) return { ...same, origin, windows, explanations };
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
