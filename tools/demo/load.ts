/**
 * Plays the background load of the demo's nodes, which have none of their own: writes their history up to now, shows
 * what follows to a real Prometheus, and stays. Run as a process: `node load.ts SETTINGS.json`.
 *
 * It reports one line of JSON (LoadReport) on standard output when all of it is there.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { ResourceVector } from '../../src/core/resources.ts';
import { HistoryStore } from '../../src/history/index.ts';
import { createLoad } from '../history/generator.ts';
import { findPrometheus, startPrometheus } from '../history/prometheus.ts';
import { Replayer } from '../history/replayer.ts';
import { prepareTraces } from '../history/traces.ts';
import type { ReplayFunction } from '../history/traces.ts';
import { writeHistory } from '../history/write-history.ts';

/** What the process is given, as a file. */
export interface LoadSettings {
  readonly nodes: readonly { readonly name: string; readonly capacity: ResourceVector }[];
  /** Where the history is written, and where Prometheus keeps its data. */
  readonly history: string;
  readonly prometheus: string;
  /** A directory of recorded series, one Parquet file a node; without it load is generated from the seed. */
  readonly traces?: string;
  readonly seed: number;
  readonly days: number;
}

/** What the process answers. */
export type LoadReport =
  | {
      readonly state: 'ready';
      /** Of an API that answers `/api/v1/query`. */
      readonly url: string;
      /** Why the replayer answers in Prometheus' place; absent where a real one runs. */
      readonly withoutPrometheus?: string;
      /** What the history is made of, for people. */
      readonly history: readonly string[];
    }
  | { readonly state: 'failed'; readonly message: string };

const scrapeIntervalSeconds = 2;

interface Load {
  readonly loads: ReadonlyMap<string, ReplayFunction>;
  readonly history: readonly string[];
}

async function generate(settings: LoadSettings, now: number): Promise<Load> {
  const nodes = settings.nodes.map(({ name, capacity }) => ({
    name,
    capacity,
    load: createLoad({ seed: settings.seed, node: name, capacity }),
  }));
  const capacities = new Map(nodes.map(({ name, capacity }) => [name, capacity]));
  const store = await HistoryStore.open(settings.history, {
    now: () => now,
    capacityOf: (name) => capacities.get(name),
  });
  const rows = await writeHistory(store, { nodes, days: settings.days, endTime: now });
  const what = `${rows} rows, ${settings.days} days of ${nodes.length} nodes, generated with seed ${settings.seed}`;
  return { loads: new Map(nodes.map(({ name, load }) => [name, load])), history: [what] };
}

async function replayTraces(settings: LoadSettings, traces: string, now: number): Promise<Load> {
  const { nodes, history } = settings;
  const { replays, files, problems } = await prepareTraces({ traces, nodes, history, now });
  const given = [...files].map(([node, file]) => `${node} has the load of ${file}`);
  const [first] = problems;
  const refused =
    first === undefined
      ? []
      : [
          `${problems.length} columns or files are not used, the first of them in ${first.file}: ${first.reason}`,
        ];
  return { loads: replays, history: [...given, ...refused] };
}

async function play(settings: LoadSettings): Promise<{ report: LoadReport; stop: () => Promise<void> }> {
  const now = Date.now();
  const { loads, history } =
    settings.traces === undefined
      ? await generate(settings, now)
      : await replayTraces(settings, settings.traces, now);
  const replayer = await Replayer.start({ loads, now: () => Date.now() });
  const found = await findPrometheus();
  if (found.binary === undefined) {
    const report = { state: 'ready', url: replayer.url, withoutPrometheus: found.reason, history } as const;
    return { report, stop: () => replayer.stop() };
  }
  const prometheus = await startPrometheus({
    binary: found.binary,
    targets: [`127.0.0.1:${replayer.port}`],
    scrapeIntervalSeconds,
    folder: settings.prometheus,
  });
  const stop = async (): Promise<void> => {
    await prometheus.stop();
    await replayer.stop();
  };
  return { report: { state: 'ready', url: prometheus.url, history }, stop };
}

async function main(settingsFile: string): Promise<void> {
  const settings = JSON.parse(await readFile(settingsFile, 'utf8')) as LoadSettings;
  const { report, stop } = await play(settings);
  const end = (): void => void stop().finally(() => process.exit());
  process.once('SIGTERM', end).once('SIGINT', end);
  tell(report);
}

function tell(report: LoadReport): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

const [settingsFile = join('.demo', 'load.json')] = process.argv.slice(2);
main(settingsFile).catch((error: unknown) => {
  tell({ state: 'failed', message: error instanceof Error ? error.message : String(error) });
  process.exit(1);
});
