import { expect } from 'chai';
import { amounts, GIB, HOUR, node, NOW, steady, stepwise, task } from '../builders.ts';
import { contended, find, MINUTE, plan, whole, window } from './support.ts';

describe('a forecast that is missing or stale', () => {
  const blind = [node('none', { availability: {} }), node('old', { forecastStale: true })];
  for (const n of blind) {
    it(`lets a node be used where no other will do (${n.name})`, () => {
      expect(find(plan([n, node('fresh', { speed: 0.1 })], [task('t')]), 't').node).to.equal('fresh');
      const a = find(plan([n, contended('bad', 0.9)], [task('t')]), 't');
      expect([a.node, a.reason]).to.deep.equal([n.name, 'NoForecast']);
    });
  }

  it('of a resource that the task does not use does not matter', () => {
    const noGpu = node('n', {
      availability: { cpu: node('n').availability.cpu, memory: node('n').availability.memory },
    });
    expect(find(plan([noGpu, node('m', { speed: 0.5 })], [task('t')]), 't').node).to.equal('n');
  });

  it('plans on capacity less requests', () => {
    const n = node('n', { availability: {}, requested: amounts({ cpu: 7 }) });
    expect(plan([n], [task('a'), task('b')]).assignments.map((a) => window(a)[0])).to.deep.equal([0, 10]);
  });
});

describe('what has started or is bound', () => {
  it('keeps its node, and a running task its times', () => {
    const p = plan(
      [node('n'), node('m', { speed: 2 })],
      [task('r', { state: 'Running', node: 'n', startTime: NOW - 4 * MINUTE })],
    );
    expect(find(p, 'r')).to.include({
      node: 'n',
      startTime: NOW - 4 * MINUTE,
      endTime: NOW + 6 * MINUTE,
      binding: 'Bound',
      reason: 'Kept',
    });
  });

  it('is given two more minutes where it is overdue', () => {
    const p = plan(
      [node('n')],
      [task('r', { ...whole, state: 'Running', node: 'n', startTime: NOW - HOUR }), task('t')],
    );
    expect(find(p, 'r').endTime).to.equal(NOW + 2 * MINUTE);
    expect(find(p, 't').startTime).to.equal(NOW + 2 * MINUTE);
  });

  it('keeps its times when it is done', () => {
    const done = task('d', {
      state: 'Succeeded',
      node: 'gone',
      startTime: NOW - HOUR,
      completionTime: NOW - 30 * MINUTE,
    });
    const p = plan([node('n')], [done, task('t', { dependencies: ['d'] })]);
    expect(window(find(p, 'd'))).to.deep.equal([-60, -30]);
    expect(window(find(p, 't'))).to.deep.equal([0, 10]);
  });

  it('keeps its start where it can', () => {
    const bound = (startTime: number) => task('b', { bound: true, node: 'n', startTime });
    expect(
      window(find(plan([node('n'), node('m', { speed: 9 })], [bound(NOW + 5 * MINUTE)]), 'b')),
    ).to.deep.equal([5, 15]);
    expect(window(find(plan([node('n')], [bound(NOW - 5 * MINUTE)]), 'b'))).to.deep.equal([0, 10]);
    const after = task('r', { ...whole, state: 'Running', node: 'n', startTime: NOW });
    expect(window(find(plan([node('n')], [after, bound(NOW)]), 'b'))).to.deep.equal([10, 20]);
  });

  it('stays on a cordoned node that it was bound to', () => {
    expect(
      find(plan([node('n', { schedulable: false }), node('m')], [task('b', { bound: true, node: 'n' })]), 'b')
        .node,
    ).to.equal('n');
  });

  it('is shown on a node that is gone', () => {
    const p = plan(
      [node('m')],
      [task('b', { bound: true, node: 'gone', startTime: NOW }), task('c', { dependencies: ['b'] })],
    );
    expect([find(p, 'b').node, find(p, 'c').node]).to.deep.equal(['gone', 'm']);
  });

  it('as a whole plan of bound tasks is timed by its dependencies', () => {
    const p = plan(
      [node('n')],
      [
        task('b', { dependencies: ['a'], bound: true, node: 'n', startTime: NOW }),
        task('a', { bound: true, node: 'n', startTime: NOW }),
      ],
    );
    expect([window(find(p, 'a')), window(find(p, 'b'))]).to.deep.equal([
      [0, 10],
      [10, 20],
    ]);
  });
});

