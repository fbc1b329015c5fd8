/** Tasks by the time at which they become ready, each once. Of two at one time the lower number is first. */
import { PriorityQueue } from './priority-queue.ts';

export class ReleaseQueue {
  /** By task: the time, negative, since the highest comes first. */
  readonly #negatives: Float64Array;
  readonly #queue: PriorityQueue;

  constructor(tasks: number) {
    this.#negatives = new Float64Array(tasks);
    this.#queue = new PriorityQueue(this.#negatives);
  }

  clear(): void {
    this.#queue.clear();
  }

  /** Infinity: there is none. */
  get nextTime(): number {
    const { first } = this.#queue;
    return first < 0 ? Infinity : -(this.#negatives[first] ?? 0);
  }

  push(time: number, task: number): void {
    this.#negatives[task] = -time;
    this.#queue.push(task);
  }

  /** -1: there is none. */
  pop(): number {
    return this.#queue.pop();
  }
}
