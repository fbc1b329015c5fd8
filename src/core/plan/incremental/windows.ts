/**
 * The windows of a plan as columns, by task: what is published of a rollout, and what a repair changes.
 *
 * Times are seconds from the plan's origin: the moment at which it was made, and not at which it was repaired.
 */
import { DONE, NO_NODE, type Board } from '../board.ts';

export interface Windows {
  /** 1: it has a window. */
  readonly isPlaced: Uint8Array;
  readonly node: Int32Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** Expected seconds in which something is short, of its run from the origin on. */
  readonly contended: Float64Array;
}

/** After a rollout: tasks that it placed are done. */
export function windowsOf({ state, node, start, end, contended }: Board): Windows {
  return {
    isPlaced: Uint8Array.from(state, (s) => (s === DONE ? 1 : 0)),
    node: node.slice(),
    start: start.slice(),
    end: end.slice(),
    contended: contended.slice(),
  };
}

export function noWindows(tasks: number): Windows {
  return {
    isPlaced: new Uint8Array(tasks),
    node: new Int32Array(tasks).fill(NO_NODE),
    start: new Float64Array(tasks),
    end: new Float64Array(tasks),
    contended: new Float64Array(tasks),
  };
}

export function copyOf({ isPlaced, node, start, end, contended }: Windows): Windows {
  return {
    isPlaced: isPlaced.slice(),
    node: node.slice(),
    start: start.slice(),
    end: end.slice(),
    contended: contended.slice(),
  };
}
