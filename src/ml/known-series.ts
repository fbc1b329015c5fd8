/** A series of the past, as far as it may be learned from. */
import type { Series } from '../core/forecast/index.ts';
import type { Resource } from '../core/resources.ts';

export interface KnownSeries {
  readonly series: Series;
  readonly resource: Resource;
  /** Upper bound of the load, in the series' unit. */
  readonly capacity: number;
  /** Every value that is learned from is of a row before it. */
  readonly endRow: number;
}
