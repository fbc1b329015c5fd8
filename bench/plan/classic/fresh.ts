/**
 * One classic problem, planned once in this process, which has planned nothing before; prints JSON. `against.ts` calls it.
 *
 *     node bench/plan/classic/fresh.ts FILE NODES heft     HEFT with insertion alone, from the snapshot on
 *     node bench/plan/classic/fresh.ts FILE NODES plan     the whole plan, with search and explanations
 *
 * `warmCpuSeconds` is the median of five that follow in the same process.
 */
import { PlanAhead } from '../../../src/core/plan/ahead/index.ts';
import { courseOf } from '../../../src/core/plan/course.ts';
import { planWorkflows } from '../../../src/core/plan/index.ts';
import { buildProblem } from '../../../src/core/plan/problem.ts';
import type { Snapshot } from '../../../src/core/plan/snapshot.ts';
import { loadWorkflow } from '../case.ts';
import { measured, median } from '../measured.ts';
import { NOW, snapshotOf } from './problem.ts';

const WARM = 5;

/** Seconds from now until the end. */
function heft(snapshot: Snapshot): number {
  const course = courseOf(buildProblem(snapshot));
  return PlanAhead.of(course, snapshot.nodes.length)?.first.makespan ?? NaN;
}

function wholePlan(snapshot: Snapshot): number {
  const end = planWorkflows(snapshot)[0]?.predictedCompletionTime ?? NaN;
  return (end - NOW) / 1000;
}

const [file = '', nodes = '', what = 'plan'] = process.argv.slice(2);
const snapshot = snapshotOf(loadWorkflow(file), Number(nodes));
const run = what === 'heft' ? heft : wholePlan;
const [makespan, { cpuSeconds }] = measured(() => run(snapshot));
const warm = Array.from({ length: WARM }, () => measured(() => run(snapshot))[1].cpuSeconds);
console.log(JSON.stringify({ makespan, cpuSeconds, warmCpuSeconds: median(warm) }));
