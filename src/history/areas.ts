/** The two folders of the operator's layout: what is in their files, and what makes a row the same as another. */
import { SAMPLE_COLUMNS, TASK_RUN_COLUMNS } from './columns.ts';
import type { Column } from './columns.ts';

export interface Area {
  readonly name: string;
  readonly columns: readonly Column[];
  /** Rows are filed under the day (UTC) of this column. */
  readonly time: string;
  /** Rows that agree in these are one; files that are folded are sorted by them. */
  readonly key: readonly [string, ...string[]];
}

export const SAMPLES: Area = {
  name: 'samples',
  columns: SAMPLE_COLUMNS,
  time: 'time',
  key: ['node', 'time'],
};

export const TASKS: Area = {
  name: 'tasks',
  columns: TASK_RUN_COLUMNS,
  time: 'end',
  key: ['workflow', 'task', 'start'],
};

export const AREAS: readonly Area[] = [SAMPLES, TASKS];
