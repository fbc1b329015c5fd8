/** Tasks by priority: a binary heap. Of two that are alike the lower number is first. */
export class PriorityQueue {
  readonly #priority: Float64Array;
  readonly #heap: number[] = [];

  /** @param priority by task; of those that are in the queue it must not change */
  constructor(priority: Float64Array) {
    this.#priority = priority;
  }

  clear(): void {
    this.#heap.length = 0;
  }

  /** The task that `pop` would return; -1: there is none. */
  get first(): number {
    return this.#heap[0] ?? -1;
  }

  push(task: number): void {
    const heap = this.#heap;
    let at = heap.push(task) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** -1: there is none. */
  pop(): number {
    const heap = this.#heap;
    const [task = -1] = heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return task;
    heap[0] = last;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= heap.length) return task;
      const child = left + 1 < heap.length && this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#isBefore(child, at)) return task;
      this.#swap(at, child);
      at = child;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const first = this.#heap[a] ?? 0;
    const second = this.#heap[b] ?? 0;
    const pa = this.#priority[first] ?? 0;
    const pb = this.#priority[second] ?? 0;
    return pa > pb || (pa === pb && first < second);
  }

  #swap(a: number, b: number): void {
    const task = this.#heap[a] ?? 0;
    this.#heap[a] = this.#heap[b] ?? 0;
    this.#heap[b] = task;
  }
}
