/**
 * What each part of the planner brings: the same cases without it.
 *
 *     npx node bench/plan/ablation.ts --cases DIR [--sharing …] [--baselines FILE.csv] [--cache DIR] [--only REGEX]
 */
import { DEFAULT_POLICY, POLICIES, RollingPlanner, type PlannerOptions } from '../../src/core/plan/index.ts';
import { loadCase } from './case.ts';
import type { LoopOptions } from './loop.ts';
import { readSetup, score, summarize, summaryRow } from './scoring.ts';

const setup = readSetup();
const without = POLICIES.map((policy) => ({ ...policy, consideration: 0 }));
const variants: readonly [name: string, loop: Partial<LoopOptions>, planner: PlannerOptions][] = [
  ['everything', {}, { rescue: true }],
  ['perfect forecast', { forecast: 'perfect' }, { rescue: true }],
  ['last value only', { forecast: 'last' }, { rescue: true }],
  ['without externality', {}, { rescue: true, policies: without }],
  ['without the search', {}, { rescue: true, policies: [DEFAULT_POLICY] }],
  ['without rescue', {}, { rescue: false }],
  ['without late binding', { keep: 'nodes' }, { rescue: false }],
  ['without re-issuing', { keep: 'plan' }, { rescue: false }],
];
for (const [name, loop, planner] of variants) {
  const scores = setup.files.map((file) =>
    score(loadCase(file), { ...setup.loop, ...loop, planner: new RollingPlanner(planner) }, setup.baselines),
  );
  console.table([summaryRow(name, summarize(scores))]);
}
