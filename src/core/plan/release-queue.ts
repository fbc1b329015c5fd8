/** Tasks by the time at which they become ready: a binary heap. Of two at one time the lower number is first. */
export class ReleaseQueue {
  readonly #times: number[] = [];
  readonly #tasks: number[] = [];

  clear(): void {
    this.#times.length = 0;
    this.#tasks.length = 0;
  }

  /** Infinity: there is none. */
  get nextTime(): number {
    return this.#times[0] ?? Infinity;
  }

  push(time: number, task: number): void {
    let at = this.#times.length;
    this.#times.push(time);
    this.#tasks.push(task);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** -1: there is none. */
  pop(): number {
    const [task = -1] = this.#tasks;
    const last = this.#times.length - 1;
    if (last < 0) return -1;
    this.#swap(0, last);
    this.#times.pop();
    this.#tasks.pop();
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= last) return task;
      const child = left + 1 < last && this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#isBefore(child, at)) return task;
      this.#swap(at, child);
      at = child;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [ta = 0, tb = 0] = [this.#times[a], this.#times[b]];
    return ta < tb || (ta === tb && (this.#tasks[a] ?? 0) < (this.#tasks[b] ?? 0));
  }

  #swap(a: number, b: number): void {
    const time = this.#times[a] ?? 0;
    this.#times[a] = this.#times[b] ?? 0;
    this.#times[b] = time;
    const task = this.#tasks[a] ?? 0;
    this.#tasks[a] = this.#tasks[b] ?? 0;
    this.#tasks[b] = task;
  }
}
