/**
 * The columns of the operator's own Parquet files.
 *
 * Only kinds that parquetjs writes right are used: timestamps in milliseconds, UTF-8 strings, doubles. No
 * booleans: it reads those of v2 data pages wrongly, so nothing here should tempt it.
 */
import { RESOURCES } from '../core/resources.ts';
import type { NodeSample, TaskRun } from './types.ts';

export interface Column {
  readonly name: string;
  readonly kind: 'timestamp' | 'string' | 'double';
  /** May be null, and may be missing from a file. */
  readonly optional: boolean;
}

/** A row by column name, as it is written. */
export type Row = Readonly<Record<string, number | string | null>>;

const timestamp = (name: string): Column => ({ name, kind: 'timestamp', optional: false });
const text = (name: string): Column => ({ name, kind: 'string', optional: false });
const optionalText = (name: string): Column => ({ name, kind: 'string', optional: true });
export const measured = (name: string): Column => ({ name, kind: 'double', optional: true });

export const SAMPLE_COLUMNS: readonly Column[] = [
  timestamp('time'),
  text('node'),
  ...RESOURCES.map((r) => measured(r)),
  ...RESOURCES.map((r) => measured(`capacity_${r}`)),
  measured('gpu_utilised'),
];

export const TASK_RUN_COLUMNS: readonly Column[] = [
  text('workflow'),
  text('task'),
  text('type'),
  text('node'),
  timestamp('start'),
  timestamp('end'),
  ...RESOURCES.map((r) => measured(`requested_${r}`)),
  ...RESOURCES.map((r) => measured(`used_${r}`)),
  text('outcome'),
  optionalText('node_type'),
  measured('speed'),
];

/** Of a file that a user gave: one node, fractions of its capacity. */
export const FRACTION_COLUMNS: readonly Column[] = [timestamp('time'), ...RESOURCES.map((r) => measured(r))];

/** NaN and infinities are no measurements. */
const finiteOrNull = (value: number | null): number | null =>
  value !== null && Number.isFinite(value) ? value : null;

export function sampleRow(sample: NodeSample): Row {
  const row: Record<string, number | string | null> = {
    time: sample.time,
    node: sample.node,
    gpu_utilised: finiteOrNull(sample.gpuUtilised ?? null),
  };
  for (const r of RESOURCES) {
    row[r] = finiteOrNull(sample.load[r]);
    row[`capacity_${r}`] = finiteOrNull(sample.capacity[r]);
  }
  return row;
}

export function taskRunRow(run: TaskRun): Row {
  const row: Record<string, number | string | null> = {
    workflow: run.workflow,
    task: run.task,
    type: run.type,
    node: run.node,
    start: run.start,
    end: run.end,
    outcome: run.outcome,
    node_type: run.nodeType ?? null,
    speed: finiteOrNull(run.speed ?? null),
  };
  for (const r of RESOURCES) {
    row[`requested_${r}`] = finiteOrNull(run.requested[r]);
    row[`used_${r}`] = finiteOrNull(run.used[r]);
  }
  return row;
}
