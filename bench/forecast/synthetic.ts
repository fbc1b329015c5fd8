/** Loads of nodes for benchmarks: a rhythm of a day, noise, bursts and steps; seeded. Shares of capacity. */
import { RESOURCES } from '../../src/core/resources.ts';
import type { Resource } from '../../src/core/resources.ts';
import { seededRandom } from '../../src/runtime/random.ts';

export const STEP_SECONDS = 300;
export const START = Date.UTC(2026, 2, 1);
const ROWS_A_DAY = 288;

export const timeOf = (row: number): number => START + row * STEP_SECONDS * 1000;

/** A value every five minutes from START on; more rows begin with those of fewer. */
export function syntheticLoad(resource: Resource, node: number, rows: number): Float64Array {
  const random = seededRandom(node * 4 + RESOURCES.indexOf(resource));
  const phase = random();
  const level = 0.1 + 0.5 * random();
  let allocated = Math.round(8 * random()) / 8;
  let burst = 0;
  const values = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    if (random() < 0.01) allocated = Math.round(8 * random()) / 8;
    burst = random() < 0.01 ? 0.3 * random() : burst * 0.9;
    const rhythm = 0.5 + 0.5 * Math.sin(2 * Math.PI * (row / ROWS_A_DAY + phase));
    const load = resource === 'gpu' ? allocated : level * (0.4 + 0.6 * rhythm) + burst + 0.05 * random();
    values[row] = Math.min(1, load);
  }
  return values;
}
