/** Names and labels. */
import { remove, set, workflow } from '../valid-base.ts';
import { server, type InvalidObject } from './invalid-object.ts';

export const NAMES: readonly InvalidObject[] = [
  server(
    'a task without a name',
    workflow(remove('spec.tasks[0].name')),
    'spec.tasks[0].name',
    'Required value',
  ),
  server(
    'an empty task name',
    workflow(set('spec.tasks[2].name', '')),
    'spec.tasks[2].name',
    'at least 1 chars',
  ),
  server(
    'an uppercase task name',
    workflow(set('spec.tasks[2].name', 'Train')),
    'spec.tasks[2].name',
    'should match',
  ),
  server(
    'a task name of 64 characters',
    workflow(set('spec.tasks[2].name', 'x'.repeat(64))),
    'spec.tasks[2].name',
    'may not be more than 63',
  ),
  server(
    'an uppercase workflow name',
    workflow(set('metadata.name', 'Nightly')),
    'metadata.name',
    'RFC 1123',
  ),
  server(
    'a workflow name too long for a label of its Jobs',
    workflow(set('metadata.name', 'x'.repeat(64))),
    '',
    'at most 63 characters',
  ),
  server(
    'a workflow name of 254 characters',
    workflow(set('metadata.name', 'x'.repeat(254))),
    'metadata.name',
    'no more than 253',
  ),
  server('no name', workflow(remove('metadata.name')), 'metadata.name', 'name or generateName is required'),
  server(
    'a label that is none',
    workflow(set('metadata.labels', { 'a b': 'c' })),
    'metadata.labels',
    'name part',
  ),
];
