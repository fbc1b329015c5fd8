/** Objects that must be accepted, each for one thing that a validator easily gets wrong. */
import { chain, nodeForecast, remove, set, shardPlan, workflow, type Json } from './valid-base.ts';

export interface ValidObject {
  readonly name: string;
  readonly object: Json;
}

const POD = 'spec.templates[0].template.spec';
const OWN_TEMPLATE = { spec: { containers: [{ name: 'main', image: 'registry.example.com/own:1' }] } };

export const VALID_OBJECTS: readonly ValidObject[] = [
  { name: 'a plain workflow', object: workflow() },
  { name: '2,000 tasks', object: workflow(chain(2000)) },
  {
    name: 'null for a field with a default',
    object: workflow(set('spec.suspend', null), set('spec.planning', null)),
  },
  { name: 'null for an optional field', object: workflow(set('spec.parallelism', null)) },
  {
    name: 'quantities as integers',
    object: workflow(set('spec.templates[0].resources', { cpu: 4, memory: 0, gpu: 1 })),
  },
  { name: 'quantities with an exponent', object: workflow(set('spec.templates[0].resources.cpu', '1e3')) },
  { name: 'a quantity that is only a suffix', object: workflow(set('spec.templates[0].resources.cpu', 'm')) },
  { name: 'a size as an integer', object: workflow(set('spec.tasks[0].outputs[0].size', 1024)) },
  {
    name: 'a whole number with a decimal point',
    object: workflow(set('spec.parallelism', JSON.parse('5.0'))),
  },
  {
    name: 'a time with a zone and a fraction',
    object: workflow(set('spec.notBeforeTime', '2026-11-24T01:00:00.5+01:00')),
  },
  { name: 'a time in lower case', object: workflow(set('spec.notBeforeTime', '2026-11-24t01:00:00z')) },
  {
    name: 'fields of a Pod that the schema does not list',
    object: workflow(set(`${POD}.terminationGracePeriodSeconds`, 5)),
  },
  { name: 'restartPolicy Never', object: workflow(set(`${POD}.restartPolicy`, 'Never')) },
  {
    name: 'a task with a template of its own',
    object: workflow(
      remove('spec.tasks[2].templateRef'),
      set('spec.tasks[2].template', OWN_TEMPLATE),
      set('spec.tasks[2].estimatedDurationSeconds', 60),
    ),
  },
  {
    name: 'planName with mode Manual',
    object: workflow(set('spec.planning', { mode: 'Manual', planName: 'mine' })),
  },
  {
    name: 'backoff with defaults only',
    object: workflow(set('spec.templates[0].retryStrategy', { backoff: {} })),
  },
  {
    name: 'an input from outside with its size',
    object: workflow(set('spec.tasks[0].inputs', [{ name: 'web', size: '1Gi' }])),
  },
  { name: 'a name with dots', object: workflow(set('metadata.name', 'nightly.v2')) },
  {
    name: 'a wrong status, which nobody but a controller can write',
    object: workflow(set('status', { taskCounts: { total: 'three' } })),
  },
  { name: 'a plain plan', object: shardPlan() },
  {
    name: 'a window of no length',
    object: shardPlan(set('spec.assignments[0].endTime', '2026-11-24T01:00:00Z')),
  },
  {
    name: 'the same instant in another zone',
    object: shardPlan(set('spec.assignments[0].endTime', '2026-11-24T02:00:00+01:00')),
  },
  { name: 'a plain forecast', object: nodeForecast() },
  { name: 'a forecast without a spec', object: nodeForecast(remove('spec')) },
  {
    name: 'a horizon of exactly 672 steps',
    object: nodeForecast(set('spec', { horizonSeconds: 604800, stepSeconds: 900 })),
  },
];
