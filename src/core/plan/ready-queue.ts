/**
 * Tasks that are ready, by group and in the order of placement. One round goes through them in that order, over
 * all groups; where a task of a group finds no node, those behind it are alike and need not be asked.
 */
export class ReadyQueue {
  readonly #position: Int32Array;
  readonly #group: Int32Array;
  readonly #lists: number[][];
  /** Where the round is in each list; past its end: the group is closed. */
  readonly #cursor: number[];
  #size = 0;

  constructor(groups: number, group: Int32Array, position: Int32Array) {
    this.#group = group;
    this.#position = position;
    this.#lists = Array.from({ length: groups }, () => []);
    this.#cursor = this.#lists.map(() => 0);
  }

  get size(): number {
    return this.#size;
  }

  clear(): void {
    for (const list of this.#lists) list.length = 0;
    this.#size = 0;
  }

  add(task: number): void {
    const list = this.#lists[this.#group[task] ?? 0];
    if (list === undefined) return;
    const position = this.#position[task] ?? 0;
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#position[list[middle] ?? 0] ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    list.splice(low, 0, task);
    this.#size += 1;
  }

  beginRound(): void {
    this.#cursor.fill(0);
  }

  /** The task whose turn it is; -1: the round is over. */
  turn(): number {
    let task = -1;
    let first = Infinity;
    for (let g = 0; g < this.#lists.length; g++) {
      const candidate = this.#lists[g]?.[this.#cursor[g] ?? 0];
      if (candidate === undefined) continue;
      const position = this.#position[candidate] ?? 0;
      if (position >= first) continue;
      first = position;
      task = candidate;
    }
    return task;
  }

  /** The task whose turn it is was placed; true where it was the last of its group. */
  take(task: number): boolean {
    const g = this.#group[task] ?? 0;
    const list = this.#lists[g] ?? [];
    list.splice(this.#cursor[g] ?? 0, 1);
    this.#size -= 1;
    return list.length === 0;
  }

  /** It was not; the next of its group is the first that `isWorthTrying`; undefined: none is. */
  skip(task: number, isWorthTrying?: (task: number) => boolean): void {
    const g = this.#group[task] ?? 0;
    const list = this.#lists[g] ?? [];
    if (isWorthTrying === undefined) {
      this.#cursor[g] = list.length;
      return;
    }
    let at = (this.#cursor[g] ?? 0) + 1;
    while (at < list.length && !isWorthTrying(list[at] ?? 0)) at += 1;
    this.#cursor[g] = at;
  }
}
