import { expect } from 'chai';
import fc from 'fast-check';
import type { Task, Template, Workflow } from '../../../../src/api/types.generated.ts';
import { resolveWorkflow, type ResolvedTask } from '../../../../src/core/workflow/index.ts';

const GPU = 'nvidia.com/gpu';
const GIB = 1024 ** 3;

function template(changes: Partial<Template> = {}, podSpec: object = {}): Template {
  return {
    name: 'train',
    estimatedDurationSeconds: 600,
    template: { spec: { containers: [{ name: 'main', image: 'train:1' }], ...podSpec } },
    ...changes,
  };
}

function workflow(templates: Template[], tasks: Task[], spec: Partial<Workflow['spec']> = {}): Workflow {
  return {
    apiVersion: 'foreshard.dev/v1alpha1',
    kind: 'Workflow',
    metadata: { name: 'nightly', namespace: 'ml' },
    spec: { templates, tasks, ...spec },
  };
}

const resolve = (object: Workflow): ReturnType<typeof resolveWorkflow> =>
  resolveWorkflow(object, { gpuResourceName: GPU });

/** The one task of a workflow that must have no problem. */
function resolveOne(
  from: Template,
  task: Partial<Task> = {},
  spec: Partial<Workflow['spec']> = {},
): ResolvedTask {
  const { tasks, problems } = resolve(
    workflow([from], [{ name: 'a', templateRef: from.name, ...task }], spec),
  );
  expect(problems).to.deep.equal([]);
  return tasks[0]!;
}

const fieldsAndReasons = (object: Workflow): string[] =>
  resolve(object).problems.map(({ field, reason }) => `${field} ${reason}`);

const containers = (...list: object[]): object => ({
  containers: list.map((container, i) => ({ name: `c${i}`, image: 'x:1', ...container })),
});

