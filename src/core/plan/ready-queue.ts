/**
 * Tasks that are ready, by group and in the order of placement. One round goes through them in that order, over
 * all groups; where a task of a group finds no node, those behind it are alike and need not be asked.
 *
 * A round keeps the groups that have a turn to come in a binary heap, by the position of their next task: where no two
 * tasks are alike, there are as many groups as tasks.
 */
export class ReadyQueue {
  readonly #position: Int32Array;
  readonly #group: Int32Array;
  readonly #lists: number[][];
  /** Where the round is in each list. */
  readonly #cursor: number[];
  /** Groups that have a turn to come, the first of all at the root. */
  readonly #heap: number[] = [];
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
    const heap = this.#heap;
    heap.length = 0;
    this.#cursor.fill(0);
    this.#lists.forEach((list, g) => {
      if (list.length > 0) heap.push(g);
    });
    for (let at = (heap.length >> 1) - 1; at >= 0; at--) this.#sink(at);
  }

  /** The task whose turn it is; -1: the round is over. */
  turn(): number {
    const [g] = this.#heap;
    return g === undefined ? -1 : (this.#lists[g]?.[this.#cursor[g] ?? 0] ?? -1);
  }

  /** The task whose turn it is was placed; true where it was the last of its group. */
  take(task: number): boolean {
    const g = this.#group[task] ?? 0;
    const list = this.#lists[g] ?? [];
    list.splice(this.#cursor[g] ?? 0, 1);
    this.#size -= 1;
    this.#goOn(g);
    return list.length === 0;
  }

  /** It was not; the next of its group is the first that `isWorthTrying`; undefined: none is. */
  skip(task: number, isWorthTrying?: (task: number) => boolean): void {
    const g = this.#group[task] ?? 0;
    const list = this.#lists[g] ?? [];
    let at = isWorthTrying === undefined ? list.length : (this.#cursor[g] ?? 0) + 1;
    while (at < list.length && isWorthTrying?.(list[at] ?? 0) === false) at += 1;
    this.#cursor[g] = at;
    this.#goOn(g);
  }

  /** The root's next task is another one, or there is none. */
  #goOn(g: number): void {
    const heap = this.#heap;
    if ((this.#cursor[g] ?? 0) >= (this.#lists[g]?.length ?? 0)) {
      const last = heap.pop();
      if (heap.length === 0 || last === undefined) return;
      heap[0] = last;
    }
    this.#sink(0);
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const g = heap[from] ?? 0;
    const own = this.#next(g);
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= heap.length) break;
      const isRight = left + 1 < heap.length && this.#next(heap[left + 1] ?? 0) < this.#next(heap[left] ?? 0);
      const child = isRight ? left + 1 : left;
      if (this.#next(heap[child] ?? 0) >= own) break;
      heap[at] = heap[child] ?? 0;
      at = child;
    }
    heap[at] = g;
  }

  /** Position of a group's next task. */
  #next(g: number): number {
    return this.#position[this.#lists[g]?.[this.#cursor[g] ?? 0] ?? 0] ?? 0;
  }
}
