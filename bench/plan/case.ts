/**
 * Cases for scoring plans: a recorded workflow (WfFormat 1.5), nodes, and the true background load of each.
 *
 * Demands that the recording lacks are drawn by task type from a hash, so that a case is the same everywhere.
 * Units: seconds, cores, GiB, devices, Gbit/s; data in bytes.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';

export const GIB = 1024 ** 3;

export interface CaseTask {
  readonly name: string;
  /** Copy of the workflow that it belongs to. */
  readonly workflow: number;
  readonly work: number;
  /** cpu, memory, gpu, network. */
  readonly demand: readonly number[];
  readonly parents: readonly number[];
  readonly parentBytes: readonly number[];
  readonly children: readonly number[];
  readonly externalBytes: number;
  readonly release: number;
}

export interface CaseNode {
  readonly name: string;
  readonly speed: number;
  readonly capacity: readonly number[];
  /** Bytes per second. */
  readonly bandwidth: number;
  /** By slot: the load of the four resources. */
  readonly background: readonly (readonly number[])[];
}

export interface Case {
  readonly name: string;
  readonly tasks: readonly CaseTask[];
  readonly nodes: readonly CaseNode[];
  readonly workflows: number;
  readonly slotSeconds: number;
  /** Index of the background's slot in which the workflow's time 0 lies. */
  readonly startSlot: number;
}

/** What a case's JSON holds. */
export interface CaseFile {
  name: string;
  workflow: string;
  background: string;
  slotSeconds?: number;
  startSlot: number;
  gpuFraction?: number;
  seed?: number;
  demand?: 'mixed' | 'recorded';
  stretch?: number;
  copies?: number;
  staggerSeconds?: number;
  nodes: {
    id: string;
    cpu: number;
    mem: number;
    gpu?: number;
    speed?: number;
    net?: number;
    backgroundSeries?: string;
  }[];
}

export function loadCase(file: string): Case {
  return buildCase(JSON.parse(readText(file)) as CaseFile, dirname(file));
}

export function buildCase(of: CaseFile, folder: string): Case {
  const series = readBackground(resolve(folder, of.background));
  const tasks: CaseTask[] = [];
  const copies = of.copies ?? 1;
  const record = JSON.parse(readText(resolve(folder, of.workflow))) as WfFormat;
  for (let copy = 0; copy < copies; copy++) {
    tasks.push(...readWorkflow(record, of, copy, tasks.length));
  }
  const nodes = of.nodes.map((n): CaseNode => {
    const capacity = [n.cpu, n.mem, n.gpu ?? 0, n.net ?? 1];
    const fractions = series.get(n.backgroundSeries ?? n.id) ?? [[0, 0, 0, 0]];
    return {
      name: n.id,
      speed: n.speed ?? 1,
      capacity,
      bandwidth: ((n.net ?? 1) * 1e9) / 8,
      background: fractions.map((row) => row.map((f, r) => f * (capacity[r] ?? 0))),
    };
  });
  return {
    name: of.name,
    tasks,
    nodes,
    workflows: copies,
    slotSeconds: of.slotSeconds ?? 300,
    startSlot: of.startSlot,
  };
}

/** The background of a node in a slot, counted from the workflow's time 0. */
export function backgroundAt(of: Case, node: number, slot: number): readonly number[] {
  const rows = of.nodes[node]?.background ?? [];
  return rows[Math.min(of.startSlot + slot, rows.length - 1)] ?? [0, 0, 0, 0];
}