describe('a resolved task', () => {
  it('has what its template says, and the defaults', () => {
    const task = resolveOne(template());
    expect(task).to.include({ name: 'a', type: 'train', durationSeconds: 600 });
    expect(task.retry).to.deep.equal({
      limit: 0,
      backoff: { durationSeconds: 10, factor: 2, maxDurationSeconds: 600 },
    });
    expect(task.demand).to.deep.equal({ cpu: 0, memory: 0, gpu: 0, network: 0 });
    expect(task.dependencies).to.deep.equal([]);
  });

  it("has its own values where it states them, and its template's elsewhere", () => {
    const base = template({
      type: 'big',
      resources: { cpu: '4', memory: '8Gi' },
      retryStrategy: { limit: 3 },
      activeDeadlineSeconds: 900,
    });
    const task = resolveOne(base, {
      estimatedDurationSeconds: 60,
      type: 'small',
      resources: { cpu: '500m', network: '1G' },
    });
    expect(task).to.include({ type: 'small', durationSeconds: 60, activeDeadlineSeconds: 900 });
    expect(task.demand).to.deep.equal({ cpu: 0.5, memory: 8 * GIB, gpu: 0, network: 1e9 });
    expect(task.retry.limit).to.equal(3);
  });

  it('takes its own name for its type where it has a template of its own', () => {
    const own: Task = { name: 'solo', estimatedDurationSeconds: 5, template: template().template };
    const { tasks, problems } = resolve(workflow([], [own]));
    expect(problems).to.deep.equal([]);
    expect(tasks[0]).to.include({ name: 'solo', type: 'solo', durationSeconds: 5 });
  });

  describe('limits', () => {
    it('the sum over its containers, of resources that each of them limits', () => {
      const spec = containers(
        { resources: { limits: { cpu: '500m', memory: '1Gi' } } },
        { resources: { limits: { cpu: '1' } } },
      );
      expect(resolveOne(template({}, spec)).limits).to.deep.equal({ cpu: 1.5 });
    });

    it('those of its largest init container, or of the pod as a whole', () => {
      const one = containers({ resources: { limits: { cpu: '1' } } });
      const init = [{ name: 'i', image: 'x:1', resources: { limits: { cpu: '4' } } }];
      expect(resolveOne(template({}, { ...one, initContainers: init })).limits).to.deep.equal({ cpu: 4 });
      const pod = { ...one, resources: { limits: { memory: '2Gi' } } };
      expect(resolveOne(template({}, pod)).limits).to.deep.equal({ cpu: 1, memory: 2 * GIB });
    });
  });

  describe('demands', () => {
    it('the sum of what its containers request, where nothing else is stated', () => {
      const spec = containers(
        { resources: { requests: { cpu: '500m', memory: '1Gi' } } },
        { resources: { limits: { cpu: '1', [GPU]: 2 } } },
      );
      expect(resolveOne(template({}, spec)).demand).to.deep.equal({
        cpu: 1.5,
        memory: GIB,
        gpu: 2,
        network: 0,
      });
    });

    it('as much as its largest init container, with the sidecars that run beside it', () => {
      const spec = {
        ...containers({ resources: { requests: { cpu: '1' } } }),
        initContainers: [
          { name: 's', image: 'x:1', restartPolicy: 'Always', resources: { requests: { cpu: '500m' } } },
          { name: 'i', image: 'x:1', resources: { requests: { cpu: '4' } } },
        ],
      };
      expect(resolveOne(template({}, spec)).demand.cpu).to.equal(4.5);
    });

    it('what the pod requests as a whole, in place of its containers', () => {
      const spec = {
        ...containers({ resources: { requests: { cpu: '1' } } }),
        resources: { requests: { cpu: '3' } },
        overhead: { cpu: '250m' },
      };
      expect(resolveOne(template({}, spec)).demand.cpu).to.equal(3.25);
    });

    it('no less than kube-scheduler will reserve for it', () => {
      const spec = containers({ resources: { requests: { cpu: '4' } } });
      expect(resolveOne(template({ resources: { cpu: '2' } }, spec)).demand.cpu).to.equal(4);
    });
  });

  describe('has a pod', () => {
    it('that requests what the task states and no container does, GPUs as limits too, network not at all', () => {
      const base = template(
        { resources: { cpu: '4', memory: '8Gi', gpu: '1', network: '1G' } },
        containers({}, { resources: { requests: { memory: '1Gi' } } }),
      );
      const [first, second] = resolveOne(base).podTemplate.spec.containers;
      expect(first?.resources).to.deep.equal({ requests: { cpu: '4', [GPU]: '1' }, limits: { [GPU]: '1' } });
      expect(second?.resources).to.deep.equal({ requests: { memory: '1Gi' } });
    });

    it('that is never restarted in place, and carries the priority of the workflow', () => {
      const { spec } = resolveOne(template(), {}, { priorityClassName: 'batch-high' }).podTemplate;
      expect(spec).to.include({ restartPolicy: 'Never', priorityClassName: 'batch-high' });
    });

    it("with the task's variables in every container, in place of the template's", () => {
      const spec = {
        ...containers(
          {
            env: [
              { name: 'FOLD', value: 'a' },
              { name: 'KEEP', value: '1' },
            ],
          },
          {},
        ),
        initContainers: [{ name: 'i', image: 'x:1' }],
      };
      const pod = resolveOne(template({}, spec), { env: [{ name: 'FOLD', value: 'b' }] }).podTemplate.spec;
      expect(pod.containers[0]?.env).to.deep.equal([
        { name: 'KEEP', value: '1' },
        { name: 'FOLD', value: 'b' },
      ]);
      expect(pod.containers[1]?.env).to.deep.equal([{ name: 'FOLD', value: 'b' }]);
      expect((pod.initContainers as { env: unknown }[])[0]?.env).to.deep.equal([
        { name: 'FOLD', value: 'b' },
      ]);
    });

    it('that leaves the template of the other tasks as it was', () => {
      const base = template({ resources: { cpu: '1' } });
      const before = structuredClone(base);
      resolveOne(base, { env: [{ name: 'A' }], nodeSelector: { zone: 'east' } });
      expect(base).to.deep.equal(before);
    });
  });

  describe('may use the nodes', () => {
    const zone = (name: string) => ({ key: 'zone', operator: 'In' as const, values: [name] });
    const requiring = (...terms: object[]) => ({
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
    });

    it('that carry the labels of pod template, template and task, the last of which counts', () => {
      const base = template(
        { nodeSelector: { disk: 'ssd', zone: 'east' } },
        { nodeSelector: { arch: 'arm64', disk: 'hdd' } },
      );
      const task = resolveOne(base, { nodeSelector: { zone: 'west' } });
      const expected = { arch: 'arm64', disk: 'ssd', zone: 'west' };
      expect(task.nodeSelector).to.deep.equal(expected);
      expect(task.podTemplate.spec.nodeSelector).to.deep.equal(expected);
    });

    it('that every one of the affinities allows', () => {
      const base = template(
        {
          affinity: requiring({ matchExpressions: [zone('east')] }, { matchExpressions: [zone('west')] }),
        },
        {
          affinity: {
            ...requiring({ matchExpressions: [{ key: 'gpu', operator: 'Exists' }] }),
            unheardOf: { x: 1 },
          },
        },
      );
      const task = resolveOne(base);
      const terms =
        task.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
      expect(terms).to.deep.equal([
        { matchExpressions: [{ key: 'gpu', operator: 'Exists' }, zone('east')] },
        { matchExpressions: [{ key: 'gpu', operator: 'Exists' }, zone('west')] },
      ]);
      expect(task.podTemplate.spec.affinity).to.deep.equal({ ...task.affinity, unheardOf: { x: 1 } });
    });

    it('none, where one of the affinities allows none', () => {
      const base = template({ affinity: requiring({}) });
      const task = resolveOne(base, {
        affinity: requiring({ matchExpressions: [zone('east')] }),
      });
      const terms =
        task.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
      expect(terms).to.deep.equal([{}]);
    });

    it('whose taints any of them tolerates', () => {
      const base = template({ tolerations: [{ key: 'b' }] }, { tolerations: [{ key: 'a' }] });
      const task = resolveOne(base, { tolerations: [{ key: 'c' }] });
      expect(task.tolerations.map(({ key }) => key)).to.deep.equal(['a', 'b', 'c']);
      expect(task.podTemplate.spec.tolerations).to.deep.equal(task.tolerations);
    });
  });

  it('reads data sets of the size that their maker says, or that they say themselves', () => {
    const { tasks, problems } = resolve(
      workflow(
        [template()],
        [
          { name: 'a', templateRef: 'train', outputs: [{ name: 'raw', size: '2Gi' }] },
          { name: 'b', templateRef: 'train', dependencies: ['a'] },
          {
            name: 'c',
            templateRef: 'train',
            dependencies: ['b'],
            inputs: [
              { name: 'raw', size: '9Gi' },
              { name: 'web', size: 1000 },
            ],
          },
        ],
      ),
    );
    expect(problems).to.deep.equal([]);
    expect(tasks[2]?.inputs).to.deep.equal([
      { name: 'raw', bytes: 2 * GIB },
      { name: 'web', bytes: 1000 },
    ]);
  });
});

