import { expect } from 'chai';
import { hostsNever, hostsNotNow, misfit, whyNot } from '../../../../src/core/placement/index.ts';
import type { NodeSnapshot, TaskSnapshot } from '../../../../src/core/plan/snapshot.ts';
import { amounts, GIB, node, task } from '../builders.ts';

const GPU_NODE = amounts({ cpu: 8, memory: 32 * GIB, gpu: 2, network: 1e9 });

describe('a node', () => {
  const cases: [string, Partial<NodeSnapshot>, Partial<TaskSnapshot>, string | undefined, boolean?][] = [
    ['holds a task that fits', {}, {}, undefined],
    ['holds a task of no demand', {}, { demand: amounts({}) }, undefined],
    ['holds a task of just its capacity', {}, { demand: amounts({ cpu: 8, memory: 32 * GIB }) }, undefined],
    ['never holds more than its capacity', {}, { demand: amounts({ cpu: 8.001 }) }, 'Capacity', true],
    ['without GPUs never holds a task with one', {}, { demand: amounts({ gpu: 1 }) }, 'Capacity', true],
    ['of a slower network never holds it', {}, { demand: amounts({ network: 2e9 }) }, 'Capacity', true],
    ['of no capacity holds nothing', { capacity: amounts({}) }, {}, 'Capacity', true],
    ['without the label never holds it', {}, { nodeSelector: { disk: 'ssd' } }, 'NodeSelector', true],
    ['with the label holds it', { labels: { disk: 'ssd' } }, { nodeSelector: { disk: 'ssd' } }, undefined],
    [
      'outside its affinity never holds it',
      {},
      {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }],
            },
          },
        },
      },
      'NodeAffinity',
      true,
    ],
    ['with a taint never holds it', { taints: [{ key: 'a', effect: 'NoSchedule' }] }, {}, 'Taint', true],
    [
      'with a taint holds what tolerates it',
      { taints: [{ key: 'a', effect: 'NoSchedule' }] },
      { tolerations: [{ operator: 'Exists' }] },
      undefined,
    ],
    [
      'under pressure does not hold it now',
      { taints: [{ key: 'node.kubernetes.io/disk-pressure', effect: 'NoSchedule' }] },
      {},
      'Taint',
      false,
    ],
    [
      'that is cordoned does not hold it now',
      { schedulable: false, unschedulableReason: 'is cordoned' },
      {},
      'Unschedulable',
      false,
    ],
    [
      'that is cordoned does not hold even what tolerates the cordon',
      { schedulable: false, taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] },
      { tolerations: [{ operator: 'Exists' }] },
      'Unschedulable',
      false,
    ],
    [
      'with the cordon’s taint is cordoned',
      { taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] },
      {},
      'Unschedulable',
      false,
    ],
    ['that a task was moved away from does not hold it now', {}, { excludedNodes: ['n'] }, 'Excluded', false],
    [
      'whose GPUs other pods have requested does not hold it now',
      { capacity: GPU_NODE, requested: amounts({ gpu: 1 }) },
      { demand: amounts({ gpu: 2 }) },
      'Requested',
      false,
    ],
    ['of whose pods none is left does not hold it now', { podSlots: 0 }, {}, 'PodSlots', false],
    [
      'that is too small and cordoned never holds it',
      { schedulable: false, unschedulableReason: 'is cordoned' },
      { demand: amounts({ cpu: 9 }) },
      'Capacity',
      true,
    ],
  ];
  for (const [sentence, ofNode, ofTask, kind, permanent] of cases) {
    it(sentence, () => {
      const [n, t] = [node('n', ofNode), task('t', ofTask)];
      expect(whyNot(n, t)?.kind).to.equal(kind);
      expect(hostsNever(n, t)).to.equal(permanent === true);
      expect(hostsNotNow(n, t)).to.equal(permanent === false);
    });
  }

  it('holds what fits but for the error of floating point', () => {
    expect(
      whyNot(
        node('n', { requested: amounts({ cpu: 7.7 }) }),
        task('t', { demand: amounts({ cpu: 0.1 + 0.2 }) }),
      ),
    ).to.equal(undefined);
  });
});

describe('why no node can hold a task', () => {
  const big = task('t', { demand: amounts({ memory: 500 * GIB }), nodeSelector: { accelerator: 'a100' } });
  const labels = { accelerator: 'a100' };
  const huge = amounts({ cpu: 8, memory: 1000 * GIB, network: 1e9 });

  it('is told by number of nodes, the most frequent reason first', () => {
    const nodes = [
      ...['a', 'b', 'c', 'd', 'e'].map((name) => node(name, { labels })),
      node('f'),
      node('g'),
      node('h', { labels, capacity: huge, schedulable: false, unschedulableReason: 'is cordoned' }),
    ];
    expect(misfit(nodes, big)).to.deep.equal({
      permanent: false,
      message:
        '0/8 nodes can hold it: 5 have less memory than 500Gi, 2 lack label accelerator=a100, 1 is cordoned',
    });
  });

  it('is permanent where no change of load or health would help', () => {
    expect(misfit([node('a', { labels }), node('b')], big)).to.deep.equal({
      permanent: true,
      message: '0/2 nodes can hold it: 1 has less memory than 500Gi, 1 lacks label accelerator=a100',
    });
  });

  it('agrees in number', () => {
    const cordoned = { labels, capacity: huge, schedulable: false, unschedulableReason: 'is cordoned' };
    expect(misfit([node('a', cordoned), node('b', cordoned)], big)?.message).to.equal(
      '0/2 nodes can hold it: 2 are cordoned',
    );
  });

  it('is, in a cluster without nodes, that there are none yet', () => {
    expect(misfit([], big)).to.deep.equal({
      permanent: false,
      message: '0/0 nodes can hold it: the cluster has no nodes',
    });
  });

  it('is nothing where one node can', () =>
    expect(misfit([node('f'), node('a', { labels, capacity: huge })], big)).to.equal(undefined));
});
