/** Inputs and outputs. */
import { remove, set, workflow } from '../valid-base.ts';
import { rules, server, type InvalidObject } from './invalid-object.ts';

export const DATA_SETS: readonly InvalidObject[] = [
  server(
    'an output without a size',
    workflow(remove('spec.tasks[0].outputs[0].size')),
    'spec.tasks[0].outputs[0].size',
    'Required value',
  ),
  server(
    'a size that is none',
    workflow(set('spec.tasks[0].outputs[0].size', '20GB')),
    'spec.tasks[0].outputs[0].size',
    'should match',
  ),
  server(
    'a negative size',
    workflow(set('spec.tasks[0].outputs[0].size', -1)),
    'spec.tasks[0].outputs[0].size',
    'greater than or equal to 0',
  ),
  rules(
    'an input that nothing makes, of no size',
    workflow(set('spec.tasks[1].inputs', [{ name: 'rw' }])),
    'spec.tasks[1].inputs[0]',
    'did you mean "raw"?',
  ),
  rules(
    'an input made by a task that is not waited for',
    workflow(set('spec.tasks[1].dependencies', [])),
    'spec.tasks[1].inputs[0]',
    'add "a" to its dependencies',
  ),
  rules(
    'a data set made by two tasks',
    workflow(set('spec.tasks[1].outputs', [{ name: 'raw', size: '1Gi' }]), remove('spec.tasks[1].inputs')),
    'spec.tasks[1].outputs[0]',
    'is made by spec.tasks[0] ("a") as well',
  ),
];
