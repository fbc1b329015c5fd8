/** Templates, and the pods in them. */
import { remove, set, workflow, type Json } from '../valid-base.ts';
import { rules, server, type InvalidObject } from './invalid-object.ts';

const OWN_TEMPLATE = { spec: { containers: [{ name: 'main', image: 'registry.example.com/own:1' }] } };
const T = 'spec.templates[0]';
const POD = `${T}.template.spec`;
const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';

export const TEMPLATES: readonly InvalidObject[] = [
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
  server(
    'a spread over nothing',
    workflow(set(`${T}.topologySpreadConstraints`, [{ maxSkew: 1 }])),
    `${T}.topologySpreadConstraints[0].topologyKey`,
    'Required value',
  ),
  server(
    'two spreads over one label',
    workflow(set(`${T}.topologySpreadConstraints`, [{ topologyKey: 'zone' }, { topologyKey: 'zone' }])),
    `${T}.topologySpreadConstraints[1]`,
    'Duplicate value',
  ),
  server(
    'a reaction to an impossible spread that does not exist',
    workflow(
      set(`${T}.topologySpreadConstraints`, [{ topologyKey: 'zone', whenUnsatisfiable: 'DoNotCare' }]),
    ),
    `${T}.topologySpreadConstraints[0].whenUnsatisfiable`,
    'supported values: "DoNotSchedule", "ScheduleAnyway"',
  ),
  rules(
    'anti-affinity to pods of other namespaces',
    workflow(
      set(`${POD}.affinity`, {
        podAntiAffinity: { [REQUIRED]: [{ topologyKey: 'zone', namespaces: ['other'] }] },
      }),
    ),
    `${POD}.affinity.podAntiAffinity.${REQUIRED}[0].namespaces`,
    "only pods of the workflow's own namespace can be planned by",
  ),
  rules(
    'a spread of no reaction in a pod template',
    workflow(set(`${POD}.topologySpreadConstraints`, [{ topologyKey: 'zone', maxSkew: 1 }])),
    `${POD}.topologySpreadConstraints[0].whenUnsatisfiable`,
    'is required, as in a Pod',
  ),
  rules(
    'a maxSkew of 0 in a pod template',
    workflow(
      set(`${POD}.topologySpreadConstraints`, [
        { topologyKey: 'zone', maxSkew: 0, whenUnsatisfiable: 'DoNotSchedule' },
      ]),
    ),
    `${POD}.topologySpreadConstraints[0].maxSkew`,
    'must be a whole number, 1 or more',
  ),
  rules(
    'a label selector that takes values and has none',
    workflow(
      set('spec.tasks[0].topologySpreadConstraints', [
        { topologyKey: 'zone', labelSelector: { matchExpressions: [{ key: 'app', operator: 'In' }] } },
      ]),
    ),
    'spec.tasks[0].topologySpreadConstraints[0].labelSelector.matchExpressions[0].values',
    'In and NotIn need values',
  ),
  rules(
    'half a device',
    workflow(set(`${POD}.containers[0].resources`, { limits: { 'example.com/fpga': '500m' } })),
    `${POD}.containers`,
    'devices are requested whole',
  ),
  rules(
    'a device that is requested and not limited',
    workflow(set(`${POD}.containers[0].resources`, { requests: { 'example.com/fpga': '1' } })),
    `${POD}.containers[0].resources.limits`,
    'requested without an equal limit',
  ),
];