function readText(file: string): string {
  const bytes = readFileSync(file);
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

const backgrounds = new Map<string, Map<string, number[][]>>();

/** CSV: slot,series,cpu,mem,gpu,net as fractions. */
function readBackground(file: string): Map<string, number[][]> {
  const known = backgrounds.get(file);
  if (known !== undefined) return known;
  const series = new Map<string, number[][]>();
  for (const line of readText(file).split('\n').slice(1)) {
    const [, name, ...values] = line.trim().split(',');
    if (name === undefined) continue;
    const rows = series.get(name) ?? [];
    series.set(name, rows);
    rows.push(values.map(Number));
  }
  backgrounds.set(file, series);
  return series;
}

interface WfFormat {
  readonly name: string;
  readonly workflow: {
    readonly specification: {
      readonly tasks: readonly {
        readonly id: string;
        readonly name: string;
        readonly parents?: readonly string[];
        readonly inputFiles?: readonly string[];
        readonly outputFiles?: readonly string[];
      }[];
      readonly files?: readonly { readonly id: string; readonly sizeInBytes: number }[];
    };
    readonly execution?: {
      readonly tasks?: readonly {
        readonly id: string;
        readonly runtimeInSeconds?: number;
        readonly memoryInBytes?: number;
        readonly coreCount?: number;
        readonly avgCPU?: number;
      }[];
    };
  };
}

/** The tasks of a recorded workflow alone. */
export function loadWorkflow(file: string): CaseTask[] {
  const of = { name: file, workflow: file, background: '', startSlot: 0, nodes: [] };
  return readWorkflow(JSON.parse(readText(file)) as WfFormat, of, 0, 0);
}

function readWorkflow(record: WfFormat, of: CaseFile, copy: number, offset: number): CaseTask[] {
  const { specification, execution } = record.workflow;
  const stretch = of.stretch ?? 1;
  const seed = (of.seed ?? 0) + copy;
  const sizes = new Map((specification.files ?? []).map((f) => [f.id, f.sizeInBytes]));
  const runs = new Map((execution?.tasks ?? []).map((t) => [t.id, t]));
  const specs = new Map(specification.tasks.map((t) => [t.id, t]));
  const order = topologicalOrder(specification.tasks);
  const index = new Map(order.map((id, i) => [id, i]));
  const total = (files: Iterable<string>): number =>
    [...files].reduce((sum, file) => sum + (sizes.get(file) ?? 0), 0) * stretch;
  const children: number[][] = order.map(() => []);
  const tasks = order.map((id, i): CaseTask => {
    const spec = specs.get(id);
    const run = runs.get(id);
    const type = typeOf(spec?.name ?? '');
    const draw = (what: string): number => hash01(seed, record.name, type, what);
    const recordedMemory = (run?.memoryInBytes ?? 0) / GIB;
    let cpu = Math.max(1, run?.coreCount ?? 1, Math.ceil((run?.avgCPU ?? 0) / 100));
    let memory = Math.max(0.1, recordedMemory || 0.5);
    let gpu = 0;
    if ((of.demand ?? 'mixed') === 'mixed') {
      cpu = Math.max(cpu, [1, 1, 2, 4][Math.trunc(4 * draw('cpu'))] ?? 1);
      memory = Math.max(recordedMemory, [1, 2, 4, 8][Math.trunc(4 * draw('mem'))] ?? 1);
      gpu = draw('gpu') < (of.gpuFraction ?? 0.1) ? 1 : 0;
    }
    const inputs = new Set(spec?.inputFiles ?? []);
    const inside = new Set<string>();
    const parents = [...new Set(spec?.parents ?? [])].sort();
    const parentBytes = parents.map((parent) => {
      const shared = (specs.get(parent)?.outputFiles ?? []).filter((file) => inputs.has(file));
      for (const file of shared) inside.add(file);
      children[index.get(parent) ?? 0]?.push(offset + i);
      return total(new Set(shared));
    });
    return {
      name: `t${String(offset + i).padStart(5, '0')}`,
      workflow: copy,
      work: Math.max(0.1, run?.runtimeInSeconds ?? 0.1) * stretch,
      demand: [cpu, memory, gpu, 0],
      parents: parents.map((parent) => offset + (index.get(parent) ?? 0)),
      parentBytes,
      children: children[i] ?? [],
      externalBytes: total([...inputs].filter((file) => !inside.has(file))),
      release: copy * (of.staggerSeconds ?? 0),
    };
  });
  return tasks;
}

function topologicalOrder(tasks: WfFormat['workflow']['specification']['tasks']): string[] {
  const missing = new Map(tasks.map((t) => [t.id, new Set(t.parents ?? []).size]));
  const children = new Map<string, string[]>(tasks.map((t) => [t.id, []]));
  for (const task of tasks)
    for (const parent of new Set(task.parents ?? [])) children.get(parent)?.push(task.id);
  const stack = tasks.filter((t) => missing.get(t.id) === 0).map((t) => t.id);
  const order: string[] = [];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    order.push(id);
    for (const child of children.get(id) ?? []) {
      const left = (missing.get(child) ?? 0) - 1;
      missing.set(child, left);
      if (left === 0) stack.push(child);
    }
  }
  return order;
}

/** Without Pegasus' `_ID0000123` and other numbers at the end. */
function typeOf(name: string): string {
  for (const separator of ['_ID', '_']) {
    const at = name.lastIndexOf(separator);
    const end = at < 0 ? '' : name.slice(at + separator.length);
    if (at > 0 && /^\d+$/.test(end)) return name.slice(0, at);
  }
  return name;
}

export function hash01(...parts: readonly (string | number)[]): number {
  const bytes = createHash('sha256').update(parts.join('|')).digest();
  return Number(bytes.readBigUInt64BE(0)) / 2 ** 64;
}
