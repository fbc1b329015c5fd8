/**
 * What a plan costs: a seeded synthetic case, planned in this process, and planned again when nodes fail.
 *
 *     npm run bench:plan -- --tasks 10000 --nodes 1000 [--seed 1] [--json]
 */
import { parseArgs } from 'node:util';
import { RollingPlanner } from '../../src/core/plan/index.ts';
import type { Snapshot, TaskSnapshot, WorkflowPlan } from '../../src/core/plan/snapshot.ts';
import { measured } from './measured.ts';
import { syntheticSnapshot } from './synthetic.ts';

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '10000' },
    nodes: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});

/** Nodes that fail one after the other. */
const FAILURES = 5;

/** The longest way on the fastest node, or all work over all of the cluster, whichever is more. */
function lowerBound({ nodes, workflows }: Snapshot): number {
  const fastest = Math.max(...nodes.map((n) => n.speed));
  const ends = new Map<string, number>();
  let path = 0;
  let work = 0;
  for (const task of workflows.flatMap((w) => w.tasks)) {
    const start = Math.max(0, ...task.dependencies.map((d) => ends.get(d) ?? 0));
    const end = start + task.durationSeconds / fastest;
    ends.set(task.name, end);
    path = Math.max(path, end);
    work += task.durationSeconds * task.demand.cpu;
  }
  return Math.max(path, work / nodes.reduce((sum, n) => sum + n.capacity.cpu * n.speed, 0));
}

/** Half a minute later: what was bound runs, and the busiest node is gone. */
function afterFailure(snapshot: Snapshot, plans: readonly WorkflowPlan[]): Snapshot {
  const now = snapshot.now + 30_000;
  const usable = new Set(snapshot.nodes.filter((n) => n.schedulable).map((n) => n.name));
  const counts = new Map<string, number>();
  const started = new Map<string, { node: string; startTime: number }>();
  for (const { task, node, startTime } of plans.flatMap((p) => p.assignments)) {
    if (startTime > now || !usable.has(node)) continue;
    started.set(task, { node, startTime });
    counts.set(node, (counts.get(node) ?? 0) + 1);
  }
  const [failed] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [''];
  return {
    ...snapshot,
    now,
    nodes: snapshot.nodes.map((n) => (n.name === failed ? { ...n, schedulable: false } : n)),
    workflows: snapshot.workflows.map((w) => ({
      ...w,
      tasks: w.tasks.map((t): TaskSnapshot => {
        const run = started.get(t.name);
        const rest = { ...t, node: undefined, startTime: undefined };
        if (run === undefined || run.node === failed) return { ...rest, state: 'Pending' };
        return { ...rest, state: 'Running', ...run };
      }),
    })),
  };
}

const snapshot = syntheticSnapshot(Number(values.tasks), Number(values.nodes), Number(values.seed));
const planner = new RollingPlanner();
const [plans, cost] = measured(() => planner.plan(snapshot));
const failures: number[] = [];
let [world, known] = [snapshot, plans];
for (let i = 0; i < FAILURES; i++) {
  world = afterFailure(world, known);
  const [mended, failureCost] = measured(() => planner.plan(world));
  known = mended;
  failures.push(failureCost.cpuSeconds);
}
const makespan = ((plans[0]?.predictedCompletionTime ?? NaN) - snapshot.now) / 1000;
const report = {
  tasks: Number(values.tasks),
  nodes: Number(values.nodes),
  ...cost,
  // The first one is planned by code that has not run before.
  firstFailureCpuSeconds: failures[0],
  failureCpuSeconds: failures.toSorted((a, b) => a - b)[Math.trunc(failures.length / 2)],
  makespanAfterFailuresSeconds: ((known[0]?.predictedCompletionTime ?? NaN) - snapshot.now) / 1000,
  peakRssBytes: process.resourceUsage().maxRSS * 1024,
  makespanSeconds: makespan,
  makespanOverLowerBound: makespan / lowerBound(snapshot),
  contention: plans[0]?.contention,
};
if (values.json) console.log(JSON.stringify(report));
else console.table(report);
