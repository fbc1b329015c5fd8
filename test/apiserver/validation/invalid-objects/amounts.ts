/** Durations, counts and quantities. */
import { set, workflow } from '../valid-base.ts';
import { server, type InvalidObject } from './invalid-object.ts';

const T = 'spec.templates[0]';

export const AMOUNTS: readonly InvalidObject[] = [
  // Durations and counts
  server(
    'a duration of 0',
    workflow(set(`${T}.estimatedDurationSeconds`, 0)),
    `${T}.estimatedDurationSeconds`,
    'greater than or equal to 1',
  ),
  server(
    'a negative duration',
    workflow(set(`${T}.estimatedDurationSeconds`, -60)),
    `${T}.estimatedDurationSeconds`,
    'greater than or equal to 1',
  ),
  server(
    'a duration with a fraction',
    workflow(set(`${T}.estimatedDurationSeconds`, 1.5)),
    `${T}.estimatedDurationSeconds`,
    'must be of type int',
  ),
  server(
    'a duration as a string',
    workflow(set(`${T}.estimatedDurationSeconds`, '10m')),
    `${T}.estimatedDurationSeconds`,
    'must be of type integer',
  ),
  server(
    'a duration that is null',
    workflow(set(`${T}.estimatedDurationSeconds`, null)),
    `${T}.estimatedDurationSeconds`,
    'Required value',
  ),
  server(
    'a duration of over a year',
    workflow(set(`${T}.estimatedDurationSeconds`, 31_536_001)),
    `${T}.estimatedDurationSeconds`,
    'less than or equal to 31536000',
  ),
  server(
    'a parallelism of 0',
    workflow(set('spec.parallelism', 0)),
    'spec.parallelism',
    'greater than or equal to 1',
  ),
  server(
    'a deadline of 0',
    workflow(set('spec.activeDeadlineSeconds', 0)),
    'spec.activeDeadlineSeconds',
    'greater than or equal to 1',
  ),
  server(
    'a negative retry limit',
    workflow(set(`${T}.retryStrategy.limit`, -1)),
    `${T}.retryStrategy.limit`,
    'greater than or equal to 0',
  ),
  server(
    'a longest wait shorter than the first',
    workflow(set(`${T}.retryStrategy.backoff.maxDurationSeconds`, 10)),
    `${T}.retryStrategy.backoff.maxDurationSeconds`,
    'must be at least durationSeconds',
  ),
  server(
    'a ceiling of over 100 %',
    workflow(set('spec.planning.contentionCeilingPercent', 101)),
    'spec.planning.contentionCeilingPercent',
    'less than or equal to 100',
  ),

  // Quantities
  server(
    'a quantity that is none',
    workflow(set(`${T}.resources.cpu`, 'two')),
    `${T}.resources.cpu`,
    'must be a quantity',
  ),
  server(
    'a negative quantity',
    workflow(set(`${T}.resources.memory`, '-1Gi')),
    `${T}.resources.memory`,
    'must be a quantity of 0 or more',
  ),
  server(
    'a quantity with a fraction and no quotes',
    workflow(set(`${T}.resources.cpu`, 0.5)),
    `${T}.resources.cpu`,
    'must be of type integer,string',
  ),
  server(
    'half a GPU',
    workflow(set(`${T}.resources.gpu`, '500m')),
    `${T}.resources.gpu`,
    'whole number of devices',
  ),
  server(
    'a unit that does not exist',
    workflow(set(`${T}.resources.network`, '100Mbit')),
    `${T}.resources.network`,
    'must be a quantity',
  ),
  server(
    'a resource that Foreshard does not know',
    workflow(set(`${T}.resources.disk`, '1Gi')),
    `${T}.resources.disk`,
    'unknown field',
  ),
];
