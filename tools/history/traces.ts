/**
 * Recorded series (one Parquet file a node, fractions of capacity) given to nodes of a demo: the first part becomes
 * their history, the rest what the replayer shows from now on.
 */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RESOURCES, resourceVector } from '../../src/core/resources.ts';
import type { Resource, ResourceVector } from '../../src/core/resources.ts';
import { FRACTION_COLUMNS } from '../../src/history/columns.ts';
import { encodeParquet } from '../../src/history/encode.ts';
import { HistoryStore } from '../../src/history/index.ts';
import type { HistoryProblem, NodeHistory } from '../../src/history/index.ts';

export interface TraceNode {
  readonly name: string;
  readonly capacity: ResourceVector;
}

export interface TraceOptions {
  /** Directory of `<anything>.parquet`. */
  readonly traces: string;
  /** In order of name they get the files in order of name, from the start again where there are more nodes than files. */
  readonly nodes: readonly TraceNode[];
  /** Where `<node>.parquet` is written. */
  readonly history: string;
  /** The time (ms) that the split is moved to. */
  readonly now: number;
  /** Share of each file that is kept for the future; default 0.1. */
  readonly future?: number;
}

/** Load at a time, base units; null where the trace did not measure. Before the split the first, after the end the last value. */
export type ReplayFunction = (timeMs: number) => Readonly<Record<Resource, number | null>>;

export interface TraceReplay {
  readonly replays: ReadonlyMap<string, ReplayFunction>;
  /** Which file each node got. */
  readonly files: ReadonlyMap<string, string>;
  /** Files and columns that could not be used. */
  readonly problems: readonly HistoryProblem[];
}

/** Throws where the directory holds no usable file. */
export async function prepareTraces(options: TraceOptions): Promise<TraceReplay> {
  const problems: HistoryProblem[] = [];
  const recorded = await readFractions(options, problems);
  const names = [...recorded.keys()];
  if (names.length === 0) throw new Error(`${options.traces} holds no Parquet file with time and a resource`);

  await mkdir(options.history, { recursive: true });
  const replays = new Map<string, ReplayFunction>();
  const files = new Map<string, string>();
  const nodes = [...options.nodes].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const [i, node] of nodes.entries()) {
    const name = names[i % names.length] ?? '';
    const trace = recorded.get(name);
    if (trace === undefined) continue;
    const split = Math.floor(trace.time.length * (1 - (options.future ?? 0.1)));
    const shift = options.now - (trace.time[split] ?? trace.time.at(-1) ?? 0);
    const rows = historyRows(trace, split, shift);
    await writeFile(
      join(options.history, `${node.name}.parquet`),
      await encodeParquet(FRACTION_COLUMNS, rows),
    );
    replays.set(node.name, replay(trace, split, shift, node.capacity));
    files.set(node.name, `${name}.parquet`);
  }
  return { replays, files, problems };
}

/** With a capacity of 1 of everything, base units are fractions. */
async function readFractions(
  options: TraceOptions,
  problems: HistoryProblem[],
): Promise<ReadonlyMap<string, NodeHistory>> {
  const store = await HistoryStore.open(options.traces, {
    readOnly: true,
    now: () => options.now,
    capacityOf: () => resourceVector(() => 1),
    onProblem: (problem) => problems.push(problem),
  });
  const wanted = (await readdir(options.traces))
    .sort()
    .filter((file) => file.endsWith('.parquet'))
    .map((file) => file.replace(/\.parquet$/, ''));
  // Those of the nodes and a few more, in case some are damaged.
  return store.read({ nodes: wanted.slice(0, options.nodes.length + 5) });
}

function* historyRows(
  trace: NodeHistory,
  split: number,
  shift: number,
): Generator<Record<string, number | null>> {
  for (let row = 0; row < split; row++) {
    const load = RESOURCES.map((r) => [r, measuredOrNull(trace.load[r][row])] as const);
    yield { time: Math.round((trace.time[row] ?? 0) + shift), ...Object.fromEntries(load) };
  }
}

function replay(trace: NodeHistory, split: number, shift: number, capacity: ResourceVector): ReplayFunction {
  const last = trace.time.length - 1;
  return (timeMs) => {
    let row = Math.min(split, last);
    while (row < last && (trace.time[row + 1] ?? Infinity) + shift <= timeMs) row += 1;
    const of = (r: Resource): number | null => {
      const share = measuredOrNull(trace.load[r][row]);
      return share === null ? null : share * capacity[r];
    };
    return { cpu: of('cpu'), memory: of('memory'), gpu: of('gpu'), network: of('network') };
  };
}

const measuredOrNull = (value: number | undefined): number | null =>
  value === undefined || Number.isNaN(value) ? null : value;
