/** The history of node loads and task runs (README). */
export type { Load } from '../core/resources.ts';
export { DamagedFileError } from './decode.ts';
export { UnknownCapacityError } from './import.ts';
export { HistoryStore } from './store.ts';
export type { NodeFile } from './store.ts';
export { isBucketUrl } from './storage/open.ts';
export type { BucketOptions } from './storage/open.ts';
export { openStorage } from './storage/open.ts';
export { StorageError, UnavailableFileError, joinPath, readWhole } from './storage/storage.ts';
export type { HistoryStorage } from './storage/storage.ts';
export { taskRunAt } from './task-runs.ts';
export type { TaskRunColumns } from './task-runs.ts';
export type {
  HistoryOptions,
  HistoryProblem,
  HistoryQuery,
  HistoryStat,
  ImportResult,
  MaintainOptions,
  MaintainResult,
  NodeHistory,
  NodeSample,
  NodeStat,
  TaskRun,
  UseOfDuckDB,
} from './types.ts';
