/**
 * Task runs, column by column, as models read them: thousands of runs of one type are a few arrays.
 * Times are ms since the epoch, amounts in base units; NaN: not measured.
 */
import { byResource, resourceVector } from '../core/resources.ts';
import type { Resource } from '../core/resources.ts';
import type { Table } from './decode.ts';
import type { TaskRun } from './types.ts';

export interface TaskRunColumns {
  readonly length: number;
  readonly workflow: readonly string[];
  readonly task: readonly string[];
  readonly type: readonly string[];
  readonly node: readonly string[];
  /** '': the node had none. */
  readonly nodeType: readonly string[];
  readonly speed: Float64Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
  readonly requested: Readonly<Record<Resource, Float64Array>>;
  readonly used: Readonly<Record<Resource, Float64Array>>;
  readonly outcome: readonly TaskRun['outcome'][];
}

/** One run of the columns. */
export function taskRunAt(runs: TaskRunColumns, i: number): TaskRun {
  const nodeType = runs.nodeType[i] ?? '';
  const speed = nullable(runs.speed[i]);
  return {
    workflow: runs.workflow[i] ?? '',
    task: runs.task[i] ?? '',
    type: runs.type[i] ?? '',
    node: runs.node[i] ?? '',
    ...(nodeType === '' ? {} : { nodeType }),
    ...(speed === null ? {} : { speed }),
    start: runs.start[i] ?? NaN,
    end: runs.end[i] ?? NaN,
    requested: resourceVector((r) => nullable(runs.requested[r][i]) ?? 0),
    used: byResource((r) => nullable(runs.used[r][i])),
    outcome: runs.outcome[i] ?? 'Failed',
  };
}

const nullable = (value: number | undefined): number | null =>
  value === undefined || Number.isNaN(value) ? null : value;

interface RunRow {
  readonly table: number;
  readonly row: number;
}

/** Gathers the runs of many files. Of one that was written twice each amount is the one that was written last. */
export class TaskRunGatherer {
  readonly #tables: Table[] = [];
  /** Rows of each run, the last first. */
  readonly #runs = new Map<string, { readonly end: number; readonly rows: RunRow[] }>();

  /** Those that ended from `from` on and before `to`. */
  add(table: Table, range: { readonly from: number; readonly to: number }): void {
    const [workflow, task] = [table.strings('workflow'), table.strings('task')];
    const [start, ends] = [table.numbers('start'), table.numbers('end')];
    const index = this.#tables.push(table) - 1;
    ends.forEach((end, row) => {
      if (end < range.from || end >= range.to) return;
      const key = `${workflow[row] ?? ''}\n${task[row] ?? ''}\n${start[row] ?? 0}`;
      const before = this.#runs.get(key)?.rows ?? [];
      this.#runs.set(key, { end, rows: [{ table: index, row }, ...before] });
    });
  }

  /** In order of their end. */
  build(): TaskRunColumns {
    const runs = [...this.#runs.values()].sort((a, b) => a.end - b.end);
    const numbers = (name: string): Float64Array => {
      const columns = this.#tables.map((table) => table.numbers(name));
      const at = ({ table, row }: RunRow): number => columns[table]?.[row] ?? NaN;
      return Float64Array.from(runs, ({ rows }) => rows.map(at).find((v) => !Number.isNaN(v)) ?? NaN);
    };
    const strings = (name: string): string[] => {
      const columns = this.#tables.map((table) => table.strings(name));
      return runs.map(({ rows: [last] }) =>
        last === undefined ? '' : (columns[last.table]?.[last.row] ?? ''),
      );
    };
    const amounts = (prefix: string): Record<Resource, Float64Array> =>
      byResource((resource) => numbers(`${prefix}_${resource}`));
    return {
      length: runs.length,
      workflow: strings('workflow'),
      task: strings('task'),
      type: strings('type'),
      node: strings('node'),
      nodeType: strings('node_type'),
      speed: numbers('speed'),
      start: numbers('start'),
      end: numbers('end'),
      requested: amounts('requested'),
      used: amounts('used'),
      outcome: strings('outcome').map((outcome) => (outcome === 'Succeeded' ? 'Succeeded' : 'Failed')),
    };
  }
}