describe('a workflow that cannot be resolved', () => {
  it('has a problem for each mistake, once for a template however many tasks use it', () => {
    const object = workflow(
      [template({}, { containers: [{ name: 'main', resources: { requests: { cpu: 'two' } } }] })],
      [
        { name: 'a', templateRef: 'train' },
        { name: 'b', templateRef: 'trian', dependencies: ['zzz'] },
        { name: 'c', templateRef: 'train', inputs: [{ name: 'nothing' }] },
      ],
    );
    expect(fieldsAndReasons(object)).to.deep.equal([
      'spec.tasks[1].dependencies[0] UnknownDependency',
      'spec.tasks[2].inputs[0] UnknownInput',
      'spec.templates[0].template.spec.containers[0].image MissingImage',
      'spec.templates[0].template.spec.containers[0].resources.requests.cpu InvalidQuantity',
      'spec.tasks[1].templateRef UnknownTemplate',
    ]);
  });

  it('names parts of a pod template that are of the wrong shape, and leaves its tasks out', () => {
    const object = workflow(
      [
        template(
          {},
          { tolerations: { key: 'x' }, containers: [{ name: 'm', image: 'x', env: [{ value: '1' }] }] },
        ),
      ],
      [{ name: 'a', templateRef: 'train' }],
    );
    expect(fieldsAndReasons(object)).to.deep.equal([
      'spec.templates[0].template.spec.containers[0].env[0].name InvalidPodTemplate',
      'spec.templates[0].template.spec.tolerations InvalidPodTemplate',
    ]);
    expect(resolve(object).tasks).to.deep.equal([]);
  });

  it('is never an exception, whatever is in its pod template', () => {
    const fields = [
      'initContainers',
      'nodeSelector',
      'affinity',
      'tolerations',
      'overhead',
      'resources',
      'priorityClassName',
    ];
    const podSpecs = fc.record({
      extra: fc.dictionary(fc.constantFrom(...fields), fc.jsonValue({ maxDepth: 3 })),
      container: fc.dictionary(fc.constantFrom('env', 'resources', 'image'), fc.jsonValue({ maxDepth: 3 })),
    });
    fc.assert(
      fc.property(podSpecs, ({ extra, container }) => {
        const spec = { ...extra, containers: [{ name: 'main', image: 'x:1', ...container }] } as never;
        resolve(
          workflow(
            [template({ template: { spec } })],
            [{ name: 'a', templateRef: 'train', env: [{ name: 'A' }] }],
          ),
        );
      }),
    );
  });
});

