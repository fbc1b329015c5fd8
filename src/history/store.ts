/**
 * The history in one directory or bucket (README: layout and rules).
 *
 * One process writes (the operator that leads), any number read. Writes of one store are done one after another.
 */
import { RESOURCES, byResource } from '../core/resources.ts';
import type { ResourceVector } from '../core/resources.ts';
import { AREAS, SAMPLES, TASKS } from './areas.ts';
import type { Area } from './areas.ts';
import { FRACTION_COLUMNS, sampleRow, taskRunRow } from './columns.ts';
import type { Column, Row } from './columns.ts';
import { duckDBVersion, isForDuckDB } from './duckdb/duckdb.ts';
import { scanSamples } from './duckdb/scan.ts';
import { encodeParquet } from './encode.ts';
import { DAY_MS, dayFolder, dayOf, uniqueName } from './files.ts';
import { foldArea, removeOldDays } from './fold.ts';
import { fromFractions } from './fractions.ts';
import { readForeign, tablesByDay } from './import.ts';
import { mergedRows } from './merge.ts';
import { FOLDED_PREFIX, listParquet, readPartition, readTable } from './partition.ts';
import type { Partition, ReadOutcome, Unreadable } from './partition.ts';
import type { Wanted } from './pruning.ts';
import { listQuarantined, setAside } from './quarantine.ts';
import { HistoryGatherer } from './series-builder.ts';
import { openStorage, type BucketOptions } from './storage/open.ts';
import { joinPath, UnavailableFileError, type HistoryStorage } from './storage/storage.ts';
import { extent, summarise } from './summary.ts';
import { TaskRunGatherer } from './task-runs.ts';
import type { TaskRunColumns } from './task-runs.ts';
import type {
  HistoryOptions,
  HistoryProblem,
  HistoryQuery,
  HistoryStat,
  ImportResult,
  MaintainOptions,
  MaintainResult,
  NodeHistory,
  NodeSample,
  TaskRun,
  UseOfDuckDB,
} from './types.ts';

/** What `read` needs. The rest (capacities, the second signal of GPUs) is kept for other tools, and left unread. */
const LOAD_COLUMNS: readonly Column[] = SAMPLES.columns.filter(
  ({ name }) => name === 'time' || name === 'node' || RESOURCES.some((resource) => resource === name),
);

type Range = Pick<Wanted, 'from' | 'to'>;

/** One pass over the files: what was read and what could not be. */
interface Pass {
  files: number;
  readonly problems: HistoryProblem[];
}

/** A user's file. */
export interface NodeFile {
  readonly file: string;
  readonly node: string;
  readonly outcome: ReadOutcome;
}

const nodeOf = (file: string): string => file.slice(0, file.lastIndexOf('.'));

export class HistoryStore {
  readonly #storage: HistoryStorage;
  readonly #options: HistoryOptions;
  /** Problems that `onProblem` has been told of. */
  readonly #told = new Set<string>();
  /** The last write: the next one waits for it. */
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(storage: HistoryStorage, options: HistoryOptions) {
    this.#storage = storage;
    this.#options = options;
  }

  /**
   * A directory is made where it is missing (unless `readOnly`). Throws StorageError where there is none, and where a
   * bucket is not there or cannot be reached.
   *
   * @param root a directory, or s3://bucket/prefix
   */
  static async open(
    root: string,
    { bucket, ...options }: HistoryOptions & { readonly bucket?: BucketOptions },
  ): Promise<HistoryStore> {
    const create = options.readOnly !== true;
    const storage = await openStorage(root, { create, ...(bucket === undefined ? {} : { bucket }) });
    return new HistoryStore(storage, options);
  }

  /** The directory's path, or s3://bucket/prefix. */
  get root(): string {
    return this.#storage.root;
  }

  /** Where its files are, and those that others keep beside them, in folders of their own. */
  get storage(): HistoryStorage {
    return this.#storage;
  }

  /** Resolves when the rows are durable. Rows of several days become a file a day: each whole or not there. */
  append(samples: readonly NodeSample[]): Promise<void> {
    return this.#append(SAMPLES, samples, (sample) => sample.time, sampleRow);
  }

  /** As `append`; runs are filed under the day in which they ended. */
  appendTaskRuns(runs: readonly TaskRun[]): Promise<void> {
    return this.#append(TASKS, runs, (run) => run.end, taskRunRow);
  }

