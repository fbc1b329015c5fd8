/** What a backtest forecasts: a series, the row at which its future begins, and how far. */
import { readFile } from 'node:fs/promises';
import { InputError } from '../support/errors.ts';
import type { Trace } from './traces.ts';

export interface Task {
  /** `<node>/<resource>`. */
  readonly series: string;
  /** Scores are pooled over the tasks of a source and resource. */
  readonly source: string;
  /** 0-based row of the first step that is forecast; only earlier rows may be used. */
  readonly origin: number;
  readonly steps: number;
  /** Rows of the season that scales MASE and SQL: a day, or 1 where the series has none. */
  readonly season: number;
  /** Rows before the origin that the scale is taken from. */
  readonly context: number;
}

const COLUMNS = ['series', 'source', 'resource', 'origin', 'H', 'season', 'context'] as const;
const DAY_SECONDS = 86_400;
/** Origins before the end of a series, in horizons, where no tasks are given. */
const ORIGINS = [1, 3, 5] as const;

export async function readTasks(file: string, traces: ReadonlyMap<string, Trace>): Promise<Task[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new InputError(`--tasks ${file}: ${error instanceof Error ? error.message : String(error)}`);
  });
  const [head = '', ...lines] = text.split(/\r?\n/);
  const names = head.split(',');
  const missing = COLUMNS.filter((column) => !names.includes(column));
  if (missing.length > 0) {
    throw new InputError(
      `${file}:1: no column ${missing.join(', ')}: the first line must name ${COLUMNS.join(',')}`,
    );
  }
  return lines.flatMap((line, i) => (line === '' ? [] : [parseTask(line, `${file}:${i + 2}`)]));

  function parseTask(line: string, where: string): Task {
    const fields = line.split(',');
    const field = (column: (typeof COLUMNS)[number]): string => fields[names.indexOf(column)] ?? '';
    const integer = (column: (typeof COLUMNS)[number]): number => {
      const value = Number(field(column));
      if (!Number.isInteger(value) || value < 1) {
        throw new InputError(`${where}: ${column} is "${field(column)}": it must be a positive integer`);
      }
      return value;
    };
    const task: Task = {
      series: field('series'),
      source: field('source'),
      origin: integer('origin'),
      steps: integer('H'),
      season: integer('season'),
      context: integer('context'),
    };
    const trace = traces.get(task.series);
    if (trace === undefined) throw new InputError(`${where}: the history has no series ${task.series}`);
    if (task.origin > trace.series.values.length) {
      throw new InputError(
        `${where}: origin ${task.origin} is after the end of ${task.series}, which has ${trace.series.values.length} rows`,
      );
    }
    return task;
  }
}

/** A day ahead from the last days of each series; an hour ahead where it is shorter than a week. */
export function defaultTasks(traces: Iterable<Trace>): Task[] {
  return [...traces].flatMap(({ name, node, series }) => {
    const day = Math.round(DAY_SECONDS / series.stepSeconds);
    const rows = series.values.length;
    const isLong = rows >= 7 * day;
    const steps = Math.max(1, isLong ? day : Math.round(3600 / series.stepSeconds));
    return ORIGINS.map((k) => rows - k * steps)
      .filter((origin) => origin > rows / 3)
      .map((origin) => ({
        series: name,
        source: node.split('-')[0] ?? node,
        origin,
        steps,
        season: isLong ? day : 1,
        context: 14 * day,
      }));
  });
}
