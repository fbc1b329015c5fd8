/**
 * The tasks planned on one node, and how contended each of them is: a task that comes later may not push one
 * that is under its workflow's contention ceiling over it.
 */
import type { WindowScores } from './window-scores.ts';

interface Occupant {
  readonly start: number;
  readonly end: number;
  /** 0..1. */
  readonly ceiling: number;
  /** Expected contended milliseconds. */
  readonly contended: number;
}

export class Occupants {
  #occupants: Occupant[] = [];

  clone(): Occupants {
    const copy = new Occupants();
    copy.#occupants = [...this.#occupants];
    return copy;
  }

  /** @param scores filled for the newcomer's window, before it is part of the node's load */
  wouldExceedCeiling(scores: WindowScores, start: number, end: number): boolean {
    return this.#occupants.some((occupant) => {
      if (occupant.start >= end || occupant.end <= start) return false;
      const allowed = occupant.ceiling * (occupant.end - occupant.start);
      return occupant.contended <= allowed && raised(occupant, scores, start, end) > allowed;
    });
  }

  /** Adds a task, and raises the contention of those that it meets. */
  add(scores: WindowScores, start: number, end: number, ceiling: number): void {
    if (end <= start) return;
    this.#occupants = this.#occupants.map((occupant) => {
      const contended = raised(occupant, scores, start, end);
      return contended === occupant.contended ? occupant : { ...occupant, contended };
    });
    const contended = scores.between(start, end).contention * (end - start);
    this.#occupants.push({ start, end, ceiling, contended });
  }
}

/** Contended milliseconds of an occupant when a task comes to `[start, end)`. */
function raised(occupant: Occupant, scores: WindowScores, start: number, end: number): number {
  const from = Math.max(occupant.start, start);
  const to = Math.min(occupant.end, end);
  if (to <= from) return occupant.contended;
  return occupant.contended + scores.between(from, to).addedToEach * (to - from);
}
