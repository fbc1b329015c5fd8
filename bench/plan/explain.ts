/**
 * What explanations cost: first plans of seeded synthetic cases, with the candidates and the deciding rule of every task
 * and without, in turns, by planners that remember nothing. The shortest of all runs counts: the question is what they
 * cost, and not what else the machine does.
 *
 *     npx node bench/plan/explain.ts [--runs 9] [--json]
 */
import { parseArgs } from 'node:util';
import { DEFAULT_POLICY, RollingPlanner, type PlannerOptions } from '../../src/core/plan/index.ts';
import { measured } from './measured.ts';
import { syntheticSnapshot } from './synthetic.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '9' }, json: { type: 'boolean', default: false } },
});
const runs = Number(values.runs);

/** Tasks and nodes: the last two are too large for a search. */
const SIZES = [
  [300, 16],
  [1000, 32],
  [4000, 300],
  [10_000, 1000],
] as const;

const rows = SIZES.flatMap(([tasks, nodes]) => {
  const snapshot = syntheticSnapshot(tasks, nodes, 1);
  const kinds: [string, PlannerOptions][] = [
    ['with the search', { rescue: true }],
    // What is asked at an event: the policy is known.
    ['one rollout', { rescue: false, policies: [DEFAULT_POLICY] }],
  ];
  return kinds.map(([kind, options]) => {
    const milliseconds: Record<'with' | 'without', number[]> = { with: [], without: [] };
    for (let run = -1; run < runs; run++) {
      // Whoever comes second finds warmer caches.
      const order = run % 2 === 0 ? (['with', 'without'] as const) : (['without', 'with'] as const);
      for (const which of order) {
        const planner = new RollingPlanner({ ...options, explain: which === 'with' });
        const [, { cpuSeconds }] = measured(() => planner.plan(snapshot));
        if (run >= 0) milliseconds[which].push(cpuSeconds * 1000);
      }
    }
    const [explained, plain] = [Math.min(...milliseconds.with), Math.min(...milliseconds.without)];
    return {
      tasks,
      nodes,
      plan: kind,
      'explained ms': Math.round(explained),
      'plain ms': Math.round(plain),
      'cost %': Math.round((explained / plain - 1) * 1000) / 10,
    };
  });
});
if (values.json) console.log(JSON.stringify(rows));
else console.table(rows);
