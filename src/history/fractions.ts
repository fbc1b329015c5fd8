/**
 * A user's file of one node: fractions of the node's capacity, turned into base units.
 *
 * Nobody says in which unit a column is, so its values do: a share cannot be far over 1. One value over 1.5 means
 * another unit (percent, KB/s), and believing it would make a node look full for ever.
 */
import { byResource } from '../core/resources.ts';
import type { Resource, ResourceVector } from '../core/resources.ts';
import type { Table } from './decode.ts';

/** Above it a value is no fraction; between 1 and it, a measurement a little off. */
const LARGEST_FRACTION = 1.5;

export interface FractionColumns {
  readonly load: Readonly<Record<Resource, Float64Array>>;
  /** Columns in another unit, with the reason. */
  readonly refused: readonly { readonly resource: Resource; readonly reason: string }[];
}

export function fromFractions(table: Table, capacity: ResourceVector): FractionColumns {
  const refused: { resource: Resource; reason: string }[] = [];
  const column = (resource: Resource): Float64Array => {
    const values = table.numbers(resource);
    const largest = values.reduce((max, v) => (v > max ? v : max), 0);
    if (largest > LARGEST_FRACTION) {
      refused.push({
        resource,
        reason:
          `column ${resource} holds values up to ${largest.toPrecision(4)}, which are no fractions of capacity: ` +
          'it counts as not measured; rescale it to 0..1 to have it used',
      });
      return values.fill(NaN);
    }
    return values.map((v) => (v >= 0 ? Math.min(v, 1) * capacity[resource] : NaN));
  };
  return { load: byResource(column), refused };
}
