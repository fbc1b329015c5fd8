/**
 * Scores the planner in a closed loop on a folder of cases. J is the geometric mean of the makespan's ratio to the
 * strict oracle's, where a CSV of baselines gives one, plus the mean contended share of task time. The loop is that of
 * the planner (`rolling`, as `foreshard plan --session` has it), or the operator's own around it (operator-loop.ts),
 * which may be restarted every so many seconds.
 *
 *     npx node bench/plan/score.ts --cases DIR [--sharing proportional|priority] [--forecast history|perfect|last]
 *         [--baselines FILE.csv] [--slack PERCENT] [--cache DIR] [--only REGEX] [--keep-running]
 *         [--loop rolling|operator [--restart SECONDS]]
 */
import { loadCase } from './case.ts';
import { isBeaten, readSetup, score, summarize, summaryRow, type Score } from './scoring.ts';

const { files, loop, newPlanner, baselines } = readSetup();
const percent = (share: number): string => (100 * share).toFixed(1).padStart(5);
const scores: Score[] = [];
for (const file of files) {
  const s = score(loadCase(file), { ...loop, planner: newPlanner() }, baselines);
  const { makespan, restarts, decisions, planCpuMilliseconds, longestPlanMilliseconds } = s.result;
  scores.push(s);
  console.log(
    [
      s.name.padEnd(26),
      makespan.toFixed(0).padStart(7),
      `oracle ${s.toOracle.toFixed(3)}`,
      `reactive ${s.toReactive.toFixed(3)}`,
      `contended ${percent(s.contended)} (reactive ${percent(s.reactiveContended)})`,
      `lost ${percent(s.lost)}`,
      `restarts ${restarts}`,
      `ms ${(planCpuMilliseconds / decisions).toFixed(0)}/${longestPlanMilliseconds.toFixed(0)} x${decisions}`,
      isBeaten(s) ? 'BEATEN' : '',
    ].join('  '),
  );
}
console.table([summaryRow(`${loop.sharing}, slack ${(loop.slack ?? 0) * 100} %`, summarize(scores))]);
