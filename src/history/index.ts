/** The history of node loads and task runs (README). */
export { HistoryStore } from './store.ts';
export type {
  HistoryOptions,
  HistoryProblem,
  HistoryQuery,
  HistoryStat,
  Load,
  NodeHistory,
  NodeSample,
  TaskRun,
} from './types.ts';