  /**
   * Takes over the rows of a Parquet file (`import.ts` says which): a file a day, each whole or not there. To import
   * a file again changes nothing. Throws DamagedFileError, and UnknownCapacityError for fractions of a node that
   * `capacityOf` does not know.
   */
  importFile(path: string, capacityOf: (node: string) => ResourceVector | undefined): Promise<ImportResult> {
    return this.#write(async () => {
      const { area, table, nodes, problems } = await readForeign(path, capacityOf);
      const days = tablesByDay(table, area);
      for (const [day, ofDay] of days) {
        const bytes = await encodeParquet(area.columns, mergedRows([ofDay], area.columns, area.key));
        await this.#writeFile(joinPath(area.name, day), bytes);
      }
      const kind = area === TASKS ? 'TaskRuns' : 'NodeSamples';
      return { kind, rows: table.rows, nodes, days: days.size, problems };
    });
  }

  /** Loads by node, in order of name, from both layouts; the operator's own rows win over a user's of the same time. */
  async read(query: HistoryQuery = {}): Promise<ReadonlyMap<string, NodeHistory>> {
    return this.#read(query, { files: 0, problems: [] });
  }

  /** The files that users gave, one by one in order of name, as they are: fractions, or whatever unit a column is in. */
  async *readNodeFiles(): AsyncGenerator<NodeFile> {
    for (const file of await listParquet(this.#storage, '')) {
      const outcome = await readTable(this.#storage, file, FRACTION_COLUMNS);
      yield { file, node: nodeOf(file), outcome };
    }
  }

  /** Runs that ended in the range, in order of their end. */
  async readTaskRuns(query: Omit<HistoryQuery, 'nodes'> = {}): Promise<TaskRunColumns> {
    return this.#readTaskRuns(rangeOf(query), { files: 0, problems: [] });
  }

  /** Folds small files, removes days past their retention and what crashed writers left. */
  async maintain({ retentionDays = 30, all = false }: MaintainOptions = {}): Promise<MaintainResult> {
    return this.#write(async () => {
      const now = this.#options.now();
      let foldedFiles = 0;
      let removedDays = 0;
      for (const area of AREAS) {
        const unreadableIn = (day: string): Unreadable =>
          this.#unreadable(joinPath(area.name, day), { files: 0, problems: [] });
        removedDays += await removeOldDays(this.#storage, area, now, retentionDays);
        const options = { now, all, duckDB: this.#duckDB };
        foldedFiles += await foldArea(this.#storage, area, options, unreadableIn);
      }
      return { foldedFiles, removedDays };
    });
  }

  /** Reads everything there is. */
  async stat(): Promise<HistoryStat> {
    const pass: Pass = { files: 0, problems: [] };
    const nodes = [...(await this.#read({}, pass)).values()].map(summarise);
    const runs = await this.#readTaskRuns({ from: -Infinity, to: Infinity }, pass);
    const { from, to } = extent(nodes) ?? {};
    const skipped = pass.problems.filter((problem) => problem.action !== 'Quarantined');
    return {
      rows: nodes.reduce((sum, { rows }) => sum + rows, 0),
      taskRuns: runs.length,
      nodes,
      from,
      to,
      files: pass.files,
      engine: await this.engine(),
      damaged: [...(await listQuarantined(this.#storage)), ...skipped],
    };
  }

  /** What reads and folds, in words. */
  async engine(): Promise<string> {
    const isPossible = this.#storage.local !== undefined && this.#duckDB !== 'Never';
    const version = isPossible ? await duckDBVersion() : undefined;
    return version === undefined ? 'JavaScript' : `DuckDB ${version} for large days, JavaScript for the rest`;
  }

  /** Waits for writes under way. */
  async close(): Promise<void> {
    await this.#writing;
    this.#storage.close();
  }

  async #append<T>(
    area: Area,
    items: readonly T[],
    timeOf: (item: T) => number,
    rowOf: (item: T) => Row,
  ): Promise<void> {
    const days = Map.groupBy(items, (item) => dayFolder(timeOf(item)));
    await this.#write(async () => {
      for (const [day, ofDay] of days) {
        const bytes = await encodeParquet(area.columns, ofDay.map(rowOf));
        await this.#writeFile(joinPath(area.name, day), bytes);
      }
    });
  }

  #writeFile(folder: string, bytes: Uint8Array): Promise<void> {
    return this.#storage.write(joinPath(folder, uniqueName('', this.#options.now())), bytes);
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
    const gatherer = new HistoryGatherer(range, wanted);
    await this.#readUserFiles({ ...range, nodes: wanted }, gatherer, pass);
    for await (const folder of this.#days(SAMPLES, range)) {
      const scanned = await this.#scanWithDuckDB(folder, { ...range, nodes: wanted }, gatherer);
      pass.files += scanned ?? 0;
      if (scanned !== undefined) continue;
      const partition = await this.#partition(
        folder,
        SAMPLES,
        LOAD_COLUMNS,
        { ...range, nodes: wanted },
        pass,
      );
      for (const { table } of partition.files) {
        const nodes = table.strings('node');
        gatherer.add(
          (row) => nodes[row] ?? '',
          table.numbers('time'),
          byResource((r) => table.numbers(r)),
        );
      }
    }
    return gatherer.build();
  }

  async #readUserFiles(
    { nodes: wanted, ...range }: Wanted,
    into: HistoryGatherer,
    pass: Pass,
  ): Promise<void> {
    for (const name of await listParquet(this.#storage, '')) {
      const node = nodeOf(name);
      const capacity = this.#options.capacityOf?.(node);
      if (capacity === undefined || wanted?.has(node) === false) continue;
      const outcome = await readTable(this.#storage, name, FRACTION_COLUMNS, {
        ...range,
        time: 'time',
      });
      if (!('table' in outcome)) {
        this.#tell({ file: name, reason: outcome.reason, action: 'Skipped' }, pass);
        continue;
      }
      pass.files += 1;
      const { load, refused } = fromFractions(outcome.table, capacity);
      for (const { reason } of refused) this.#tell({ file: name, reason, action: 'ColumnSkipped' }, pass);
      into.add(() => node, outcome.table.numbers('time'), load);
    }
  }

  async #readTaskRuns(range: Range, pass: Pass): Promise<TaskRunColumns> {
    const runs = new TaskRunGatherer();
    for await (const folder of this.#days(TASKS, range)) {
      const { files } = await this.#partition(folder, TASKS, TASKS.columns, range, pass);
      for (const { table } of files) runs.add(table, range);
    }
    return runs.build();
  }

  /** Folders of an area's days that can hold rows of the range, in order. */
  async *#days(area: Area, range: Range): AsyncGenerator<string> {
    for (const name of await this.#storage.list(area.name)) {
      const day = dayOf(name);
      if (day === undefined || day >= range.to || day + DAY_MS <= range.from) continue;
      yield joinPath(area.name, name);
    }
  }

  async #partition(
    folder: string,
    area: Area,
    columns: readonly Column[],
    wanted: Wanted,
    pass: Pass,
  ): Promise<Partition> {
    const selection = { ...wanted, time: area.time };
    const unreadable = this.#unreadable(folder, pass);
    const partition = await readPartition(this.#storage, folder, columns, unreadable, selection);
    pass.files += partition.files.length;
    return partition;
  }

  /**
   * The number of files whose rows were added; undefined where the day is to be read without DuckDB, which finds what
   * is wrong with a file. To a gatherer rows that are added twice are one.
   */
  async #scanWithDuckDB(folder: string, wanted: Wanted, into: HistoryGatherer): Promise<number | undefined> {
    const path = this.#storage.local?.path(folder);
    if (path === undefined || !(await isForDuckDB(this.#storage, folder, this.#duckDB))) return undefined;
    const names = await listParquet(this.#storage, folder);
    if (names.length === 0) return undefined;
    const scanned = await scanSamples(path, names, wanted, into).catch(() => undefined);
    const later = await listParquet(this.#storage, folder);
    const folded = later.some((name) => name.startsWith(FOLDED_PREFIX) && !names.includes(name));
    return folded ? undefined : scanned;
  }

  get #duckDB(): UseOfDuckDB {
    return this.#options.duckDB ?? 'WhenLarge';
  }

  /** What happens to a file of the operator's that cannot be read: it is set aside, if its bytes are to blame. */
  #unreadable(folder: string, pass: Pass): Unreadable {
    return async (name, reason, damaged) => {
      const file = joinPath(folder, name);
      if (!damaged || this.#options.readOnly === true) {
        this.#tell({ file, reason, action: 'Skipped' }, pass);
        return;
      }
      try {
        await setAside(this.#storage, file, reason);
        this.#tell({ file, reason, action: 'Quarantined' }, pass);
      } catch (error) {
        if (error instanceof UnavailableFileError && error.kind === 'Gone') return; // another reader was first
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
