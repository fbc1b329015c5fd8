/**
 * The scores of all windows of a task on one node: filled once from the first start to the last end, and then
 * read for any window in it by prefix sums. Reused from node to node, since a plan asks for many thousands.
 */
import { RESOURCES } from '../resources.ts';
import { shortfallProbability } from './contention.ts';
import { endOfStep, stepAt } from './outlook.ts';
import type { PlannedNode } from './planned-node.ts';
import { TASKS, type Load, type Skyline } from './skyline.ts';
import type { Sharing } from './snapshot.ts';
import { expectedSpeed } from './stretch.ts';

export interface WindowScore {
  /** The contention score of the design, 0..1. */
  readonly contention: number;
  /** Externality: what the task adds to the contention of the tasks already there, summed over them. */
  readonly added: number;
  /** The same for one of them, while any is there. */
  readonly addedToEach: number;
  /** Expected share of the node's speed, 0..1. */
  readonly speed: number;
}

/** Integrals that are kept, in the order of their columns. */
const CONTENTION = 0;
const ADDED = 1;
const ADDED_TO_EACH = 2;
const SPEED = 3;
const COLUMNS = 4;

const NOTHING: WindowScore = { contention: 0, added: 0, addedToEach: 0, speed: 1 };

export class WindowScores {
  readonly #sharing: Sharing;
  #from = 0;
  #pieces = 0;
  /** Ends of the pieces in which neither the forecast nor the planned load changes. */
  #ends = new Float64Array(64);
  /** `sums[piece * COLUMNS + column]`: the integral from `from` to the end of the piece. */
  #sums = new Float64Array(64 * COLUMNS);
  /** The piece looked at last: its values, and until when the forecast stays as it is. */
  readonly #values = new Float64Array(COLUMNS);
  #until = 0;
  /** Integrals up to both ends of the window that is asked for. */
  readonly #lower = new Float64Array(COLUMNS);
  readonly #upper = new Float64Array(COLUMNS);

  constructor(sharing: Sharing) {
    this.#sharing = sharing;
  }

  /**
   * @param demand what the task asks for
   * @param placed is the task part of the skyline already? Then nothing is added to it.
   */
  fill(node: PlannedNode, skyline: Skyline, demand: Load, from: number, to: number, placed = false): void {
    this.#from = from;
    this.#pieces = 0;
    let segment = skyline.segmentAt(from);
    for (let time = from; time < to;) {
      while (skyline.startOf(segment + 1) <= time) segment += 1;
      this.#look(node, skyline, segment, demand, placed, time);
      const end = Math.min(to, this.#until, skyline.startOf(segment + 1));
      this.#append(end, end - time);
      time = end;
    }
  }

  /** Means over `[start, end)`, which must lie in what was filled. */
  between(start: number, end: number): WindowScore {
    const length = end - start;
    if (!(length > 0)) return NOTHING;
    this.#readUntil(end, this.#upper);
    this.#readUntil(start, this.#lower);
    return {
      contention: Math.min(1, this.#mean(CONTENTION, length)),
      added: this.#mean(ADDED, length),
      addedToEach: this.#mean(ADDED_TO_EACH, length),
      speed: Math.min(1, this.#mean(SPEED, length)),
    };
  }

  #mean(column: number, length: number): number {
    return Math.max(0, ((this.#upper[column] ?? 0) - (this.#lower[column] ?? 0)) / length);
  }

  /** Writes the integrals from `from` to `time` into `into`. */
  #readUntil(time: number, into: Float64Array): void {
    const piece = this.#pieceAt(time);
    const start = piece === 0 ? this.#from : (this.#ends[piece - 1] ?? 0);
    const length = (this.#ends[piece] ?? 0) - start;
    const share = length > 0 ? (time - start) / length : 0;
    const at = piece * COLUMNS;
    for (let c = 0; c < COLUMNS; c++) {
      const before = piece === 0 ? 0 : (this.#sums[at - COLUMNS + c] ?? 0);
      into[c] = before + ((this.#sums[at + c] ?? 0) - before) * share;
    }
  }

  /** The first piece that ends at or after `time`. */
  #pieceAt(time: number): number {
    let low = 0;
    let high = this.#pieces - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ends[middle] ?? 0) >= time) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #append(end: number, length: number): void {
    if (this.#pieces === this.#ends.length) this.#grow();
    const at = this.#pieces * COLUMNS;
    for (let c = 0; c < COLUMNS; c++) {
      const before = at === 0 ? 0 : (this.#sums[at - COLUMNS + c] ?? 0);
      this.#sums[at + c] = before + (this.#values[c] ?? 0) * length;
    }
    this.#ends[this.#pieces] = end;
    this.#pieces += 1;
  }

  #grow(): void {
    const ends = new Float64Array(this.#ends.length * 2);
    const sums = new Float64Array(this.#sums.length * 2);
    ends.set(this.#ends);
    sums.set(this.#sums);
    this.#ends = ends;
    this.#sums = sums;
  }

  /** Scores the moment `time`, in `segment` of the planned load. */
  #look(
    node: PlannedNode,
    skyline: Skyline,
    segment: number,
    demand: Load,
    placed: boolean,
    time: number,
  ): void {
    let contention = 0;
    let before = 0;
    let speed = 1;
    let until = Infinity;
    const others = placed ? 0 : skyline.loadOf(segment, TASKS);
    for (let r = 0; r < RESOURCES.length; r++) {
      const asked = demand[r] ?? 0;
      if (asked === 0) continue;
      const load = skyline.loadOf(segment, r);
      const total = placed ? load : load + asked;
      const forecast = node.outlook[r];
      if (forecast === undefined) {
        if (total > (node.limits[r] ?? 0)) contention = 1;
        continue;
      }
      const { levels, values } = forecast;
      const step = stepAt(forecast, time);
      until = Math.min(until, endOfStep(forecast, step));
      const offset = step * levels.length;
      const short = shortfallProbability(levels, values, offset, total);
      if (short === 0) continue;
      contention = Math.max(contention, short);
      if (others > 0 && load > 0)
        before = Math.max(before, shortfallProbability(levels, values, offset, load));
      const capacity = node.capacity[r] ?? 0;
      const left = expectedSpeed(forecast.weights, values, offset, total, capacity, this.#sharing);
      speed = Math.min(speed, left);
    }
    const addedToEach = others > 0 ? Math.max(0, contention - before) : 0;
    this.#values[CONTENTION] = contention;
    this.#values[ADDED] = others * addedToEach;
    this.#values[ADDED_TO_EACH] = addedToEach;
    this.#values[SPEED] = speed;
    this.#until = until;
  }
}
