/** Plans of tasks that request what is only counted: extended resources, and ephemeral storage. */
import { expect } from 'chai';
import { RollingPlanner } from '../../../../src/core/plan/index.ts';
import type { NodeSnapshot } from '../../../../src/core/plan/snapshot.ts';
import { node, NOW, SECOND, snapshot, task, workflow } from '../builders.ts';
import { find, plan, window } from './support.ts';

const FPGA = 'example.com/fpga';
const equipped = (name: string, allocatable: number, requested = 0): NodeSnapshot =>
  node(name, { extended: { [FPGA]: { allocatable, requested } } });
const one = { extended: { [FPGA]: 1 } };

describe('tasks that request an extended resource', () => {
  it('run where there is one, as many at once as there are devices', () => {
    const planned = plan(
      [node('plain', { speed: 9 }), equipped('e', 2)],
      [task('a', one), task('b', one), task('c', one), task('other')],
    );
    expect(['a', 'b', 'c'].map((name) => find(planned, name).node)).to.deep.equal(['e', 'e', 'e']);
    expect(['a', 'b', 'c'].map((name) => window(find(planned, name)))).to.deep.equal([
      [0, 10],
      [0, 10],
      [10, 20],
    ]);
    expect(find(planned, 'other').node).to.equal('plain');
  });

  it('wait for one that runs', () => {
    const runs = task('runs', { ...one, state: 'Running', node: 'e', startTime: NOW });
    expect(window(find(plan([equipped('e', 1)], [runs, task('a', one)]), 'a'))).to.deep.equal([10, 20]);
  });

  it('are told what each node lacks', () => {
    const nodes = [node('a'), node('b'), equipped('c', 0), equipped('d', 1), equipped('e', 4, 3)];
    expect(plan(nodes, [task('t', { extended: { [FPGA]: 2 } })]).unplaceable).to.deep.equal([
      {
        task: 't',
        permanent: false,
        message:
          '0/5 nodes can hold it: 3 lack example.com/fpga, 1 has less example.com/fpga than 2, 1 has less example.com/fpga than 2 left by the requests of other pods',
      },
    ]);
  });

  it('are planned around pods of others that take a device between two plans', () => {
    const planner = new RollingPlanner({ rescue: false, mendFrom: 0 });
    const tasks = [task('first'), task('a', { ...one, dependencies: ['first'] })];
    const world = snapshot([equipped('d', 1), equipped('e', 1)], [workflow('w', tasks)]);
    const [before] = planner.plan(world);
    const taken = find(before!, 'a').node;
    const nodes = world.nodes.map((n) => (n.name === taken ? equipped(n.name, 1, 1) : n));
    const [after] = planner.plan({ ...world, now: NOW + SECOND, nodes });
    expect(planner.hasMended).to.equal(true);
    expect(find(after!, 'a').node).to.not.equal(taken);
  });
});
