/**
 * Rescue of stragglers: running tasks of which the forecast says that they would be done sooner on another node,
 * even though they start there from the beginning. A move is made where a rollout with it is clearly better.
 */
import { NO_NODE, RUNNING } from './board.ts';
import { Choice, type Option } from './choice.ts';
import { valueOf, type Objective } from './objective.ts';
import { DEFAULT_POLICY, type Policy } from './policy.ts';
import type { Problem } from './problem.ts';
import type { Course } from './course.ts';
import type { Move, Rollout } from './rollout.ts';
import { mayGoOn } from './search.ts';

/** Tasks and nodes that are tried: those that promise most. */
const MOST_TASKS = 8;
const NODES_EACH = 2;
/** A move costs what was done so far, and plans must not thrash: it has to be worth this much of the objective. */
const HYSTERESIS = 0.002;
const ANYWHERE: Policy = { ...DEFAULT_POLICY, tolerance: Infinity };

export interface Rescue {
  readonly moves: readonly Move[];
  readonly value: number;
}

/** @param value of a rollout of this policy without moves */
export function rescue(
  problem: Problem,
  course: Course,
  rollout: Rollout,
  objective: Objective,
  policy: Policy,
  value: number,
): Rescue {
  const movable = movableTasks(problem, course);
  if (movable.length === 0) return { moves: [], value };
  rollout.run(policy);
  const end = rollout.board.end.slice();
  let moves: Move[] = [];
  let best = value;
  for (const { task, options } of promising(course, movable, end)) {
    let accepted: Move | undefined;
    for (const { node } of options) {
      if (!mayGoOn(rollout)) break;
      const move = { task, node };
      const other = valueOf(objective, rollout.run(policy, { moves: [...moves, move] }));
      if (other >= best - HYSTERESIS) continue;
      best = other;
      accepted = move;
    }
    if (accepted !== undefined) moves = [...moves, accepted];
  }
  return { moves, value: best };
}

function movableTasks(problem: Problem, { columns, standing }: Course): number[] {
  const tasks: number[] = [];
  columns.tasks.forEach(({ workflow }, i) => {
    // Whether a move keeps to rules among pods depends on what else is moved.
    const isRuled = columns.groups[columns.group[i] ?? 0]?.rules.key !== '';
    // What is reserved for a task beyond its duration is no forecast of its end.
    const mayMove = workflow.snapshot.runningTasks === 'Restart' && !isRuled && !standing.overtime.has(i);
    const { state, node } = standing.board;
    if (mayMove && state[i] === RUNNING && node[i] !== NO_NODE && node[i] !== problem.nodes.length)
      tasks.push(i);
  });
  return tasks;
}

interface Candidate {
  readonly task: number;
  readonly options: readonly Option[];
  /** Seconds by which it would end sooner. */
  readonly gain: number;
}

function promising(course: Course, tasks: readonly number[], end: Float64Array): Candidate[] {
  const { columns, standing, shortfalls, slots, ceilings } = course;
  const choice = new Choice(standing.board, shortfalls, slots, ceilings);
  const candidates = tasks.flatMap((task): Candidate[] => {
    choice.choose(task, 0, ANYWHERE, 0, true);
    const ends = end[task] ?? 0;
    const options = choice.options
      .filter((o) => o.node !== standing.board.node[task] && o.end < ends)
      .sort((a, b) => a.cost - b.cost || a.node - b.node)
      .slice(0, NODES_EACH);
    const [first] = options;
    return first === undefined ? [] : [{ task, options, gain: ends - first.end }];
  });
  return candidates
    .sort((a, b) => b.gain - a.gain || (columns.position[a.task] ?? 0) - (columns.position[b.task] ?? 0))
    .slice(0, MOST_TASKS);
}
