/**
 * The history under one directory (README: layout and rules).
 *
 * One process writes (the operator that leads), any number read. Writes of one store are done one after another.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RESOURCES, resourceVector } from '../core/resources.ts';
import {
  FRACTION_COLUMNS,
  SAMPLE_COLUMNS,
  TASK_RUN_COLUMNS,
  measured,
  sampleRow,
  taskRunRow,
} from './columns.ts';
import type { Column, Row } from './columns.ts';
import type { Table } from './decode.ts';
import { encodeParquet } from './encode.ts';
import {
  DAY_MS,
  dayFolder,
  dayOf,
  errorCode,
  listNames,
  listParquet,
  makeFolder,
  uniqueName,
  writeWhole,
} from './files.ts';
import { foldArea, removeOldDays } from './fold.ts';
import { fromFractions } from './fractions.ts';
import { readPartition, readTable } from './partition.ts';
import type { Partition, Unreadable } from './partition.ts';
import { listQuarantined, setAside } from './quarantine.ts';
import { HistoryGatherer } from './series-builder.ts';
import type {
  HistoryOptions,
  HistoryProblem,
  HistoryQuery,
  HistoryStat,
  NodeHistory,
  NodeSample,
  TaskRun,
} from './types.ts';

const SAMPLES = 'samples';
const TASKS = 'tasks';
const AREAS = [
  { name: SAMPLES, columns: SAMPLE_COLUMNS },
  { name: TASKS, columns: TASK_RUN_COLUMNS },
] as const;

/** What `read` needs: capacities are kept for other tools, and left unread. */
const LOAD_COLUMNS: readonly Column[] = SAMPLE_COLUMNS.filter(
  (column) => !column.name.startsWith('capacity_'),
);

/** How long a task run may have lasted for `readTaskRuns` to look in the right days: they are filed under their end. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** One pass over the files: what was read and what could not be. */
interface Pass {
  files: number;
  readonly problems: HistoryProblem[];
}

export class HistoryStore {
  readonly root: string;
  readonly #options: HistoryOptions;
  /** Problems that `onProblem` has been told of. */
  readonly #told = new Set<string>();
  /** The last write: the next one waits for it. */
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(root: string, options: HistoryOptions) {
    this.root = root;
    this.#options = options;
  }

  /** Makes the directory where it is missing (unless `readOnly`). Throws where `root` is no directory. */
  static async open(root: string, options: HistoryOptions): Promise<HistoryStore> {
    if (options.readOnly !== true) await makeFolder(root);
    const info = await stat(root).catch((error: unknown) => {
      throw errorCode(error) === 'ENOENT' ? new Error(`history: there is no directory ${root}`) : error;
    });
    if (!info.isDirectory()) throw new Error(`history: ${root} is no directory`);
    return new HistoryStore(root, options);
  }

  /** Resolves when the rows are durable. Rows of several days become a file a day: each whole or not there. */
  append(samples: readonly NodeSample[]): Promise<void> {
    return this.#append(SAMPLES, SAMPLE_COLUMNS, samples, (sample) => sample.time, sampleRow);
  }

  /** As `append`; runs are filed under the day in which they ended. */
  appendTaskRuns(runs: readonly TaskRun[]): Promise<void> {
    return this.#append(TASKS, TASK_RUN_COLUMNS, runs, (run) => run.end, taskRunRow);
  }

  /** Loads by node, in order of name, from both layouts; the operator's own rows win over a user's of the same time. */
  async read(query: HistoryQuery = {}): Promise<ReadonlyMap<string, NodeHistory>> {
    return this.#read(query, { files: 0, problems: [] });
  }

  /** Runs that ended in the range, in order of their end. */
  async readTaskRuns(query: Omit<HistoryQuery, 'nodes'> = {}): Promise<readonly TaskRun[]> {
    return this.#readTaskRuns(rangeOf(query), { files: 0, problems: [] });
  }

