/** For tests of forecasts: a history that was made up, and what the operator publishes by it. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { NodeForecast } from '../../../src/api/types.generated.ts';
import { HistoryStore } from '../../../src/history/index.ts';
import type { Cluster } from '../../../tools/control-plane/cluster.ts';
import { createLoad } from '../../../tools/history/generator.ts';
import { writeHistory } from '../../../tools/history/write-history.ts';

/** Of a node of the cluster, and the same in base units. */
export const SIZE = { cpu: 16, memory: '64Gi' } as const;
const CAPACITY = { cpu: 16, memory: 64 * 2 ** 30, gpu: 0, network: 10e9 };

/** A new directory with so many days of one node's load up to now. */
export async function historyOf(node: string, days: number): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'foreshard-history-'));
  const store = await HistoryStore.open(directory, { now: () => Date.now() });
  const load = createLoad({ seed: 1, node, capacity: CAPACITY });
  await writeHistory(store, {
    nodes: [{ name: node, capacity: CAPACITY, load }],
    days,
    endTime: Date.now(),
  });
  await store.close();
  return directory;
}

export async function forecastOf(cluster: Cluster, node: string): Promise<NodeForecast | undefined> {
  const list = JSON.parse(await cluster.kubectl(['get', 'nodeforecasts', '-o', 'json'])) as {
    items: NodeForecast[];
  };
  return list.items.find(({ metadata }) => metadata.name === node);
}
