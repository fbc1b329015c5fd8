/** Days of generated load into a history, as if the operator had watched. */
import type { ResourceVector } from '../../src/core/resources.ts';
import type { HistoryStore, NodeSample } from '../../src/history/index.ts';
import type { LoadFunction } from './generator.ts';

const DAY_MS = 86_400_000;

export interface GeneratedNode {
  readonly name: string;
  readonly capacity: ResourceVector;
  readonly load: LoadFunction;
}

export interface WriteHistoryOptions {
  readonly nodes: readonly GeneratedNode[];
  readonly days: number;
  /** The last sample is the last multiple of the step before it (ms). */
  readonly endTime: number;
  /** Default 300. */
  readonly stepSeconds?: number;
}

/** Returns the number of rows written. */
export async function writeHistory(store: HistoryStore, options: WriteHistoryOptions): Promise<number> {
  const stepMs = (options.stepSeconds ?? 300) * 1000;
  const end = Math.ceil(options.endTime / stepMs) * stepMs;
  let rows = 0;
  let day: NodeSample[] = [];
  for (let time = end - options.days * DAY_MS; time < end; time += stepMs) {
    for (const { name, capacity, load } of options.nodes)
      day.push({ time, node: name, load: load(time), capacity });
    const isLastOfDay =
      Math.floor((time + stepMs) / DAY_MS) !== Math.floor(time / DAY_MS) || time + stepMs >= end;
    if (!isLastOfDay) continue;
    await store.append(day);
    rows += day.length;
    day = [];
  }
  return rows;
}
