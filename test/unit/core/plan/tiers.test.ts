import { expect } from 'chai';
import { courseOf } from '../../../../src/core/plan/course.ts';
import { DEFAULT_POLICY } from '../../../../src/core/plan/policy.ts';
import { buildProblem } from '../../../../src/core/plan/problem.ts';
import { Rollout } from '../../../../src/core/plan/rollout.ts';
import type { NodeSnapshot } from '../../../../src/core/plan/snapshot.ts';
import { amounts, node, snapshot, task, workflow } from '../builders.ts';

const NODES = 300;
const TASKS = 50;
const MOST_LOOKS = 5 * TASKS;
const nodes = (of: (i: number) => Partial<NodeSnapshot>): NodeSnapshot[] =>
  Array.from({ length: NODES }, (_, i) => node(`n${i}`, of(i)));
const tasks = Array.from({ length: TASKS }, (_, i) => task(`t${i}`, { demand: amounts({ cpu: 1 }) }));
/** Looks at nodes, and the names of those that tasks went to. */
function rolledOut(of: readonly NodeSnapshot[]): { readonly looks: number; readonly used: Set<string> } {
  const course = courseOf(buildProblem(snapshot(of, [workflow('w', tasks)])));
  const rollout = new Rollout(course);
  expect(rollout.run(DEFAULT_POLICY).stuck).to.equal(0);
  return {
    looks: rollout.looks,
    used: new Set(Array.from(rollout.board.node, (n) => course.nodeNames[n] ?? '')),
  };
}

describe('tiers of nodes', () => {
  it('end a search in the best one that there is: without any forecast not every node is looked at', () => {
    expect(rolledOut(nodes(() => ({}))).looks).to.be.at.most(MOST_LOOKS);
    expect(rolledOut(nodes(() => ({ availability: {} }))).looks).to.be.at.most(MOST_LOOKS);
  });

  it('let no search end before the only node with a forecast', () => {
    const { used } = rolledOut(nodes((i) => (i === 7 ? { speed: 0.5 } : { availability: {} })));
    expect(used).to.include('n7');
  });

  it('are counted by what a task asks for', () => {
    // A forecast of GPUs alone is none for tasks that ask for CPU.
    const { availability } = node('any');
    const ofGpus = rolledOut(nodes(() => ({ availability: { gpu: availability.cpu! } })));
    expect(ofGpus.looks).to.be.at.most(MOST_LOOKS);
  });
});
