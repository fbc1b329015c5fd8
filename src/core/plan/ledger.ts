/** What has been decided so far in one pass: placements of tasks, and the load that they make. */
import { Occupants } from './occupants.ts';
import type { PlannedNode } from './planned-node.ts';
import type { PlannedTask, PlannedWorkflow, Problem } from './problem.ts';
import { ceilToSecond, DIMENSIONS, Skyline, TASKS } from './skyline.ts';
import type { Alternative, AssignmentReason } from './snapshot.ts';
import { WindowScores } from './window-scores.ts';

export interface PlacedTask {
  readonly nodeName: string;
  /** Undefined where the node is gone: a task is shown where it was, and takes nothing. */
  readonly node: PlannedNode | undefined;
  readonly start: number;
  readonly end: number;
  readonly reason: AssignmentReason;
  readonly alternatives: readonly Alternative[];
}

const ONE_TASK = Float64Array.from({ length: DIMENSIONS }, (_, d) => (d === TASKS ? 1 : 0));

interface Books {
  readonly skylines: readonly Skyline[];
  readonly occupants: readonly Occupants[];
  /** Tasks of each workflow that run at once. */
  readonly running: ReadonlyMap<PlannedWorkflow, Skyline>;
  readonly placed: Map<PlannedTask, PlacedTask>;
}

export class Ledger {
  readonly #problem: Problem;
  readonly #scores: WindowScores;
  readonly #books: Books;

  private constructor(problem: Problem, books: Books) {
    this.#problem = problem;
    this.#scores = new WindowScores(problem.snapshot.sharing);
    this.#books = books;
  }

  static empty(problem: Problem): Ledger {
    return new Ledger(problem, {
      skylines: problem.nodes.map(() => new Skyline()),
      occupants: problem.nodes.map(() => new Occupants()),
      running: new Map(problem.workflows.map((w) => [w, new Skyline()])),
      placed: new Map(),
    });
  }

  clone(): Ledger {
    const { skylines, occupants, running, placed } = this.#books;
    return new Ledger(this.#problem, {
      skylines: skylines.map((s) => s.clone()),
      occupants: occupants.map((o) => o.clone()),
      running: new Map([...running].map(([workflow, skyline]) => [workflow, skyline.clone()])),
      placed: new Map(placed),
    });
  }

  of(task: PlannedTask): PlacedTask | undefined {
    return this.#books.placed.get(task);
  }

  skyline(node: PlannedNode): Skyline {
    return on(this.#books.skylines, node);
  }

  occupants(node: PlannedNode): Occupants {
    return on(this.#books.occupants, node);
  }

  /** @param reservedUntil where the task is expected to take its node for longer than its window says */
  place(task: PlannedTask, placed: PlacedTask, reservedUntil = placed.end): void {
    this.#books.placed.set(task, placed);
    this.#books.running.get(task.workflow)?.add(placed.start, reservedUntil, ONE_TASK);
    const { node } = placed;
    if (node === undefined) return;
    const skyline = this.skyline(node);
    const from = Math.max(this.#problem.now, placed.start);
    this.#scores.fill(node, skyline, task.demand, from, reservedUntil);
    this.occupants(node).add(this.#scores, from, reservedUntil, task.workflow.snapshot.contentionCeiling);
    skyline.add(placed.start, reservedUntil, task.demand);
  }

  /** Notes a task that takes nothing any more. */
  note(task: PlannedTask, placed: PlacedTask): void {
    this.#books.placed.set(task, placed);
  }

  /** The earliest start at or after `from` at which the workflow's parallelism allows one more task. */
  earliestTurn(task: PlannedTask, from: number, duration: number): number {
    const { parallelism } = task.workflow.snapshot;
    const running = this.#books.running.get(task.workflow);
    if (parallelism === undefined || running === undefined) return ceilToSecond(from);
    const limits = ONE_TASK.map((d) => d * Math.max(1, parallelism));
    return running.earliestFit(from, duration, ONE_TASK, limits);
  }

  /**
   * The earliest start at or after `from` at which the node has room for the task's whole run, and it is the
   * task's turn. Infinity where the node never has room.
   */
  earliestStart(task: PlannedTask, node: PlannedNode, from: number, duration: number): number {
    const skyline = this.skyline(node);
    let start = skyline.earliestFit(from, duration, task.demand, node.limits);
    // Each round goes to a later end of some task, of which there are finitely many.
    while (start !== Infinity) {
      const turn = this.earliestTurn(task, start, duration);
      if (turn === start) break;
      start = skyline.earliestFit(turn, duration, task.demand, node.limits);
    }
    return start;
  }
}

function on<T>(list: readonly T[], node: PlannedNode): T {
  const item = list[node.index];
  if (item === undefined) throw new Error(`node ${node.name} is not one of this plan`);
  return item;
}
