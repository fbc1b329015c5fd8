import { expect } from 'chai';
import { node, NOW, SECOND, task } from '../builders.ts';
import { find, plan, window } from './support.ts';

describe('a plan of tasks whose pace on a node was learned', () => {
  const slowOnA = new Map([['a', 4]]);

  it('takes the node on which they are quick, and has their time there', () => {
    const nodes = [node('a'), node('b')];
    const one = find(plan(nodes, [task('t', { paces: slowOnA })], { slack: 0 }), 't');
    expect([one.node, window(one)]).to.deep.equal(['b', [0, 10]]);
    const only = find(plan([node('a')], [task('t', { paces: slowOnA })]), 't');
    expect(window(only)).to.deep.equal([0, 40]);
  });

  it('sets them against the speed of the node', () => {
    const one = find(
      plan([node('a', { speed: 8 }), node('b')], [task('t', { paces: slowOnA })], { slack: 0 }),
      't',
    );
    expect([one.node, window(one)]).to.deep.equal(['a', [0, 5]]);
  });

  it('does not touch tasks of other types', () => {
    const tasks = [task('slow', { paces: slowOnA }), task('other')];
    const made = plan([node('a'), node('b')], tasks, { slack: 0 });
    expect(window(find(made, 'other'))).to.deep.equal([0, 10]);
    expect(find(made, 'slow').node).to.equal('b');
  });

  it('expects the rest of a running task at that pace', () => {
    const running = task('t', {
      paces: slowOnA,
      state: 'Running',
      node: 'a',
      startTime: NOW - 600 * SECOND,
      bound: true,
    });
    expect(find(plan([node('a'), node('b')], [running]), 't').endTime).to.equal(NOW + 1800 * SECOND);
  });
});