describe('resolving 2,000 tasks with data between them', () => {
  it('takes less than 400 ms of CPU', () => {
    const tasks: Task[] = Array.from({ length: 2000 }, (_, i) => ({
      name: `t${i}`,
      templateRef: 'train',
      dependencies: [i - 1, i - 7].filter((j) => j >= 0).map((j) => `t${j}`),
      inputs: i < 50 ? [] : [{ name: `d${i - 50}` }],
      outputs: [{ name: `d${i}`, size: '1Gi' }],
    }));
    const object = workflow([template({ resources: { cpu: '1' } })], tasks);
    expect(resolve(object).problems).to.deep.equal([]);
    const before = process.cpuUsage();
    expect(resolve(object).tasks).to.have.length(2000);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).to.be.below(400);
  });
});

describe('what containers request beside the four resources', () => {
  const resources = (of: object) => template({}, containers({ resources: of }, { resources: of }));

  it('is taken of a node as it stands, by name', () => {
    const of = { limits: { 'example.com/fpga': '1' }, requests: { 'ephemeral-storage': '2Gi', cpu: '1' } };
    expect(resolveOne(resources(of)).extended).to.deep.equal({
      'ephemeral-storage': 4 * GIB,
      'example.com/fpga': 2,
    });
    expect(resolveOne(resources({ limits: { [GPU]: 1 } })).extended).to.equal(undefined);
  });

  it('is refused where it is part of a device, or a device that is not limited', () => {
    const problems = (of: object) =>
      fieldsAndReasons(workflow([resources(of)], [{ name: 'a', templateRef: 'train' }]));
    const field = 'spec.templates[0].template.spec.containers';
    expect(problems({ limits: { 'example.com/fpga': '1300m' } })).to.deep.equal([`${field} InvalidQuantity`]);
    expect(problems({ requests: { 'example.com/fpga': '1' } })).to.deep.equal([
      `${field}[0].resources.limits InvalidQuantity`,
      `${field}[1].resources.limits InvalidQuantity`,
    ]);
  });
});
