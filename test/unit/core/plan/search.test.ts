import { expect } from 'chai';
import { courseOf } from '../../../../src/core/plan/course.ts';
import { neighboursOf } from '../../../../src/core/plan/neighbours.ts';
import { objectiveOf, valueOf } from '../../../../src/core/plan/objective.ts';
import { DEFAULT_POLICY, type Policy } from '../../../../src/core/plan/policy.ts';
import { buildProblem } from '../../../../src/core/plan/problem.ts';
import { Rollout } from '../../../../src/core/plan/rollout.ts';
import { bestPolicy } from '../../../../src/core/plan/search.ts';
import { node, snapshot, task, workflow } from '../builders.ts';
import { contended } from './support.ts';

const PARAMETERS = ['aversion', 'tolerance', 'patience', 'critical', 'consideration', 'reach'] as const;
const differences = (a: Policy, b: Policy): number => PARAMETERS.filter((p) => a[p] !== b[p]).length;

describe('policies near one', () => {
  it('differ from it in a single parameter, and each in another way', () => {
    const near = neighboursOf(DEFAULT_POLICY);
    expect(near.map((policy) => differences(policy, DEFAULT_POLICY))).to.deep.equal(near.map(() => 1));
    expect(new Set(near.map((p) => JSON.stringify(PARAMETERS.map((k) => String(p[k]))))).size).to.equal(
      near.length,
    );
  });

  it('stay within bounds however often the search goes on from them', () => {
    let policies = [DEFAULT_POLICY];
    for (let i = 0; i < 40; i++) policies = [neighboursOf(policies[0]!)[0]!];
    expect(policies[0]!.aversion).to.be.within(0.01, 100);
    for (let i = 0; i < 40; i++)
      policies = [
        neighboursOf(policies[0]!).findLast((p) => p.tolerance > policies[0]!.tolerance) ?? policies[0]!,
      ];
    expect(policies[0]!.tolerance).to.be.within(0.01, 100);
  });

  it('mind no other tasks where it does not', () => {
    const near = neighboursOf({ ...DEFAULT_POLICY, consideration: 0 });
    expect(near.every(({ consideration }) => consideration === 0)).to.equal(true);
  });
});

describe('the search for a policy', () => {
  // The fast node is too contended for the only policy that is given, and for its slack worth it.
  const problem = buildProblem(
    snapshot(
      [contended('fast', 0.15, { speed: 4 }), node('calm')],
      [workflow('w', [task('t')], { slack: 0.1 })],
    ),
  );
  const course = courseOf(problem);
  const objective = objectiveOf(problem, course.standing);
  const cautious: Policy = { ...DEFAULT_POLICY, tolerance: 0.1 };

  it('goes on from the best that it is given to those near it', () => {
    const rollout = new Rollout(course);
    const given = bestPolicy(rollout, objective, [cautious], cautious, false);
    const found = bestPolicy(rollout, objective, [cautious], cautious, true);
    expect(given.policy).to.equal(cautious);
    expect(found.policy.tolerance).to.be.greaterThan(cautious.tolerance);
    expect(found.value).to.be.lessThan(given.value);
    expect(found.value).to.equal(valueOf(objective, rollout.run(found.policy)));
  });

  it('keeps the policy in force where none is better', () => {
    const rollout = new Rollout(course);
    const { policy } = bestPolicy(rollout, objective, [cautious], cautious, true);
    expect(bestPolicy(rollout, objective, [cautious], policy, true).policy).to.equal(policy);
  });
});
