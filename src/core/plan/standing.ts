/** The board as it is now: what runs, what is on its way, what is done, and what still has to be placed. */
import { ABSENT, Board, DONE, READY, WAITING } from './board.ts';
import type { Columns } from './columns.ts';
import { LONGEST_SECONDS, type PlannedTask, type Problem } from './problem.ts';
import type { TaskSnapshot } from './snapshot.ts';

/** A task that is over its time still takes its node, and is not expected to end this very moment. */
const OVERDUE_SECONDS = 120;

export interface Standing {
  readonly board: Board;
  /** Node that a task is bound to, by position; NO_NODE for one that may be placed freely. */
  readonly pinned: Int32Array;
  /** Start before which a task is not placed: `notBeforeTime`, and that of a bound task. */
  readonly notBefore: Float64Array;
  /** Task-seconds run so far. */
  readonly secondsPassed: number;
  /** Tasks that run on past their duration, on what is reserved for them. */
  readonly overtime: ReadonlySet<number>;
}

export function standingOf(problem: Problem, columns: Columns): Standing {
  const board = new Board(columns, problem.workflows.length);
  const pinned = new Int32Array(columns.tasks.length).fill(-1);
  const notBefore = new Float64Array(columns.tasks.length);
  const overtime = new Set<number>();
  const since = (time: number): number => (time - problem.now) / 1000;
  let secondsPassed = 0;
  // In the order of their starts: where memory is short, the youngest is paused (node-clocks.ts).
  const inOrder = [...columns.tasks.keys()].sort(
    (a, b) => startOf(columns, a) - startOf(columns, b) || a - b,
  );
  for (const i of inOrder) {
    const task = columns.tasks[i];
    if (task === undefined) continue;
    const { notBeforeTime = 0, creationTime } = task.workflow.snapshot;
    notBefore[i] = since(Math.max(notBeforeTime, creationTime));
    const start = since(task.snapshot.startTime ?? problem.now);
    switch (task.progress) {
      case 'Done':
        board.state[i] = DONE;
        board.node[i] = nodeOf(problem, columns, task);
        board.end[i] = since(task.snapshot.completionTime ?? problem.now);
        board.start[i] = Math.min(start, board.end[i] ?? 0);
        secondsPassed += Math.max(0, Math.min(0, board.end[i] ?? 0) - start);
        break;
      case 'Active':
        if (task.snapshot.state === 'Running') {
          board.commit(i, nodeOf(problem, columns, task), start);
          // Where its node's clock is ahead it has started just now.
          board.run(i, Math.min(0, start));
          board.left[i] = workLeft(task, columns, i, board.node[i] ?? 0, start, overtime);
          secondsPassed += Math.max(0, -start);
        } else {
          board.commit(i, nodeOf(problem, columns, task), Math.max(0, start));
        }
        break;
      case 'Bound':
        pinned[i] = pinOf(problem, columns, task, i);
        notBefore[i] = Math.max(notBefore[i] ?? 0, start);
        break;
      case 'Open':
        break;
      case 'Unplaceable':
      case 'Absent':
        board.state[i] = ABSENT;
    }
  }
  release(board, notBefore);
  return { board, pinned, notBefore, secondsPassed, overtime };
}

function startOf(columns: Columns, i: number): number {
  return columns.tasks[i]?.snapshot.startTime ?? 0;
}

function nodeOf(problem: Problem, columns: Columns, { snapshot }: PlannedTask): number {
  return problem.nodesByName.get(snapshot.node ?? '')?.index ?? columns.nowhere;
}

/** A task that its node cannot hold at all, with the pods of others that are there, is shown at its own time, for the resharder to find. */
function pinOf(problem: Problem, columns: Columns, task: PlannedTask, i: number): number {
  const node = nodeOf(problem, columns, task);
  const group = columns.groups[columns.group[i] ?? 0];
  const holds = group?.used.every(
    (d) => (group.demand[d] ?? 0) <= (columns.limits[node * columns.dimensions + d] ?? 0),
  );
  const on = problem.nodes[node];
  const isClosed = on !== undefined && task.placement.around.obstacle(on) !== undefined;
  return holds === true && !isClosed ? node : columns.nowhere;
}

function workLeft(
  { snapshot }: PlannedTask,
  columns: Columns,
  i: number,
  node: number,
  start: number,
  overtime: Set<number>,
): number {
  const speed = columns.groups[columns.group[i] ?? 0]?.speed[node] ?? 1;
  const passed = Math.max(0, -start);
  const left = snapshot.remainingSeconds ?? (columns.work[i] ?? 0) - passed * speed;
  if (left > 0) return left;
  const overdue = overdueSeconds(snapshot, passed, speed);
  if (overdue > OVERDUE_SECONDS) overtime.add(i);
  return overdue * speed;
}

/**
 * How long a task that is over its duration still takes its node: until nine of ten such tasks are done, where that is
 * known. The median says when a task is expected to end, but of one that has not ended by then it says nothing.
 *
 * @param passed seconds that it has run
 * @param speed work that it does in a second
 */
export function overdueSeconds({ reservedSeconds = 0 }: TaskSnapshot, passed: number, speed: number): number {
  return Math.max(OVERDUE_SECONDS, Math.min(reservedSeconds, LONGEST_SECONDS) / speed - passed);
}

/** Counts what each task waits for, and makes those ready that wait for nothing. */
function release(board: Board, notBefore: Float64Array): void {
  const { dependencies } = board.columns;
  for (let i = 0; i < board.state.length; i++) {
    if (board.state[i] !== WAITING) continue;
    let missing = 0;
    let readyAt = notBefore[i] ?? 0;
    for (let e = dependencies.start[i] ?? 0; e < (dependencies.start[i + 1] ?? 0); e++) {
      const dependency = dependencies.task[e] ?? 0;
      if (board.state[dependency] === DONE) readyAt = Math.max(readyAt, board.end[dependency] ?? 0);
      else missing += 1;
    }
    board.missing[i] = missing;
    board.readyAt[i] = readyAt;
    if (missing === 0 && readyAt <= 0) board.state[i] = READY;
  }
}
