/**
 * Plans ahead that come true to the second: where nodes hold all that is requested of them, whatever the background does,
 * no task is slowed down, and nobody needs to follow such a plan to know what comes of it.
 */
import { COMING, DONE, RUNNING, type Board } from '../board.ts';
import type { Course } from '../course.ts';
import { PODS } from '../dimensions.ts';
import type { Schedule } from './list-schedule.ts';

/** Is nothing short, even if all that may be requested of every node, or is already, is used? */
export function isNeverShort({ columns, standing, shortfalls, slots }: Course): boolean {
  for (let node = 0; node < columns.nowhere; node++) {
    for (let d = 0; d < PODS; d++) {
      if (!shortfalls.knows(node, d)) continue;
      const row = node * columns.dimensions + d;
      const most = Math.max(columns.limits[row] ?? 0, standing.board.committed[row] ?? 0);
      for (let slot = 0; slot < slots.count; slot++) {
        shortfalls.look(node, d, slot, most);
        if (shortfalls.contention > 0) return false;
      }
    }
  }
  return true;
}

/**
 * Leaves a board, on which all stands as it does now, as a rollout would that followed the schedule.
 *
 * @returns task-seconds from now on
 */
export function comeTrue({ node, start, end }: Schedule, board: Board): number {
  let seconds = 0;
  for (let task = 0; task < board.state.length; task++) {
    const state = board.state[task] ?? DONE;
    if (state >= DONE) continue;
    if (state === COMING) board.start[task] = Math.max(0, board.arrival[task] ?? 0);
    else if (state !== RUNNING) board.start[task] = start[task] ?? 0;
    board.node[task] = node[task] ?? 0;
    board.end[task] = end[task] ?? 0;
    board.state[task] = DONE;
    seconds += (board.end[task] ?? 0) - Math.max(0, board.start[task] ?? 0);
  }
  return seconds;
}
