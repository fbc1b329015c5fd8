/**
 * A workflow's graph by position of its tasks: order, and upward ranks. Pure structure; that there is no cycle
 * is checked elsewhere (`core/workflow`), and here a task on a cycle merely gets no place in the order.
 */
import type { TaskSnapshot } from './snapshot.ts';

export interface Dag {
  readonly positions: ReadonlyMap<string, number>;
  /** Positions, dependencies first and otherwise as declared. Tasks that can never be released (a cycle, an unknown dependency) are missing. */
  readonly order: readonly number[];
  /** Per task, each once. */
  readonly dependencies: readonly (readonly number[])[];
  readonly dependents: readonly (readonly number[])[];
  /** `inputBytes[i][d]`: what task i reads of what `dependencies[i][d]` has written. */
  readonly inputBytes: readonly (readonly number[])[];
  /** What each task reads that no dependency of it writes: it comes from outside the cluster. */
  readonly externalBytes: readonly number[];
}

type DagTask = Pick<TaskSnapshot, 'name' | 'dependencies' | 'inputs' | 'outputs'>;

export function buildDag(tasks: readonly DagTask[]): Dag {
  const positions = new Map<string, number>();
  tasks.forEach(({ name }, i) => positions.set(name, i));
  const dependents: number[][] = tasks.map(() => []);
  /** By task: dependencies that it waits for; one that is unknown is waited for in vain. */
  const missing = new Int32Array(tasks.length);
  const dependencies = tasks.map(({ dependencies: names }, i) => {
    const own: number[] = [];
    for (const name of names) {
      const d = positions.get(name);
      if (d === undefined) missing[i] = 1;
      else if (dependents[d]?.at(-1) !== i) {
        own.push(d);
        dependents[d]?.push(i);
      }
    }
    missing[i] = (missing[i] ?? 0) + own.length;
    return own;
  });
  const order = topologicalOrder(missing, dependents);
  return { positions, order, dependencies, dependents, ...bytesOf(tasks, dependencies) };
}

/** A data set by its name: who writes it, and how much. */
interface Written {
  /** NOBODY: it comes from outside. */
  readonly writer: number;
  readonly bytes: number;
  /** What another task writes of the same name. */
  readonly other: Written | undefined;
  /** The last task that was seen to read it. */
  reader: number;
}

const NOBODY = -1;

/** The reader says how much it reads; a set of which it does not say so is read as a whole. */
function bytesOf(
  tasks: readonly DagTask[],
  dependencies: readonly (readonly number[])[],
): Pick<Dag, 'inputBytes' | 'externalBytes'> {
  const sets = writtenBy(tasks);
  /** By task: where it is among the dependencies of the task that is looked at. */
  const place = new Int32Array(tasks.length);
  const externalBytes: number[] = [];
  const inputBytes = tasks.map(({ inputs }, reader) => {
    const own = dependencies[reader] ?? [];
    const bytes = own.map(() => 0);
    for (let k = 0; k < own.length; k++) place[own[k] ?? 0] = k + 1;
    let outside = 0;
    // From the last one on: of a set that is named twice, the last counts.
    for (let i = inputs.length - 1; i >= 0; i--) {
      const { name, bytes: read } = inputs[i] ?? { name: '', bytes: 0 };
      let set = sets.get(name);
      if (set === undefined) {
        set = { writer: NOBODY, bytes: 0, other: undefined, reader: NOBODY };
        sets.set(name, set);
      }
      if (set.reader === reader) continue;
      set.reader = reader;
      let isInside = false;
      for (let of: Written | undefined = set; of !== undefined; of = of.other) {
        const k = (place[of.writer] ?? 0) - 1;
        if (k < 0) continue;
        bytes[k] = (bytes[k] ?? 0) + (read > 0 ? read : of.bytes);
        isInside = true;
      }
      if (!isInside) outside += read;
    }
    for (const d of own) place[d] = 0;
    externalBytes.push(outside);
    return bytes;
  });
  return { inputBytes, externalBytes };
}

function writtenBy(tasks: readonly DagTask[]): Map<string, Written> {
  const sets = new Map<string, Written>();
  tasks.forEach(({ outputs }, writer) => {
    for (const { name, bytes } of outputs) {
      const before = sets.get(name);
      const other = before?.writer === writer ? before.other : before;
      sets.set(name, { writer, bytes, other, reader: NOBODY });
    }
  });
  return sets;
}

/** Kahn's algorithm. */
function topologicalOrder(missing: Int32Array, dependents: readonly (readonly number[])[]): number[] {
  const order: number[] = [];
  for (let i = 0; i < missing.length; i++) if (missing[i] === 0) order.push(i);
  for (const i of order) {
    for (const dependent of dependents[i] ?? []) {
      const left = (missing[dependent] ?? 0) - 1;
      missing[dependent] = left;
      if (left === 0) order.push(dependent);
    }
  }
  return order;
}

/**
 * Upward rank (HEFT; Topcuoglu, Hariri and Wu, 2002): the longest way from a task's start to the end of the
 * workflow, in seconds, with mean durations and mean transfers.
 */
export function upwardRanks(dag: Dag, durations: readonly number[], secondsPerByte: number): Float64Array {
  const ranks = new Float64Array(dag.dependencies.length);
  for (const i of dag.order.toReversed()) {
    // Dependents have written into the rank already what follows the task.
    const rank = (ranks[i] ?? 0) + (durations[i] ?? 0);
    ranks[i] = rank;
    dag.dependencies[i]?.forEach((d, k) => {
      const transfer = (dag.inputBytes[i]?.[k] ?? 0) * secondsPerByte;
      ranks[d] = Math.max(ranks[d] ?? 0, transfer + rank);
    });
  }
  return ranks;
}
