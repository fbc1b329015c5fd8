/** Templates, and the pods in them. */
import { remove, set, workflow, type Json } from '../valid-base.ts';
import { rules, server, type InvalidObject } from './invalid-object.ts';

const OWN_TEMPLATE = { spec: { containers: [{ name: 'main', image: 'registry.example.com/own:1' }] } };
const T = 'spec.templates[0]';
const POD = `${T}.template.spec`;

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
];
