/**
 * A WfCommons instance (WfFormat 1.5, https://github.com/wfcommons/wfformat) as a Workflow.
 *
 * Run times and what was recorded of CPU and memory are taken over; what was not is filled in as the caller says.
 * Files become data sets, so that planning knows what moves where.
 */
import { API_VERSION, MAX_TASKS } from '../../api/constants.ts';
import type { Task, Workflow } from '../../api/types.generated.ts';
import { InputError } from '../support/errors.ts';

export interface WfInstance {
  readonly name: string;
  readonly workflow: {
    readonly specification: {
      readonly tasks: readonly WfTask[];
      readonly files?: readonly { readonly id: string; readonly sizeInBytes: number }[];
    };
    readonly execution?: { readonly tasks?: readonly WfRun[] };
  };
}

interface WfTask {
  readonly id: string;
  readonly name: string;
  readonly parents?: readonly string[];
  readonly inputFiles?: readonly string[];
  readonly outputFiles?: readonly string[];
}

interface WfRun {
  readonly id: string;
  readonly runtimeInSeconds?: number;
  readonly memoryInBytes?: number;
  readonly coreCount?: number;
  /** Percent of one core. */
  readonly avgCPU?: number;
  readonly command?: { readonly program?: string };
}

export interface ImportOptions {
  readonly name?: string;
  readonly namespace?: string;
  readonly image: string;
  /** For tasks of which nothing was recorded. */
  readonly resources: Readonly<Record<string, string>>;
}

const MEBIBYTE = 1024 ** 2;
const LONGEST_NAME = 63;
/** As the schema of Workflow has it. */
const MOST_TEMPLATES = 64;

/** Throws an InputError where the text is no such instance. */
export function parseInstance(text: string, file: string): WfInstance {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError(`${file}: this is no JSON: ${reason}`, { cause: error });
  }
  const { workflow } = (value ?? {}) as { workflow?: { specification?: { tasks?: unknown } | null } | null };
  if (!Array.isArray(workflow?.specification?.tasks)) {
    throw new InputError(
      `${file}: workflow.specification.tasks is missing: this is no instance of WfFormat 1.5 (older ones can be converted with WfCommons)`,
    );
  }
  return value as WfInstance;
}

export function toWorkflow(instance: WfInstance, options: ImportOptions): Workflow {
  const { tasks, files = [] } = instance.workflow.specification;
  if (tasks.length > MAX_TASKS)
    throw new InputError(`${instance.name} has ${tasks.length} tasks: a Workflow holds ${MAX_TASKS} at most`);
  const runs = new Map((instance.workflow.execution?.tasks ?? []).map((run) => [run.id, run]));
  const names = uniqueNames(tasks.map((task) => task.id));
  const kinds = kindsOf(tasks, runs);
  const types = uniqueNames([...new Set(kinds.values())]);
  const data = new DataSets(tasks, new Map(files.map((f) => [f.id, f.sizeInBytes])));
  return {
    apiVersion: API_VERSION,
    kind: 'Workflow',
    metadata: {
      name: options.name ?? toName(instance.name),
      ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    },
    spec: {
      templates: [...types].map(([type, name]) => ({
        name,
        estimatedDurationSeconds: medianSeconds(
          tasks.filter((t) => kinds.get(t.id) === type).map((t) => secondsOf(runs.get(t.id))),
        ),
        template: { spec: { containers: [{ name: 'main', image: options.image }] } },
      })),
      tasks: tasks.map((task): Task => {
        const parents = [...new Set(task.parents ?? [])].map((parent) => names.get(parent) ?? parent);
        const run = runs.get(task.id);
        return {
          name: names.get(task.id) ?? '',
          templateRef: types.get(kinds.get(task.id) ?? '') ?? '',
          ...(parents.length === 0 ? {} : { dependencies: parents }),
          estimatedDurationSeconds: secondsOf(run),
          resources: { ...options.resources, ...recorded(run) },
          ...data.of(task),
        };
      }),
    },
  };
}

