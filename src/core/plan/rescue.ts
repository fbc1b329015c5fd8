/**
 * Rescue of stragglers: running tasks of which the forecast says that they would be done sooner on another node,
 * even though they start there from the beginning. A move is made where a rollout with it is clearly better,
 * and where there is room with those that are made already.
 */
import { Board, NO_NODE, RUNNING } from './board.ts';
import { Choice } from './choice.ts';
import { Explanations } from './explanations.ts';
import { valueOf, type Objective } from './objective.ts';
import type { Option } from './options.ts';
import { DEFAULT_POLICY, type Policy } from './policy.ts';
import { keyOf, type Problem } from './problem.ts';
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
  const places = new Places(course);
  let moves: Move[] = [];
  let best = value;
  for (const task of promising(course, places, movable, end)) {
    let accepted: Move | undefined;
    for (const { node } of places.soonerThan(end[task] ?? 0, task)) {
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

/** A plan with its moves. */
interface Moving {
  readonly problem: Problem;
  readonly course: Course;
  readonly moves: readonly Move[];
}

/**
 * Moves of an earlier plan that are not made yet, since whoever makes them waits: their tasks run on where they did, and
 * there is room for them.
 */
export function outstanding(before: Moving | undefined, problem: Problem, course: Course): Move[] {
  if (before === undefined || before.moves.length === 0) return [];
  const running = new Map(movableTasks(problem, course).map((task) => [runOf(problem, course, task), task]));
  const places = new Places(course);
  return before.moves.flatMap((made): Move[] => {
    const task = running.get(runOf(before.problem, before.course, made.task));
    const node = problem.nodesByName.get(before.problem.nodes[made.node]?.name ?? '')?.index;
    if (task === undefined || node === undefined || !places.canTake({ task, node })) return [];
    places.take({ task, node });
    return [{ task, node }];
  });
}

/** The task and where it is, by name. */
function runOf({ nodes }: Problem, { columns, standing }: Course, task: number): string {
  const of = columns.tasks[task];
  const on = nodes[standing.board.node[task] ?? NO_NODE]?.name;
  return JSON.stringify([of === undefined ? '' : keyOf(of), on]);
}

/** Where running tasks could go, with those that are moved already on their new nodes. */
class Places {
  readonly #board: Board;
  readonly #choice: Choice;
  /** Of one task at a time. */
  readonly #best = new Explanations(1);

  constructor(course: Course) {
    const { columns, standing } = course;
    this.#board = new Board(columns, standing.board.active.length);
    this.#board.copy(standing.board);
    this.#choice = new Choice(course, this.#board);
  }

  /** The best nodes on which the task would end before this time, in seconds from now. */
  soonerThan(end: number, task: number): Option[] {
    this.#choice.choose(task, 0, ANYWHERE, 0, true);
    this.#best.keep(0, this.#choice.options);
    return this.#best
      .of(0)
      .filter((o) => o.node !== this.#board.node[task] && o.end < end)
      .sort((a, b) => a.cost - b.cost || a.node - b.node)
      .slice(0, NODES_EACH);
  }

  canTake({ task, node }: Move): boolean {
    const { columns } = this.#board;
    const isCandidate = columns.groups[columns.group[task] ?? 0]?.isCandidate[node] === 1;
    return isCandidate && this.#board.node[task] !== node && this.#choice.hasRoomFor(task, node);
  }

  take({ task, node }: Move): void {
    this.#board.leave(task);
    this.#board.commit(task, node, 0);
  }
}

/** The tasks that would gain most, most first. */
function promising(
  { columns }: Course,
  places: Places,
  tasks: readonly number[],
  end: Float64Array,
): number[] {
  return tasks
    .flatMap((task) => {
      const stays = end[task] ?? 0;
      const [first] = places.soonerThan(stays, task);
      return first === undefined ? [] : [{ task, gain: stays - first.end }];
    })
    .sort((a, b) => b.gain - a.gain || (columns.position[a.task] ?? 0) - (columns.position[b.task] ?? 0))
    .slice(0, MOST_TASKS)
    .map(({ task }) => task);
}
