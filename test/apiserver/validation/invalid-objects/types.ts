/** Enums, types, unknown fields, times and selectors: what any field can get wrong. */
import { remove, set, workflow } from '../valid-base.ts';
import { server, type InvalidObject } from './invalid-object.ts';

export const TYPES: readonly InvalidObject[] = [
  server(
    'a mode in lower case',
    workflow(set('spec.planning.mode', 'auto')),
    'spec.planning.mode',
    'supported values: "Auto", "Manual"',
  ),
  server(
    'a policy that does not exist',
    workflow(set('spec.resharding.onDrift', 'Retry')),
    'spec.resharding.onDrift',
    'Unsupported value',
  ),
  server(
    'planName with mode Auto',
    workflow(set('spec.planning.planName', 'mine')),
    'spec.planning.planName',
    'planName is for mode Manual',
  ),
  server(
    'a field that does not exist',
    workflow(set('spec.tasks[1].dependsOn', ['a'])),
    'spec.tasks[1].dependsOn',
    'unknown field',
  ),
  server(
    'a field in the wrong case',
    workflow(set('spec.Parallelism', 3)),
    'spec.Parallelism',
    'unknown field',
  ),
  server(
    'a string in place of a list',
    workflow(set('spec.tasks[1].dependencies', 'a')),
    'spec.tasks[1].dependencies',
    'must be of type array',
  ),
  server(
    'an object in place of a list',
    workflow(set('spec.tasks', {})),
    'spec.tasks',
    'must be of type array',
  ),
  server(
    'a string in place of a task',
    workflow(set('spec.tasks[2]', 'c')),
    'spec.tasks[2]',
    'must be of type object',
  ),
  server(
    'null in a list',
    workflow(set('spec.tasks[1].dependencies', [null])),
    'spec.tasks[1].dependencies[0]',
    'must be of type string',
  ),
  server(
    'a string in place of a boolean',
    workflow(set('spec.suspend', 'yes')),
    'spec.suspend',
    'must be of type boolean',
  ),
  server(
    'a number in place of a label',
    workflow(set('spec.tasks[2].nodeSelector', { zone: 1 })),
    'spec.tasks[2].nodeSelector.zone',
    'must be of type string',
  ),
  server('no spec', workflow(remove('spec')), 'spec', 'Required value'),
  server(
    'a time that is none',
    workflow(set('spec.notBeforeTime', 'tomorrow')),
    'spec.notBeforeTime',
    'must be of type date-time',
  ),
  server(
    'a time without a zone',
    workflow(set('spec.notBeforeTime', '2026-11-24T01:00:00')),
    'spec.notBeforeTime',
    'must be of type date-time',
  ),
  server(
    'a day that does not exist',
    workflow(set('spec.notBeforeTime', '2026-02-30T01:00:00Z')),
    'spec.notBeforeTime',
    'must be of type date-time',
  ),
  server(
    'In without values',
    workflow(
      set('spec.tasks[0].affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution', {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In' }] }],
      }),
    ),
    'spec.tasks[0].affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0]',
    'need values',
  ),
  server(
    'a toleration of an unknown effect',
    workflow(set('spec.tasks[0].tolerations', [{ key: 'x', effect: 'NoRun' }])),
    'spec.tasks[0].tolerations[0].effect',
    'Unsupported value',
  ),
];
