/** A plan ahead by names: positions of tasks and nodes change from one problem to the next. */
import { NO_NODE } from '../board.ts';
import { keyOf, type Problem } from '../problem.ts';
import type { Course } from '../course.ts';
import { scriptOf, type Script } from './script.ts';
import type { Schedule } from './list-schedule.ts';

interface Promised {
  readonly node: string;
  /** Milliseconds since the epoch. */
  readonly start: number;
}

/** By `keyOf` the task. */
export type NamedSchedule = ReadonlyMap<string, Promised>;

export function namedSchedule(schedule: Schedule, problem: Problem, { columns }: Course): NamedSchedule {
  const named = new Map<string, Promised>();
  columns.tasks.forEach((task, i) => {
    const node = problem.nodes[schedule.node[i] ?? NO_NODE];
    if (node !== undefined)
      named.set(keyOf(task), { node: node.name, start: problem.now + (schedule.start[i] ?? 0) * 1000 });
  });
  return named;
}

/** Undefined where there are rules among pods by now, where it does not say where every open task goes, or a task may not go there any more. */
export function scriptFromNames(named: NamedSchedule, problem: Problem, course: Course): Script | undefined {
  const { columns, standing } = course;
  if (columns.podRules.rules.length > 0) return undefined;
  const node = standing.board.node.slice();
  const start = new Float64Array(node.length);
  for (const [i, task] of columns.tasks.entries()) {
    if (node[i] !== NO_NODE || task.progress === 'Absent' || task.progress === 'Unplaceable') continue;
    const promised = named.get(keyOf(task));
    const index = problem.nodesByName.get(promised?.node ?? '')?.index;
    const pinned = standing.pinned[i] ?? NO_NODE;
    const mayGo = columns.groups[columns.group[i] ?? 0]?.isCandidate[index ?? columns.nowhere] === 1;
    if (promised === undefined || index === undefined || (pinned === NO_NODE ? !mayGo : pinned !== index))
      return undefined;
    node[i] = index;
    start[i] = (promised.start - problem.now) / 1000;
  }
  return scriptOf({ node, start }, standing, true);
}
