/** Objects with one mistake each, in the order in which docs/reference/invalid-objects.md shows them. */
import { AMOUNTS } from './amounts.ts';
import { DATA_SETS } from './data-sets.ts';
import { GRAPH } from './graph.ts';
import { NAMES } from './names.ts';
import { NODE_FORECASTS } from './node-forecast.ts';
import { SHARD_PLANS } from './shard-plan.ts';
import { TEMPLATES } from './templates.ts';
import { TYPES } from './types.ts';
import type { InvalidObject } from './invalid-object.ts';

export type { InvalidObject } from './invalid-object.ts';

export const INVALID_OBJECTS: readonly InvalidObject[] = [
  ...GRAPH,
  ...NAMES,
  ...TEMPLATES,
  ...AMOUNTS,
  ...DATA_SETS,
  ...TYPES,
  ...SHARD_PLANS,
  ...NODE_FORECASTS,
];
