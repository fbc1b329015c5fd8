/**
 * Rescue of stragglers: running tasks of which the forecast says that they would be done sooner on another node,
 * even though they start there from the beginning. A move is made where a rollout with it is clearly better,
 * and where there is room with those that are made already.
 */
import { Board, NO_NODE, RUNNING } from './board.ts';
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
  const places = new Places(course, end);
  let moves: Move[] = [];
  let best = value;
  for (const task of promising(course, places, movable)) {
    let accepted: Move | undefined;
    for (const { node } of places.of(task)) {
      if (!mayGoOn(rollout)) break;
      const move = { task, node };
      const other = valueOf(objective, rollout.run(policy, { moves: [...moves, move] }));
      if (other >= best - HYSTERESIS) continue;
      best = other;
      accepted = move;
    }
    if (accepted === undefined) continue;
    moves = [...moves, accepted];
    places.take(accepted);
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

/** Where running tasks could go, with those that are moved already on their new nodes. */
class Places {
  readonly #board: Board;
  readonly #choice: Choice;
  readonly #end: Float64Array;

  /** @param end of each task where it is, seconds from now */
  constructor({ columns, standing, shortfalls, slots, ceilings }: Course, end: Float64Array) {
    this.#board = new Board(columns, standing.board.active.length);
    this.#board.copy(standing.board);
    this.#choice = new Choice(this.#board, shortfalls, slots, ceilings);
    this.#end = end;
  }

  /** The best nodes on which it would end sooner. */
  of(task: number): Option[] {
    this.#choice.choose(task, 0, ANYWHERE, 0, true);
    return this.#choice.options
      .filter((o) => o.node !== this.#board.node[task] && o.end < (this.#end[task] ?? 0))
      .sort((a, b) => a.cost - b.cost || a.node - b.node)
      .slice(0, NODES_EACH);
  }

  take({ task, node }: Move): void {
    this.#board.leave(task);
    this.#board.commit(task, node, 0);
  }

  /** Seconds by which it would end sooner; undefined: nowhere. */
  gainOf(task: number): number | undefined {
    const [first] = this.of(task);
    return first === undefined ? undefined : (this.#end[task] ?? 0) - first.end;
  }
}

/** The tasks that would gain most, most first. */
function promising({ columns }: Course, places: Places, tasks: readonly number[]): number[] {
  return tasks
    .flatMap((task) => {
      const gain = places.gainOf(task);
      return gain === undefined ? [] : [{ task, gain }];
    })
    .sort((a, b) => b.gain - a.gain || (columns.position[a.task] ?? 0) - (columns.position[b.task] ?? 0))
    .slice(0, MOST_TASKS)
    .map(({ task }) => task);
}
