/** Rules among pods, from a Workflow's words to what is planned by and to what its pods carry. */
import { expect } from 'chai';
import type { Task, Template, Workflow } from '../../../../src/api/types.generated.ts';
import { resolveWorkflow } from '../../../../src/core/workflow/index.ts';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';
const OWN = { matchLabels: { 'foreshard.dev/workflow': 'nightly', 'foreshard.dev/template': 'train' } };
const HOST = 'kubernetes.io/hostname';

function resolve(of: Partial<Template> = {}, podSpec: object = {}, task: Partial<Task> = {}, labels = {}) {
  const object: Workflow = {
    apiVersion: 'foreshard.dev/v1alpha1',
    kind: 'Workflow',
    metadata: { name: 'nightly', namespace: 'ml' },
    spec: {
      templates: [
        {
          name: 'train',
          estimatedDurationSeconds: 600,
          template: {
            metadata: { labels },
            spec: { containers: [{ name: 'main', image: 'train:1' }], ...podSpec },
          },
          ...of,
        },
      ],
      tasks: [{ name: 'a', templateRef: 'train', ...task }],
    },
  };
  const { tasks, problems } = resolveWorkflow(object, { gpuResourceName: 'nvidia.com/gpu' });
  const words = problems.map(({ field, message }) => `${field}: ${message}`);
  return { task: tasks[0], pod: tasks[0]?.podTemplate.spec, problems: words };
}

describe('rules among pods', () => {
  it('are about the tasks of the template, where they name no others', () => {
    const { task, pod, problems } = resolve({
      affinity: { podAntiAffinity: { [REQUIRED]: [{ topologyKey: HOST }] } },
      topologySpreadConstraints: [{ topologyKey: 'zone' }],
    });
    expect(problems).to.deep.equal([]);
    expect(task?.podRules?.map(({ kind, of, selector }) => ({ kind, of, selector }))).to.deep.equal([
      { kind: 'AntiAffinity', of: 'tasks of template train', selector: OWN },
      { kind: 'Spread', of: 'tasks of template train', selector: OWN },
    ]);
    expect(task?.labels).to.include(OWN.matchLabels);
    expect(pod?.affinity).to.deep.equal({
      podAntiAffinity: { [REQUIRED]: [{ topologyKey: HOST, labelSelector: OWN }] },
    });
    expect(pod?.topologySpreadConstraints).to.deep.equal([
      { topologyKey: 'zone', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', labelSelector: OWN },
    ]);
  });

  it('may be written in the pod template, about pods with any labels', () => {
    const labelSelector = { matchLabels: { app: 'train' } };
    const { task, pod } = resolve(
      {},
      {
        affinity: {
          podAffinity: {
            [PREFERRED]: [{ weight: 5, podAffinityTerm: { topologyKey: HOST, labelSelector } }],
          },
        },
        topologySpreadConstraints: [
          {
            topologyKey: 'zone',
            maxSkew: 2,
            whenUnsatisfiable: 'ScheduleAnyway',
            labelSelector,
            matchLabelKeys: ['build', 'absent'],
          },
        ],
      },
      {},
      { app: 'train', build: '7', 'app.kubernetes.io/instance': 'argo' },
    );
    expect(task?.labels).to.include({ app: 'train' }).and.to.not.have.property('app.kubernetes.io/instance');
    expect(task?.podRules?.map(({ of, weight, maxSkew }) => [of, weight, maxSkew])).to.deep.equal([
      ['pods with app=train', 5, 1],
      ['pods with app=train,build in (7)', 100, 2],
    ]);
    expect(pod?.topologySpreadConstraints).to.have.length(1);
  });

  it('of a task come beside those of its template, and before them for one key', () => {
    const { task, pod } = resolve(
      { topologySpreadConstraints: [{ topologyKey: 'zone' }, { topologyKey: HOST, maxSkew: 3 }] },
      {},
      { topologySpreadConstraints: [{ topologyKey: HOST, maxSkew: 1 }] },
    );
    expect(task?.podRules?.map(({ topologyKey, maxSkew }) => [topologyKey, maxSkew])).to.deep.equal([
      ['zone', 1],
      [HOST, 1],
    ]);
    expect(pod?.topologySpreadConstraints).to.have.length(2);
  });

  it('are not passed on where the pin of a pod would make them impossible', () => {
    const of = (nodeAffinityPolicy: 'Honor' | 'Ignore') =>
      resolve({ topologySpreadConstraints: [{ topologyKey: 'zone', minDomains: 3, nodeAffinityPolicy }] });
    expect(of('Honor').task?.podRules?.[0]?.minDomains).to.equal(3);
    expect((of('Honor').pod?.topologySpreadConstraints as object[])[0]).to.not.have.property('minDomains');
    expect((of('Ignore').pod?.topologySpreadConstraints as object[])[0]).to.have.property('minDomains', 3);
  });

  it('are refused where nothing can be planned by them', () => {
    const term = { topologyKey: HOST, namespaces: ['other'], labelSelector: {} };
    const { problems } = resolve(
      {},
      {
        affinity: { podAntiAffinity: { [REQUIRED]: [term] } },
        topologySpreadConstraints: [
          { topologyKey: 'zone', maxSkew: 0, whenUnsatisfiable: 'Never' },
          { topologyKey: 'zone', maxSkew: 1, whenUnsatisfiable: 'Never' },
        ],
      },
    );
    const spec = 'spec.templates[0].template.spec';
    expect(problems).to.deep.equal([
      `${spec}.affinity.podAntiAffinity.${REQUIRED}[0].namespaces: only pods of the workflow's own namespace can be planned by: remove namespaces`,
      `${spec}.topologySpreadConstraints[0].maxSkew: must be a whole number, 1 or more`,
      `${spec}.topologySpreadConstraints[0].whenUnsatisfiable: "Never" is none of DoNotSchedule, ScheduleAnyway`,
      `${spec}.topologySpreadConstraints[1].whenUnsatisfiable: "Never" is none of DoNotSchedule, ScheduleAnyway`,
      `${spec}.topologySpreadConstraints[1]: an earlier constraint has the same topologyKey and whenUnsatisfiable: remove one`,
    ]);
  });
});
