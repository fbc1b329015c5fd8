import { expect } from 'chai';
import { planWorkflows } from '../../../../src/core/plan/index.ts';
import { amounts, HOUR, node, NOW, SECOND, snapshot, task, workflow } from '../builders.ts';
import { find, MINUTE, plan, whole, window } from './support.ts';

describe('a plan', () => {
  it('of one task on one node starts it now, and says that there was no choice', () => {
    const [a] = plan([node('n')], [task('t')]).assignments;
    expect(a).to.deep.equal({
      task: 't',
      node: 'n',
      startTime: NOW,
      endTime: NOW + 10 * MINUTE,
      contention: 0,
      binding: 'Bound',
      reason: 'OnlyNode',
      alternatives: [],
    });
  });

  it('takes the node on which the task ends first, and names the runners-up', () => {
    const nodes = [
      node('a'),
      node('b', { speed: 2 }),
      node('c', { speed: 0.5 }),
      node('d'),
      node('e', { speed: 0.1 }),
    ];
    const a = find(plan(nodes, [task('t')], { slack: 0 }), 't');
    expect([a.node, a.reason, window(a)]).to.deep.equal(['b', 'EarliestFinish', [0, 5]]);
    expect(a.alternatives).to.deep.equal(
      ['a', 'd', 'c'].map((name) => ({
        node: name,
        endTime: NOW + (name === 'c' ? 20 : 10) * MINUTE,
        contention: 0,
      })),
    );
  });

  it('starts a task after its dependencies, which is provisional', () => {
    const p = plan([node('n')], [task('b', { dependencies: ['a'] }), task('a')]);
    expect([window(find(p, 'a')), window(find(p, 'b'))]).to.deep.equal([
      [0, 10],
      [10, 20],
    ]);
    expect([find(p, 'a').binding, find(p, 'b').binding]).to.deep.equal(['Bound', 'Provisional']);
    expect(p.assignments.map((a) => a.task)).to.deep.equal(['b', 'a']);
    expect(p.predictedCompletionTime).to.equal(NOW + 20 * MINUTE);
  });

  it('waits for data that another node has written', () => {
    const tasks = [
      task('a', {
        state: 'Succeeded',
        node: 'big',
        startTime: NOW - HOUR,
        completionTime: NOW,
        outputs: [{ name: 'x', bytes: 7.5e9 }],
      }),
      task('b', { dependencies: ['a'], inputs: [{ name: 'x', bytes: 7.5e9 }] }),
    ];
    const far = plan([node('big', { schedulable: false }), node('n')], tasks);
    expect(window(find(far, 'b'))).to.deep.equal([1, 11]);
    const local = plan([node('big'), node('n')], tasks);
    expect([find(local, 'b').node, ...window(find(local, 'b'))]).to.deep.equal(['big', 0, 10]);
  });

  it('packs tasks up to what the node has left after the requests of other pods', () => {
    const p = plan(
      [node('n', { requested: amounts({ cpu: 5 }) })],
      [task('a', { demand: amounts({ cpu: 2 }) }), task('b', { demand: amounts({ cpu: 2 }) }), task('c')],
    );
    expect([window(find(p, 'a')), window(find(p, 'b')), window(find(p, 'c'))]).to.deep.equal([
      [0, 10],
      [10, 20],
      [0, 10],
    ]);
    expect(find(p, 'b').binding).to.equal('Provisional');
  });

  it('puts no more pods on a node than it has room for', () => {
    const p = plan(
      [node('n', { podSlots: 2 })],
      ['a', 'b', 'c'].map((name) => task(name)),
    );
    expect(p.assignments.map((a) => window(a)[0])).to.deep.equal([0, 0, 10]);
  });

  it('keeps to the parallelism of the workflow, running tasks counted', () => {
    const running = task('r', { state: 'Running', node: 'n', startTime: NOW - 5 * MINUTE });
    const p = plan([node('n')], [running, task('a'), task('b')], { parallelism: 2 });
    expect([window(find(p, 'a')), window(find(p, 'b'))]).to.deep.equal([
      [0, 10],
      [5, 15],
    ]);
  });

  it('starts nothing before notBeforeTime, and binds nothing that is to start later', () => {
    const a = find(plan([node('n')], [task('t')], { notBeforeTime: NOW + HOUR }), 't');
    expect([window(a)[0], a.binding]).to.deep.equal([60, 'Provisional']);
  });

  it('binds what is to start within a minute', () => {
    const at = (milliseconds: number) =>
      find(
        plan(
          [node('n')],
          [
            task('r', { ...whole, state: 'Running', node: 'n', startTime: NOW - 10 * MINUTE + milliseconds }),
            task('t'),
          ],
        ),
        't',
      );
    // A run that is about to end is given two minutes: it is the clock of the node that counts.
    expect(at(125 * SECOND).binding).to.equal('Provisional');
    expect(find(plan([node('n')], [task('t')], { notBeforeTime: NOW + 60 * SECOND }), 't').binding).to.equal(
      'Provisional',
    );
    expect(
      find(
        plan(
          [node('n')],
          [
            task('d', {
              state: 'Succeeded',
              node: 'n',
              startTime: NOW - HOUR,
              completionTime: NOW + 50 * SECOND,
            }),
            task('t', { dependencies: ['d'] }),
          ],
        ),
        't',
      ).binding,
    ).to.equal('Bound');
  });

  it('plans the workflow of higher priority first, then the older, then by name', () => {
    const one = [task('t', whole)];
    const plans = planWorkflows(
      snapshot(
        [node('n')],
        [
          workflow('young', one, { creationTime: NOW }),
          workflow('b', one, { creationTime: NOW - HOUR }),
          workflow('a', one, { creationTime: NOW - HOUR }),
          workflow('urgent', one, { priority: 1 }),
        ],
      ),
    );
    expect(plans.map((p) => [p.name, window(find(p, 't'))[0]])).to.deep.equal([
      ['young', 30],
      ['b', 20],
      ['a', 10],
      ['urgent', 0],
    ]);
  });

  it('lets what is ready go before what is not, even of another workflow', () => {
    const first = workflow(
      'first',
      [task('a', { durationSeconds: 60 }), task('b', { ...whole, dependencies: ['a'] })],
      { priority: 1 },
    );
    const second = workflow('second', [task('c', { demand: amounts({ cpu: 7 }) })]);
    const [p, q] = planWorkflows(snapshot([node('n')], [first, second]));
    expect([window(find(q!, 'c'))[0], window(find(p!, 'b'))[0]]).to.deep.equal([0, 10]);
  });

  it('takes the longest way to the end first', () => {
    const p = plan(
      [node('n')],
      [task('short', whole), task('long', whole), task('after', { ...whole, dependencies: ['long'] })],
    );
    expect([window(find(p, 'long'))[0], window(find(p, 'short'))[0]]).to.deep.equal([0, 10]);
  });

  it('spreads tasks over nodes that are alike, and does not depend on their order', () => {
    const nodes = ['a', 'b', 'c'].map((name) => node(name));
    const tasks = ['x', 'y', 'z'].map((name) => task(name));
    const p = plan(nodes, tasks);
    expect(p.assignments.map((a) => a.node)).to.deep.equal(['a', 'b', 'c']);
    expect(plan(nodes.toReversed(), tasks)).to.deep.equal(p);
  });
});
