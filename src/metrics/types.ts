/** What nodes and pods were seen to carry, whatever told it. Times are ms since the epoch. */
import { byResource } from '../core/resources.ts';
import type { Load, Resource } from '../core/resources.ts';

export const NOTHING: Load = byResource(() => null);

export interface Observation {
  /** By the clock of this process, whatever clock the source has. */
  readonly time: number;
  readonly node: string;
  /** Of everything on the node. `gpu` is how much its devices are used, not how many are taken. */
  readonly load: Load;
}

/** A pod whose own usage is wanted. */
export interface PodReference {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
}

export interface PodUsage {
  readonly namespace: string;
  readonly name: string;
  readonly usage: Load;
}

export interface LoadReport {
  /** One for each node that has any value, in order of name. */
  readonly nodes: readonly Observation[];
  /** Of the pods asked for, those that have any value. */
  readonly pods: readonly PodUsage[];
}

export interface ObservedLoadSource {
  /** For messages: "Prometheus at http://…". */
  readonly name: string;
  /** Throws MetricsError when nothing could be asked. Retries are left to the caller. */
  observe(signal: AbortSignal, pods?: readonly PodReference[]): Promise<LoadReport>;
}

/** A source could not answer: for which resource, and what it said. */
export class MetricsError extends Error {
  override name = 'MetricsError';
  readonly resource: Resource | undefined;
  /** HTTP status, where there was an answer. */
  readonly status: number | undefined;

  constructor(message: string, details: { resource?: Resource; status?: number; cause?: unknown } = {}) {
    super(message, { cause: details.cause });
    this.resource = details.resource;
    this.status = details.status;
  }
}
