/**
 * Objects with one mistake each: what is wrong, in words; the object; the field that must be named, and a part
 * of the message. `by: 'rules'` are mistakes that no schema can say within the API server's cost limits: the
 * server takes them, `foreshard lint` refuses them, and the operator reports them as Stalled.
 */
import { chain, nodeForecast, remove, set, shardPlan, workflow, type Json } from './valid-base.ts';

export interface InvalidObject {
  readonly name: string;
  readonly object: Json;
  readonly field: string;
  readonly message: string;
  readonly by: 'server' | 'rules';
}

const server = (name: string, object: Json, field: string, message: string): InvalidObject => ({
  name,
  object,
  field,
  message,
  by: 'server',
});
const rules = (name: string, object: Json, field: string, message: string): InvalidObject => ({
  name,
  object,
  field,
  message,
  by: 'rules',
});

const OWN_TEMPLATE = { spec: { containers: [{ name: 'main', image: 'registry.example.com/own:1' }] } };
const T = 'spec.templates[0]';
const POD = `${T}.template.spec`;

export const INVALID_OBJECTS: readonly InvalidObject[] = [
  // The graph
  server('a workflow without tasks', workflow(set('spec.tasks', [])), 'spec.tasks', 'at least 1 items'),
  server('3,000 tasks', workflow(chain(3000)), 'spec.tasks', 'split it into several'),
  server('5,000 tasks', workflow(chain(5000)), 'spec.tasks', 'Too many: 5000'),
  server(
    'two tasks of one name',
    workflow(set('spec.tasks[1].name', 'a')),
    'spec.tasks[1]',
    'Duplicate value',
  ),
  server(
    'a dependency listed twice',
    workflow(set('spec.tasks[1].dependencies', ['a', 'a'])),
    'spec.tasks[1].dependencies[1]',
    'Duplicate value',
  ),
  rules(
    'a dependency on a task that does not exist',
    workflow(set('spec.tasks[2].dependencies', ['bb'])),
    'spec.tasks[2].dependencies[0]',
    'there is no task "bb" (did you mean "b"?)',
  ),
  rules(
    'a task that depends on itself',
    workflow(set('spec.tasks[1].dependencies', ['a', 'b'])),
    'spec.tasks[1].dependencies[1]',
    'depends on itself',
  ),
  rules(
    'three tasks that wait for each other',
    workflow(set('spec.tasks[0].dependencies', ['c']), remove('spec.tasks[1].inputs')),
    'spec.tasks[0].dependencies[0]',
    'a → c → b → a',
  ),

  // Names
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

  // Templates
  server(
    'a templateRef that is no template',
    workflow(set('spec.tasks[0].templateRef', 'stepp')),
    'spec.tasks',
    'every templateRef must be the name of one of spec.templates',
  ),
  server(
    'both a templateRef and a template',
    workflow(set('spec.tasks[0].template', OWN_TEMPLATE)),
    'spec.tasks[0]',
    'either templateRef',
  ),
  server(
    'neither a templateRef nor a template',
    workflow(remove('spec.tasks[0].templateRef')),
    'spec.tasks[0]',
    'either templateRef',
  ),
  server(
    'a template of its own and no duration',
    workflow(remove('spec.tasks[0].templateRef'), set('spec.tasks[0].template', OWN_TEMPLATE)),
    'spec.tasks[0]',
    'needs estimatedDurationSeconds',
  ),
  server(
    'two templates of one name',
    workflow((object) => {
      const { templates } = object.spec as { templates: Json[] };
      templates.push({ ...templates[0] });
    }),
    'spec.templates[1]',
    'Duplicate value',
  ),
  server(
    'restartPolicy Always',
    workflow(set(`${POD}.restartPolicy`, 'Always')),
    `${POD}.restartPolicy`,
    'must be Never',
  ),
  server(
    'nodeName',
    workflow(set(`${POD}.nodeName`, 'cpu-1')),
    `${POD}.nodeName`,
    'Foreshard plans the node',
  ),
  server('no container', workflow(set(`${POD}.containers`, [])), `${POD}.containers`, 'at least 1 items'),
  server('no pod spec', workflow(set(`${T}.template`, {})), POD, 'Required value'),
  server(
    'an uppercase container name',
    workflow(set(`${POD}.containers[0].name`, 'Main')),
    `${POD}.containers[0].name`,
    'should match',
  ),
  rules(
    'a container without an image',
    workflow(remove(`${POD}.containers[0].image`)),
    `${POD}.containers[0].image`,
    'needs an image',
  ),
  rules(
    'a request that is no quantity',
    workflow(set(`${POD}.containers[0].resources`, { requests: { cpu: 'two' } })),
    `${POD}.containers[0].resources.requests.cpu`,
    'is not a quantity',
  ),

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

  // Data sets
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

  // Enums, types, unknown fields, times
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

  // ShardPlan
  server(
    'a plan for no workflow',
    shardPlan(remove('spec.workflowRef')),
    'spec.workflowRef',
    'Required value',
  ),
  server(
    'an assignment without a node',
    shardPlan(remove('spec.assignments[0].node')),
    'spec.assignments[0].node',
    'Required value',
  ),
  server(
    'a task assigned twice',
    shardPlan(set('spec.assignments[1].task', 'a')),
    'spec.assignments[1]',
    'Duplicate value',
  ),
  server(
    'an end before the start',
    shardPlan(set('spec.assignments[0].endTime', '2026-11-24T00:10:00Z')),
    'spec.assignments[0].endTime',
    'must not be before startTime',
  ),
  server(
    'a contention of over 1000',
    shardPlan(set('spec.assignments[0].contentionPermille', 1001)),
    'spec.assignments[0].contentionPermille',
    'less than or equal to 1000',
  ),
  server(
    'a binding that does not exist',
    shardPlan(set('spec.assignments[0].binding', 'Final')),
    'spec.assignments[0].binding',
    'Unsupported value',
  ),
  server(
    '2,001 assignments',
    shardPlan(
      set(
        'spec.assignments',
        Array.from({ length: 2001 }, (_, i) => ({ task: `t${i}`, node: 'n' })),
      ),
    ),
    'spec.assignments',
    'Too many',
  ),

  // NodeForecast
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