describe('a task that cannot be planned', () => {
  it('is told of with the reason, and its descendants are left out', () => {
    const p = plan(
      [node('n')],
      [
        task('big', { demand: amounts({ cpu: 99 }) }),
        task('child', { dependencies: ['big'] }),
        task('other'),
      ],
    );
    expect(p.assignments.map((a) => a.task)).to.deep.equal(['other']);
    expect(p.unplaceable).to.deep.equal([
      { task: 'big', permanent: true, message: '0/1 nodes can hold it: 1 has less cpu than 99' },
    ]);
    expect(p.predictedCompletionTime).to.equal(undefined);
  });

  it('may be planned later where its nodes are only out of use', () => {
    const p = plan([node('n', { schedulable: false, unschedulableReason: 'is cordoned' })], [task('t')]);
    expect(p.unplaceable).to.deep.equal([
      { task: 't', permanent: false, message: '0/1 nodes can hold it: 1 is cordoned' },
    ]);
  });

  it('has a reason in a cluster without nodes', () => {
    expect(plan([], [task('t')]).unplaceable[0]?.message).to.contain('the cluster has no nodes');
  });

  it('because of a failure before it is left out', () => {
    for (const state of ['Failed', 'Omitted'] as const) {
      const p = plan(
        [node('n')],
        [
          task('f', { state }),
          task('a', { dependencies: ['f'] }),
          task('b', { dependencies: ['a'] }),
          task('c'),
        ],
      );
      expect([p.assignments.map((a) => a.task), p.unplaceable]).to.deep.equal([['c'], []]);
    }
  });

  it('because it waits for itself is left out, and the rest is planned', () => {
    const p = plan(
      [node('n')],
      [task('a', { dependencies: ['b'] }), task('b', { dependencies: ['a'] }), task('c')],
    );
    expect(p.assignments.map((a) => a.task)).to.deep.equal(['c']);
  });
});

describe('an odd cluster or workflow', () => {
  it('without tasks has an empty plan', () => {
    expect(plan([node('n')], [])).to.deep.equal({
      namespace: 'default',
      name: 'w',
      assignments: [],
      unplaceable: [],
      predictedCompletionTime: undefined,
      contention: 0,
    });
  });

  it('with a node of no capacity uses the others', () => {
    expect(
      find(plan([node('a', { capacity: amounts({}), availability: {} }), node('b')], [task('t')]), 't').node,
    ).to.equal('b');
  });

  it('with a task of no demand plans it anywhere', () => {
    expect(
      find(plan([node('n', { capacity: amounts({}) })], [task('t', { demand: amounts({}) })]), 't').node,
    ).to.equal('n');
  });

  it('with a horizon shorter than the workflow holds the last slot', () => {
    const n = node('n', {
      availability: {
        ...node('n').availability,
        cpu: stepwise(
          [
            [8, 8, 8],
            [0.9, 1, 1.1],
          ],
          [0, 0.1, 1],
        ),
      },
    });
    const a = find(plan([n], [task('t', { durationSeconds: 36_000 })]), 't');
    expect(a.contention).to.be.closeTo((0.1 * (36_000 - 300)) / 36_000, 1e-4);
  });

  it('with a forecast of no steps is planned like one without', () => {
    const broken = { startTime: NOW, stepSeconds: 300, steps: 0, levels: [], values: new Float64Array(0) };
    expect(
      find(plan([node('n', { availability: { cpu: broken, memory: broken } })], [task('t')]), 't').node,
    ).to.equal('n');
  });

  it('with a chain of 2,000 tasks is planned in order', function () {
    this.timeout(20_000);
    const tasks = Array.from({ length: 2000 }, (_, i) =>
      task(`t${i}`, { dependencies: i === 0 ? [] : [`t${i - 1}`] }),
    );
    const p = plan([node('a'), node('b'), node('c')], tasks);
    expect(p.predictedCompletionTime).to.equal(NOW + 2000 * 10 * MINUTE);
  });

  it('with a thousand identical tasks fills the nodes wave by wave', function () {
    this.timeout(20_000);
    const nodes = ['a', 'b', 'c', 'd'].map((name) =>
      node(name, { capacity: amounts({ cpu: 8, memory: 999 * GIB }) }),
    );
    const p = plan(
      nodes,
      Array.from({ length: 1000 }, (_, i) => task(`t${i}`)),
    );
    expect(p.assignments).to.have.length(1000);
    expect(p.predictedCompletionTime).to.equal(NOW + Math.ceil(1000 / 32) * 10 * MINUTE);
  });
});

describe('clocks that disagree', () => {
  it('do not keep a plan from being made', () => {
    const later = NOW + HOUR;
    const ahead = node('n', { availability: { cpu: { ...steady([8, 8, 8]), startTime: later } } });
    const tasks = [
      task('done', { state: 'Succeeded', node: 'n', startTime: later, completionTime: later }),
      task('backwards', { state: 'Succeeded', node: 'n', startTime: NOW, completionTime: NOW - HOUR }),
      task('running', { state: 'Running', node: 'n', startTime: later }),
      task('next', { dependencies: ['done', 'backwards'] }),
    ];
    const p = plan([ahead], tasks);
    expect(find(p, 'next').startTime).to.equal(later);
    for (const { startTime, endTime } of p.assignments) expect(endTime).to.be.at.least(startTime);
  });
});
