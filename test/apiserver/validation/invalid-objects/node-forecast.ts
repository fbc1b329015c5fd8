/** Settings of a forecast. */
import { nodeForecast, set } from '../valid-base.ts';
import { server, type InvalidObject } from './invalid-object.ts';

export const NODE_FORECASTS: readonly InvalidObject[] = [
  server(
    'a horizon that is no multiple of the step',
    nodeForecast(set('spec.stepSeconds', 1000)),
    'spec.horizonSeconds',
    'must be a multiple of stepSeconds',
  ),
  server(
    'more steps than an object holds',
    nodeForecast(set('spec.stepSeconds', 60)),
    'spec.stepSeconds',
    'at most 672 steps',
  ),
  server(
    'a step of 0',
    nodeForecast(set('spec.stepSeconds', 0)),
    'spec.stepSeconds',
    'greater than or equal to 60',
  ),
  server(
    'an unknown resource',
    nodeForecast(set('spec.resources', ['cpu', 'disk'])),
    'spec.resources[1]',
    'Unsupported value',
  ),
  server(
    'a resource listed twice',
    nodeForecast(set('spec.resources', ['cpu', 'cpu'])),
    'spec.resources[1]',
    'Duplicate value',
  ),
  server('no resources', nodeForecast(set('spec.resources', [])), 'spec.resources', 'at least 1 items'),
  server('an unknown model', nodeForecast(set('spec.model', 'Magic')), 'spec.model', 'Unsupported value'),
];
