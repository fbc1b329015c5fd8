/**
 * A plan made ahead, in the form in which a rollout follows it: each task on its node, and on each node one task after
 * the other in the order of the plan, whenever room and inputs are there.
 */
import { DONE, NO_NODE } from '../board.ts';
import type { Standing } from '../standing.ts';
import type { Schedule } from './list-schedule.ts';

export interface Script {
  readonly node: Int32Array;
  /** By node: the task that is first there; -1: none is. */
  readonly first: Int32Array;
  /** By task: the one that follows on its node; -1: none does. */
  readonly next: Int32Array;
  /** Were tasks promised to these nodes before now? Then outputs have been on their way since they were made. */
  readonly isInForce: boolean;
}

/** @param schedule of all tasks that are open */
export function scriptOf(
  schedule: Pick<Schedule, 'node' | 'start'>,
  standing: Standing,
  isInForce: boolean,
): Script {
  const { state, node: standsOn } = standing.board;
  const isOpen = (task: number): boolean => (state[task] ?? DONE) < DONE && standsOn[task] === NO_NODE;
  const open = [...schedule.node.keys()].filter(isOpen);
  open.sort((a, b) => (schedule.start[a] ?? 0) - (schedule.start[b] ?? 0) || a - b);
  const first = new Int32Array(standing.board.first.length).fill(-1);
  const last = first.slice();
  const next = new Int32Array(schedule.node.length).fill(-1);
  for (const task of open) {
    const node = schedule.node[task] ?? NO_NODE;
    if (node === NO_NODE) continue;
    const before = last[node] ?? -1;
    if (before < 0) first[node] = task;
    else next[before] = task;
    last[node] = task;
  }
  return { node: schedule.node, first, next, isInForce };
}