  /** Folds small files, removes days past their retention (30 days unless told) and what crashed writers left. */
  async maintain(
    options: { retentionDays?: number } = {},
  ): Promise<{ foldedFiles: number; removedDays: number }> {
    return this.#write(async () => {
      const now = this.#options.now();
      let foldedFiles = 0;
      let removedDays = 0;
      for (const { name, columns } of AREAS) {
        const area = join(this.root, name);
        removedDays += await removeOldDays(area, now, options.retentionDays ?? 30);
        foldedFiles += await foldArea(area, columns, now, (day) =>
          this.#unreadable(join(name, day), { files: 0, problems: [] }),
        );
      }
      return { foldedFiles, removedDays };
    });
  }

  /** Reads everything there is. */
  async stat(): Promise<HistoryStat> {
    const pass: Pass = { files: 0, problems: [] };
    const histories = await this.#read({}, pass);
    const runs = await this.#readTaskRuns({ from: -Infinity, to: Infinity }, pass);
    const filled = [...histories.values()];
    const skipped = pass.problems.filter((problem) => problem.action !== 'Quarantined');
    return {
      rows: filled.reduce((sum, history) => sum + history.time.length, 0),
      taskRuns: runs.length,
      nodes: [...histories.keys()],
      from: extreme(
        filled.map((history) => history.time[0]),
        Math.min,
      ),
      to: extreme(
        filled.map((history) => history.time.at(-1)),
        Math.max,
      ),
      files: pass.files,
      damaged: [...(await listQuarantined(this.root)), ...skipped],
    };
  }

  /** Waits for writes under way. */
  async close(): Promise<void> {
    await this.#writing;
  }

  async #append<T>(
    area: string,
    columns: readonly Column[],
    items: readonly T[],
    timeOf: (item: T) => number,
    rowOf: (item: T) => Row,
  ): Promise<void> {
    const days = Map.groupBy(items, (item) => dayFolder(timeOf(item)));
    await this.#write(async () => {
      for (const [day, ofDay] of days) {
        const bytes = await encodeParquet(columns, ofDay.map(rowOf));
        const first = ofDay.reduce((min, item) => Math.min(min, timeOf(item)), Infinity);
        await writeWhole(join(this.root, area, day), uniqueName('', first), bytes);
      }
    });
  }

  /** Runs `work` after every write before it, whether those succeeded or not. */
  async #write<T>(work: () => Promise<T>): Promise<T> {
    if (this.#options.readOnly === true) throw new Error(`history: ${this.root} was opened to be read only`);
    const done = this.#writing.then(work);
    this.#writing = done.catch(() => undefined);
    return done;
  }

  async #read(query: HistoryQuery, pass: Pass): Promise<Map<string, NodeHistory>> {
    const range = rangeOf(query);
    const wanted = query.nodes === undefined ? undefined : new Set(query.nodes);
    const gatherer = new HistoryGatherer(range);
    await this.#readUserFiles(wanted, gatherer, pass);
    for await (const { files } of this.#partitions(SAMPLES, LOAD_COLUMNS, range, pass)) {
      for (const { table } of files) gatherSamples(table, wanted, gatherer);
    }
    return gatherer.build();
  }

  async #readUserFiles(
    wanted: ReadonlySet<string> | undefined,
    into: HistoryGatherer,
    pass: Pass,
  ): Promise<void> {
    for (const name of await listParquet(this.root)) {
      const node = name.slice(0, name.lastIndexOf('.'));
      const capacity = this.#options.capacityOf?.(node);
      if (capacity === undefined || wanted?.has(node) === false) continue;
      const outcome = await readTable(join(this.root, name), FRACTION_COLUMNS);
      if (!('table' in outcome)) {
        this.#tell({ file: name, reason: outcome.reason, action: 'Skipped' }, pass);
        continue;
      }
      pass.files += 1;
      const { load, refused } = fromFractions(outcome.table, capacity);
      for (const { reason } of refused) this.#tell({ file: name, reason, action: 'ColumnSkipped' }, pass);
      const time = outcome.table.numbers('time');
      time.forEach((t, row) => {
        into.add(node, t, at(load.cpu, row), at(load.memory, row), at(load.gpu, row), at(load.network, row));
      });
    }
  }

  async #readTaskRuns(range: Range, pass: Pass): Promise<TaskRun[]> {
    const runs = new Map<string, TaskRun>();
    for await (const { files } of this.#partitions(TASKS, TASK_RUN_COLUMNS, range, pass)) {
      for (const { table } of files) {
        for (const run of taskRunsOf(table)) {
          if (run.end < range.from || run.end >= range.to) continue;
          runs.set(`${run.workflow} ${run.task} ${run.start}`, run);
        }
      }
    }
    return [...runs.values()].sort((a, b) => a.end - b.end);
  }

  /** Days of an area that can hold rows of the range, in order. */
  async *#partitions(
    area: string,
    columns: readonly Column[],
    range: Range,
    pass: Pass,
  ): AsyncGenerator<Partition> {
    for (const name of await listNames(join(this.root, area))) {
      const day = dayOf(name);
      if (day === undefined || day >= range.to || day + DAY_MS <= range.from) continue;
      const folder = join(area, name);
      const partition = await readPartition(join(this.root, folder), columns, this.#unreadable(folder, pass));
      pass.files += partition.files.length;
      yield partition;
    }
  }

  /** What happens to a file of the operator's that cannot be read: it is set aside, if its bytes are to blame. */
  #unreadable(folder: string, pass: Pass): Unreadable {
    return async (name, reason, damaged) => {
      const file = join(folder, name);
      if (!damaged || this.#options.readOnly === true) {
        this.#tell({ file, reason, action: 'Skipped' }, pass);
        return;
      }
      try {
        await setAside(this.root, file, reason);
        this.#tell({ file, reason, action: 'Quarantined' }, pass);
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return; // another reader was first
        const cause = error instanceof Error ? error.message : String(error);
        this.#tell(
          { file, reason: `${reason}; it could not be set aside: ${cause}`, action: 'Skipped' },
          pass,
        );
      }
    };
  }

  #tell(problem: HistoryProblem, pass: Pass): void {
    pass.problems.push(problem);
    const key = `${problem.file}\n${problem.reason}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#options.onProblem?.(problem);
  }
}

function rangeOf(query: HistoryQuery): Range {
  return { from: query.from ?? -Infinity, to: query.to ?? Infinity };
}

const at = (values: Float64Array, row: number): number => values[row] ?? NaN;

function gatherSamples(table: Table, wanted: ReadonlySet<string> | undefined, into: HistoryGatherer): void {
  const nodes = table.strings('node');
  const time = table.numbers('time');
  const [cpu, memory, gpu, network] = RESOURCES.map((resource) => table.numbers(resource));
  if (cpu === undefined || memory === undefined || gpu === undefined || network === undefined) return;
  nodes.forEach((node, row) => {
    if (wanted?.has(node) === false) return;
    into.add(node, at(time, row), at(cpu, row), at(memory, row), at(gpu, row), at(network, row));
  });
}

function* taskRunsOf(table: Table): Generator<TaskRun> {
  const [workflow, task, type, node, outcome] = ['workflow', 'task', 'type', 'node', 'outcome'].map((name) =>
    table.strings(name),
  );
  const [start, end] = [table.numbers('start'), table.numbers('end')];
  const amounts = (prefix: string): Map<string, Float64Array> =>
    new Map(RESOURCES.map((r) => [r, table.numbers(measured(`${prefix}_${r}`).name)]));
  const [requested, used] = [amounts('requested'), amounts('used')];
  for (let row = 0; row < table.rows; row++) {
    yield {
      workflow: workflow?.[row] ?? '',
      task: task?.[row] ?? '',
      type: type?.[row] ?? '',
      node: node?.[row] ?? '',
      start: at(start, row),
      end: at(end, row),
      requested: resourceVector((r) => nullable(requested.get(r)?.[row]) ?? 0),
      used: {
        cpu: nullable(used.get('cpu')?.[row]),
        memory: nullable(used.get('memory')?.[row]),
        gpu: nullable(used.get('gpu')?.[row]),
        network: nullable(used.get('network')?.[row]),
      },
      outcome: outcome?.[row] === 'Succeeded' ? 'Succeeded' : 'Failed',
    };
  }
}

const nullable = (value: number | undefined): number | null =>
  value === undefined || Number.isNaN(value) ? null : value;

function extreme(
  values: readonly (number | undefined)[],
  of: (...values: number[]) => number,
): number | undefined {
  const defined = values.filter((value) => value !== undefined);
  return defined.length === 0 ? undefined : of(...defined);
}
