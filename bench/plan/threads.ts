/**
 * Would threads for the search's rollouts pay? The policies of one search are rolled out in one thread, and by halves in
 * two, each of which is sent the snapshot and builds its own columns; from that, how much sooner a whole plan would be
 * there on two cores that do nothing else.
 *
 *     npx node bench/plan/threads.ts [--runs 9] [--json]
 *
 * Milliseconds are CPU time of each thread, the shortest of all runs: what else the machine does is not the question.
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { courseOf } from '../../src/core/plan/course.ts';
import { POLICIES, RollingPlanner } from '../../src/core/plan/index.ts';
import { objectiveOf, valueOf } from '../../src/core/plan/objective.ts';
import { buildProblem } from '../../src/core/plan/problem.ts';
import { Rollout } from '../../src/core/plan/rollout.ts';
import type { Snapshot } from '../../src/core/plan/snapshot.ts';
import { syntheticSnapshot } from './synthetic.ts';

/** Which policies, by position. */
interface Share {
  readonly snapshot: Snapshot;
  readonly first: number;
  readonly every: number;
}

const SIZES = [
  [300, 16],
  [1000, 32],
  [2000, 64],
] as const;

function cpuMilliseconds(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

function rollOut({ snapshot, first, every }: Share): number[] {
  const problem = buildProblem(snapshot);
  const course = courseOf(problem);
  const objective = objectiveOf(problem, course.standing);
  const rollout = new Rollout(course);
  return POLICIES.filter((_, i) => i % every === first).map((p) => valueOf(objective, rollout.run(p)));
}

/** The longest of the workers' shares, and what it costs to send them out. */
async function search(snapshot: Snapshot, workers: readonly Worker[]): Promise<number> {
  const answers = workers.map((worker) => once(worker, 'message') as Promise<[number]>);
  const sent = cpuMilliseconds(() =>
    workers.forEach((worker, first) => {
      worker.postMessage({ snapshot, first, every: workers.length } satisfies Share);
    }),
  );
  return sent + Math.max(...(await Promise.all(answers)).map(([cpu]) => cpu));
}

async function shortest(runs: number, work: () => Promise<number> | number): Promise<number> {
  let best = Infinity;
  for (let run = 0; run < runs; run++) best = Math.min(best, await work());
  return best;
}

async function main(): Promise<void> {
  const options = {
    runs: { type: 'string', default: '9' },
    json: { type: 'boolean', default: false },
  } as const;
  const { runs, json } = parseArgs({ options }).values;
  const rows: Record<string, number>[] = [];
  for (const [tasks, nodes] of SIZES) {
    const snapshot = syntheticSnapshot(tasks, nodes, 1);
    const [a, b] = [new Worker(new URL(import.meta.url)), new Worker(new URL(import.meta.url))];
    const best = (work: () => Promise<number> | number): Promise<number> => shortest(Number(runs), work);
    const plan = await best(() => cpuMilliseconds(() => void new RollingPlanner().plan(snapshot)));
    const one = await best(() => search(snapshot, [a]));
    const two = await best(() => search(snapshot, [a, b]));
    await Promise.all([a.terminate(), b.terminate()]);
    const round = (x: number, digits = 0): number => Number(x.toFixed(digits));
    rows.push({
      tasks,
      nodes,
      plan: round(plan),
      'search, 1 thread': round(one),
      'search, 2 threads': round(two),
      'search ×': round(one / two, 2),
      'plan ×': round(plan / (plan - one + two), 2),
    });
  }
  if (json) console.log(JSON.stringify(rows));
  else console.table(rows);
}

if (isMainThread) await main();
else
  parentPort?.on('message', (share: Share) => {
    parentPort?.postMessage(cpuMilliseconds(() => rollOut(share)));
  });
