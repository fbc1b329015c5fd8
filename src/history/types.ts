/** The rows of the history and what its store says about them. Times are ms since the epoch, amounts in base units. */
import type { Load, Resource, ResourceVector } from '../core/resources.ts';

export interface NodeSample {
  readonly time: number;
  readonly node: string;
  /** Background load: the node's usage less that of Foreshard's own pods. Of `gpu` the devices taken by others. */
  readonly load: Load;
  /** How much its devices are used, in devices; the second signal beside those taken. */
  readonly gpuUtilised?: number | null;
  readonly capacity: ResourceVector;
}

export interface TaskRun {
  /** `namespace/name`. */
  readonly workflow: string;
  /** The task's name, with its attempt where there was more than one. */
  readonly task: string;
  /** The key under which durations and usage are learned. */
  readonly type: string;
  readonly node: string;
  /** The node's label node.kubernetes.io/instance-type when the run ended; absent: it has none. */
  readonly nodeType?: string;
  /** Of the node then: work done per second; absent: not known. */
  readonly speed?: number;
  readonly start: number;
  readonly end: number;
  readonly requested: ResourceVector;
  /** Peak usage. */
  readonly used: Load;
  readonly outcome: 'Succeeded' | 'Failed';
}

/** One node's samples, ascending in time, no time twice. NaN: not measured. */
export interface NodeHistory {
  readonly node: string;
  readonly time: Float64Array;
  readonly load: Readonly<Record<Resource, Float64Array>>;
}

export interface HistoryQuery {
  /** Inclusive. */
  readonly from?: number;
  /** Exclusive. */
  readonly to?: number;
  readonly nodes?: readonly string[];
}

export interface HistoryProblem {
  /** Relative to the root; of a quarantined file: where it was found. */
  readonly file: string;
  readonly reason: string;
  /** `Quarantined` and `Skipped`: nothing of the file is used. `ColumnSkipped`: all but one column is. */
  readonly action: 'Quarantined' | 'Skipped' | 'ColumnSkipped';
}

/** One node's part of the history. */
export interface NodeStat {
  readonly node: string;
  readonly rows: number;
  /** Of the first and the last row. */
  readonly from: number;
  readonly to: number;
  /** Median time between two rows; absent where there is but one. */
  readonly stepMs?: number;
  /** Places where at least one row of that step is missing. */
  readonly gaps: number;
  /** Share of the rows that hold a value. */
  readonly measured: ResourceVector;
}

export interface HistoryStat {
  readonly rows: number;
  readonly taskRuns: number;
  /** In order of name. */
  readonly nodes: readonly NodeStat[];
  /** Of the first and the last row. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  /** What reads and folds: `JavaScript`, or `DuckDB v… for large days, JavaScript for the rest`. */
  readonly engine: string;
  /** Readable Parquet files. */
  readonly files: number;
  /** Everything in quarantine, and every file or column that is skipped. */
  readonly damaged: readonly HistoryProblem[];
}

export interface MaintainOptions {
  /** Days that ended longer ago are removed; 30 unless told. */
  readonly retentionDays?: number;
  /** Fold the present day however few its files are. */
  readonly all?: boolean;
}

export interface MaintainResult {
  /** Files whose rows are in another file now. */
  readonly foldedFiles: number;
  readonly removedDays: number;
}

export interface ImportResult {
  readonly kind: 'NodeSamples' | 'TaskRuns';
  readonly rows: number;
  readonly nodes: readonly string[];
  readonly days: number;
  /** Columns that were not taken, with the reason. */
  readonly problems: readonly string[];
}

/** For which days of samples in a directory DuckDB is used, where it is installed. */
export type UseOfDuckDB = 'WhenLarge' | 'Always' | 'Never';

export interface HistoryOptions {
  /** Wall clock, ms: ages of days and of leftovers. */
  now(): number;
  /** Allocatable of a node: what fractions are fractions of. Files of nodes that it does not know are left out. */
  capacityOf?(node: string): ResourceVector | undefined;
  /** Called once for each problem found. */
  onProblem?(problem: HistoryProblem): void;
  /** Nothing is written or moved. For the command line, beside a running operator. */
  readonly readOnly?: boolean;
  /** `WhenLarge` unless told. */
  readonly duckDB?: UseOfDuckDB;
}
