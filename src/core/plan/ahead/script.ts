/**
 * A plan made ahead, in the form in which a rollout follows it: each task on its node, and on each node one task after
 * the other in the order of the plan, whenever room and inputs are there.
 */
import { DONE, NO_NODE } from '../board.ts';
import type { Standing } from '../standing.ts';
import type { Schedule } from './list-schedule.ts';

export interface Script {
  readonly node: Int32Array;
  /** By task: its place in the order of its node, from 0. */
  readonly turn: Int32Array;
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
  const turn = new Int32Array(schedule.node.length).fill(-1);
  const count = new Map<number, number>();
  for (const task of open) {
    const node = schedule.node[task] ?? NO_NODE;
    const next = count.get(node) ?? 0;
    turn[task] = next;
    count.set(node, next + 1);
  }
  return { node: schedule.node, turn, isInForce };
}