function secondsOf(run: WfRun | undefined): number {
  return Math.max(1, Math.round(run?.runtimeInSeconds ?? 1));
}

function medianSeconds(seconds: readonly number[]): number {
  return seconds.toSorted((a, b) => a - b)[Math.trunc(seconds.length / 2)] ?? 1;
}

/** By task: the program that it ran, or its name without a number. Where these are too many, all are of one kind. */
function kindsOf(tasks: readonly WfTask[], runs: ReadonlyMap<string, WfRun>): Map<string, string> {
  const kinds = new Map(tasks.map((t) => [t.id, runs.get(t.id)?.command?.program ?? typeOf(t.name)]));
  const isTooMany = new Set(kinds.values()).size > MOST_TEMPLATES;
  return isTooMany ? new Map(tasks.map((t) => [t.id, 'task'])) : kinds;
}

function recorded(run: WfRun | undefined): Record<string, string> {
  const cores = Math.max(run?.coreCount ?? 0, Math.ceil((run?.avgCPU ?? 0) / 100));
  const memory = run?.memoryInBytes ?? 0;
  return {
    ...(cores > 0 ? { cpu: String(cores) } : {}),
    ...(memory > 0 ? { memory: `${Math.ceil(memory / MEBIBYTE)}Mi` } : {}),
  };
}

/** Without the number that tells tasks of one kind apart. */
function typeOf(name: string): string {
  return name.replace(/_(ID)?\d+$/, '') || name;
}

/** Names that the API takes, each once, by the names that were. */
function uniqueNames(originals: readonly string[]): Map<string, string> {
  const taken = new Set<string>();
  return new Map(
    originals.map((original) => {
      const base = toName(original);
      let name = base;
      for (let n = 2; taken.has(name); n++) {
        const suffix = `-${n}`;
        name = `${base.slice(0, LONGEST_NAME - suffix.length)}${suffix}`;
      }
      taken.add(name);
      return [original, name];
    }),
  );
}

/** The end of a long name is kept: that is where its number is. */
function toName(text: string): string {
  const plain = text.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return plain.slice(-LONGEST_NAME).replace(/^-+|-+$/g, '') || 'task';
}

/** Files as data sets. A set is made once, and read only by what comes after its maker: other uses are left out. */
class DataSets {
  readonly #sizes: ReadonlyMap<string, number>;
  readonly #parents: ReadonlyMap<string, readonly string[]>;
  readonly #makers = new Map<string, string>();

  constructor(tasks: readonly WfTask[], sizes: ReadonlyMap<string, number>) {
    this.#sizes = sizes;
    this.#parents = new Map(tasks.map((task) => [task.id, task.parents ?? []]));
    for (const task of tasks) {
      for (const file of task.outputFiles ?? []) {
        if (!this.#makers.has(file)) this.#makers.set(file, task.id);
      }
    }
  }

  of(task: WfTask): Pick<Task, 'inputs' | 'outputs'> {
    const made = [...new Set(task.outputFiles ?? [])].filter((file) => this.#makers.get(file) === task.id);
    const read = [...new Set(task.inputFiles ?? [])].filter((file) => this.#isReadable(task.id, file));
    const size = (file: string): string => String(Math.max(0, Math.round(this.#sizes.get(file) ?? 0)));
    const inputs = read.map((name) => (this.#makers.has(name) ? { name } : { name, size: size(name) }));
    return {
      ...(inputs.length === 0 ? {} : { inputs }),
      ...(made.length === 0 ? {} : { outputs: made.map((name) => ({ name, size: size(name) })) }),
    };
  }

  #isReadable(task: string, file: string): boolean {
    const maker = this.#makers.get(file);
    if (maker === undefined) return true;
    const seen = new Set<string>();
    const open = [...(this.#parents.get(task) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (next === maker) return true;
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(...(this.#parents.get(next) ?? []));
    }
    return false;
  }
}
