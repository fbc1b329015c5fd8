/** What a node was seen to carry, whatever told it. Times are ms since the epoch. */
import type { Resource } from '../core/resources.ts';

export interface Observation {
  readonly time: number;
  readonly node: string;
  /** Base units: cores, bytes, devices, bits per second; null: not measured. */
  readonly load: Readonly<Record<Resource, number | null>>;
}

export interface ObservedLoadSource {
  /** For messages: "Prometheus at http://…". */
  readonly name: string;
  /** One observation for each node that has any value, in order of name. Throws MetricsError when nothing could be asked. */
  observe(signal: AbortSignal): Promise<readonly Observation[]>;
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
