/**
 * What each part of the planner brings: the same cases without it.
 *
 *     npx node bench/plan/ablation.ts --cases DIR [--sharing …] [--baselines FILE.csv] [--cache DIR] [--only REGEX]
 *         [--variant REGEX]
 *
 * A variant that does not come to an end in `LONGEST_DAYS` is told so, and its case is left out of the row.
 */
import { DEFAULT_POLICY, POLICIES, RollingPlanner, type PlannerOptions } from '../../src/core/plan/index.ts';
import { loadCase } from './case.ts';
import type { LoopOptions } from './loop.ts';
import { readSetup, score, summarize, summaryRow, type Score } from './scoring.ts';

const setup = readSetup();
const LONGEST_DAYS = 3;
const without = POLICIES.map((policy) => ({ ...policy, consideration: 0 }));
const variants: readonly [name: string, loop: Partial<LoopOptions>, planner: PlannerOptions][] = [
  ['everything', {}, { rescue: true }],
  ['perfect forecast', { forecast: 'perfect' }, { rescue: true }],
  ['last value only', { forecast: 'last' }, { rescue: true }],
  ['without externality', {}, { rescue: true, policies: without }],
  ['without the search', {}, { rescue: true, policies: [DEFAULT_POLICY] }],
  ['without plans ahead', {}, { rescue: true, ahead: false }],
  ['without rescue', {}, { rescue: false }],
  ['without late binding', { keep: 'nodes' }, { rescue: false }],
  ['without re-issuing', { keep: 'plan' }, { rescue: false }],
];

for (const [name, loop, planner] of variants.filter(([of]) => new RegExp(setup.variant).test(of))) {
  const scores = setup.files.flatMap((file): Score[] => {
    const options = {
      ...setup.loop,
      ...loop,
      longestDays: LONGEST_DAYS,
      planner: new RollingPlanner(planner),
    };
    try {
      return [score(loadCase(file), options, setup.baselines)];
    } catch (error) {
      console.log(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  });
  console.table([summaryRow(name, summarize(scores))]);
}
