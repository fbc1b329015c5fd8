/**
 * The series that a backtest runs over: `<node>/<resource>` on a regular grid, from a history directory of either
 * layout (src/history/README.md).
 *
 * A node's own Parquet file is taken row by row, so that a task's `origin` counts the file's rows; the operator's
 * layout is put on 300 s steps first. Values of a file are fractions of capacity, except that a column whose known
 * values exceed 1 is in a unit of its own and has no bound.
 */
import { gatherSeries } from '../../core/forecast/index.ts';
import type { Series } from '../../core/forecast/index.ts';
import { RESOURCES } from '../../core/resources.ts';
import type { Resource } from '../../core/resources.ts';
import { HistoryStore, type NodeFile } from '../../history/index.ts';
import { InputError } from '../support/errors.ts';

export interface Trace {
  /** `<node>/<resource>`. */
  readonly name: string;
  readonly node: string;
  readonly resource: Resource;
  readonly series: Series;
}

const OPERATOR_STEP_SECONDS = 300;
/** A column without a bound may go as far as the scorer lets it: so many times the largest value known. */
const UNBOUNDED = 10;

/** Series of all nodes, in order of name. Columns without a single value are left out. */
export async function readTraces(directory: string, now: () => number): Promise<Trace[]> {
  const store = await HistoryStore.open(directory, { now, readOnly: true }).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError(`--history ${directory}: ${reason}: name a directory of Parquet files`);
  });
  const traces: Trace[] = [];
  for await (const file of store.readNodeFiles()) traces.push(...tracesOfFile(directory, file));
  traces.push(...(await readOperatorLayout(store)));
  await store.close();
  if (traces.length === 0) {
    throw new InputError(
      `--history ${directory}: no series in there: it needs <node>.parquet files, or samples/day=…`,
    );
  }
  return traces;
}

/** Upper bound of a load of which `known` is known. */
export function capacityOf(known: Float64Array): number {
  const largest = known.reduce((max, v) => (v > max ? v : max), 0);
  return largest <= 1 ? 1 : UNBOUNDED * largest;
}

function tracesOfFile(directory: string, { file, node, outcome }: NodeFile): Trace[] {
  if (!('table' in outcome))
    throw new InputError(`${directory}/${file} ${outcome.reason}: mend it, or take it away`);
  const time = outcome.table.numbers('time');
  const series = { startTime: time[0] ?? 0, stepSeconds: medianStep(time) };
  return tracesOf(node, (resource) => ({ ...series, values: outcome.table.numbers(resource) }));
}

async function readOperatorLayout(store: HistoryStore): Promise<Trace[]> {
  const histories = await store.read();
  return [...histories.values()].flatMap(({ node, time, load }) => {
    const from = time[0] ?? 0;
    const to = (time.at(-1) ?? 0) + OPERATOR_STEP_SECONDS * 1000;
    const grid = { from, to, stepSeconds: OPERATOR_STEP_SECONDS };
    return tracesOf(node, (resource) => gatherSeries({ time, values: load[resource] }, grid));
  });
}

function tracesOf(node: string, seriesOf: (resource: Resource) => Series): Trace[] {
  return RESOURCES.map((resource) => ({
    name: `${node}/${resource}`,
    node,
    resource,
    series: seriesOf(resource),
  })).filter(({ series }) => series.values.some((v) => !Number.isNaN(v)));
}

/** Seconds between rows; a few odd gaps do not matter. */
function medianStep(time: Float64Array): number {
  const steps = time
    .subarray(1)
    .map((t, i) => t - (time[i] ?? t))
    .sort();
  return Math.max(1, (steps[Math.floor(steps.length / 2)] ?? 300_000) / 1000);
}
