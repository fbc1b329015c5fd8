/**
 * A workflow's graph by position of its tasks: order, and upward ranks. Pure structure; that there is no cycle
 * is checked elsewhere (`core/workflow`), and here a task on a cycle merely gets no place in the order.
 */
import type { DataSet, TaskSnapshot } from './snapshot.ts';

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
  const positions = new Map(tasks.map((task, i) => [task.name, i]));
  const known = tasks.map((task) => distinct(task.dependencies).map((name) => positions.get(name)));
  const dependencies = known.map((list) => list.flatMap((d) => d ?? []));
  const dependents: number[][] = tasks.map(() => []);
  dependencies.forEach((list, i) => {
    for (const d of list) dependents[d]?.push(i);
  });
  return {
    positions,
    order: topologicalOrder(
      known.map((list) => list.length),
      dependents,
    ),
    dependencies,
    dependents,
    ...bytesOf(tasks, dependencies),
  };
}

function distinct(names: readonly string[]): readonly string[] {
  return names.length < 2 ? names : [...new Set(names)];
}

/** Data sets are put into maps once, however many read them. */
function bytesOf(
  tasks: readonly DagTask[],
  dependencies: readonly (readonly number[])[],
): Pick<Dag, 'inputBytes' | 'externalBytes'> {
  const written = tasks.map(({ outputs }) => bytesByName(outputs));
  const reads = tasks.map(({ inputs }, i) => readsOf(bytesByName(inputs), dependencies[i] ?? [], written));
  return { inputBytes: reads.map((r) => r.inputBytes), externalBytes: reads.map((r) => r.externalBytes) };
}

/** Kahn's algorithm. `missing`: dependencies that each task waits for; one that is unknown is waited for in vain. */
function topologicalOrder(missing: number[], dependents: readonly (readonly number[])[]): number[] {
  const order = [...missing.keys()].filter((i) => missing[i] === 0);
  for (const i of order) {
    for (const dependent of dependents[i] ?? []) {
      const left = (missing[dependent] ?? 0) - 1;
      missing[dependent] = left;
      if (left === 0) order.push(dependent);
    }
  }
  return order;
}

type BytesByName = ReadonlyMap<string, number>;

const NOTHING: BytesByName = new Map();

function bytesByName(sets: readonly DataSet[]): BytesByName {
  return sets.length === 0 ? NOTHING : new Map(sets.map(({ name, bytes }) => [name, bytes]));
}

/** What a task reads of each dependency, and of the outside. */
function readsOf(
  inputs: BytesByName,
  dependencies: readonly number[],
  written: readonly BytesByName[],
): { readonly inputBytes: readonly number[]; readonly externalBytes: number } {
  const inside = new Set<string>();
  const inputBytes = dependencies.map((d) => sharedBytes(inputs, written[d] ?? NOTHING, inside));
  let outside = 0;
  for (const [name, bytes] of inputs) if (!inside.has(name)) outside += bytes;
  return { inputBytes, externalBytes: outside };
}

/**
 * The reader says how much it reads; a set of which it does not say so is read as a whole. A task that gathers has many
 * inputs, one that scatters many outputs: the fewer of both are gone through.
 */
function sharedBytes(inputs: BytesByName, outputs: BytesByName, shared: Set<string>): number {
  let bytes = 0;
  for (const [name] of inputs.size <= outputs.size ? inputs : outputs) {
    const read = inputs.get(name);
    const whole = outputs.get(name);
    if (read === undefined || whole === undefined) continue;
    shared.add(name);
    bytes += read > 0 ? read : whole;
  }
  return bytes;
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
