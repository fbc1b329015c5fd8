/** What is learned from, and what comes of it. Times are ms since the epoch, durations seconds, amounts base units. */
import type { Load, ResourceVector } from '../resources.ts';

export interface FinishedRun {
  readonly namespace: string;
  /** Key under which it is learned, within its namespace. */
  readonly type: string;
  readonly node: string;
  /** The node's label node.kubernetes.io/instance-type; undefined: it has none, or is not known. */
  readonly nodeType: string | undefined;
  readonly end: number;
  readonly seconds: number;
  /** Of its node: work done per second. */
  readonly speed: number;
  /** `Failed`: by itself, or ended by others. */
  readonly outcome: 'Succeeded' | 'Failed';
  /** Peak usage. */
  readonly used: Load;
}

/** Seconds on a node of speed 1. */
export interface DurationEstimate {
  readonly p50: number;
  readonly p90: number;
}

/** What the planner is told of a task in place of its spec's own words. */
export interface LearnedTask {
  /** The median. */
  readonly durationSeconds: number;
  /** The 90 % quantile. */
  readonly reservedSeconds: number;
  /** At least what the spec says. */
  readonly demand: ResourceVector;
  /** By node: how many times as long as `durationSeconds / speed` it takes there; 1 where it is absent. */
  readonly paces: ReadonlyMap<string, number>;
}
