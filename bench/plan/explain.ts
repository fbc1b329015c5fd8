/**
 * What explanations cost: first plans of seeded synthetic cases, with the candidates and the deciding rule of every task
 * and without, by planners that remember nothing.
 *
 *     npx node bench/plan/explain.ts [--runs 9] [--json]
 *
 * Each run is two fresh processes, one that explains and one that does not: what the compiler makes of the one must not
 * depend on the other, and differs from process to process by more than explanations cost. In a process the median of
 * some plans counts, once a few have been made, and of the processes the median again.
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { DEFAULT_POLICY, RollingPlanner, type PlannerOptions } from '../../src/core/plan/index.ts';
import { measured, median } from './measured.ts';
import { syntheticSnapshot } from './synthetic.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '9' },
    json: { type: 'boolean', default: false },
    /** One process's share: tasks, nodes, kind of plan, and whether it explains itself, as JSON. */
    measure: { type: 'string' },
  },
});

/** Tasks and nodes: the last is too large for a search. */
const SIZES = [
  [300, 16],
  [1000, 32],
  [4000, 300],
  [10_000, 1000],
] as const;

const KINDS: Readonly<Record<string, PlannerOptions>> = {
  'with the search': { rescue: true },
  // What is asked at an event: the policy is known.
  'one rollout': { rescue: false, policies: [DEFAULT_POLICY] },
};

const WARM_UP = 3;
const PLANS = 7;

/** CPU milliseconds of a plan, in this process. */
function measure(tasks: number, nodes: number, options: PlannerOptions): number {
  const snapshot = syntheticSnapshot(tasks, nodes, 1);
  const costs = Array.from({ length: WARM_UP + PLANS }, () => {
    const planner = new RollingPlanner(options);
    return measured(() => planner.plan(snapshot))[1].cpuSeconds * 1000;
  });
  return median(costs.slice(WARM_UP));
}

function measureAfresh(tasks: number, nodes: number, kind: string, explain: boolean): number {
  const share = JSON.stringify([tasks, nodes, kind, explain]);
  return Number(execFileSync(process.execPath, [import.meta.filename, '--measure', share]));
}

function rowOf(tasks: number, nodes: number, kind: string): Record<string, number | string> {
  const pairs = Array.from({ length: Number(values.runs) }, () => {
    const plain = measureAfresh(tasks, nodes, kind, false);
    return { plain, explained: measureAfresh(tasks, nodes, kind, true) };
  });
  const plain = median(pairs.map((p) => p.plain));
  const explained = median(pairs.map((p) => p.explained));
  const shares = pairs.map((p) => Math.round((p.explained / p.plain - 1) * 100)).sort((a, b) => a - b);
  return {
    tasks,
    nodes,
    plan: kind,
    'explained ms': Number(explained.toPrecision(3)),
    'plain ms': Number(plain.toPrecision(3)),
    'cost %': Math.round((explained / plain - 1) * 1000) / 10,
    'of pairs %': `${shares[0]} … ${median(shares)} … ${shares.at(-1)}`,
  };
}

if (values.measure !== undefined) {
  const [tasks, nodes, kind, explain] = JSON.parse(values.measure) as [number, number, string, boolean];
  console.log(measure(tasks, nodes, { rescue: false, ...KINDS[kind], explain }));
} else {
  const rows = SIZES.flatMap(([tasks, nodes]) => Object.keys(KINDS).map((kind) => rowOf(tasks, nodes, kind)));
  if (values.json) console.log(JSON.stringify(rows));
  else console.table(rows);
}
