/**
 * Scores the planner in a closed loop on a folder of cases. J is the geometric mean of the makespan's ratio to the
 * oracle's, where a CSV of baselines gives one, plus the mean contended share of task time.
 *
 *     npx node bench/plan/score.ts --cases DIR [--sharing proportional|priority] [--forecast history|perfect|last]
 *         [--baselines FILE.csv] [--slack PERCENT] [--cache DIR] [--only REGEX] [--keep-running]
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadCase } from './case.ts';
import { runLoop, type ForecastKind } from './loop.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string' },
    sharing: { type: 'string', default: 'proportional' },
    forecast: { type: 'string', default: 'history' },
    baselines: { type: 'string' },
    slack: { type: 'string', default: '10' },
    cache: { type: 'string' },
    only: { type: 'string', default: '' },
    'keep-running': { type: 'boolean', default: false },
  },
});
if (values.cases === undefined) throw new Error('--cases DIR: the folder of cases is needed');
const folder = values.cases;

interface Baseline {
  readonly makespan: number;
  readonly contended: number;
}

/** By case and policy. */
function readBaselines(file: string | undefined): Map<string, Baseline> {
  const baselines = new Map<string, Baseline>();
  if (file === undefined || !existsSync(file)) return baselines;
  for (const line of readFileSync(file, 'utf8').split('\n').slice(1)) {
    const [name, , , policy, lambda, , makespan, contended, , , taskSeconds] = line.split(',');
    if (policy === undefined || (policy !== 'reactive' && lambda !== '1000000000.0')) continue;
    const share = Number(contended) / Number(taskSeconds);
    baselines.set(`${name ?? ''} ${policy}`, { makespan: Number(makespan), contended: share });
  }
  return baselines;
}

const baselines = readBaselines(values.baselines);
const rows: { ratio: number; toReactive: number; contended: number; isWorse: boolean }[] = [];
const names = readdirSync(folder).filter(
  (name) => /\.json(\.gz)?$/.test(name) && new RegExp(values.only).test(name),
);
for (const name of names.sort()) {
  const of = loadCase(join(folder, name));
  const result = runLoop(of, {
    sharing: values.sharing === 'priority' ? 'BackgroundFirst' : 'Proportional',
    forecast: values.forecast as ForecastKind,
    slack: Number(values.slack) / 100,
    runningTasks: values['keep-running'] ? 'Keep' : 'Restart',
    ...(values.cache === undefined ? {} : { cache: values.cache }),
  });
  const contended = result.contendedSeconds / result.taskSeconds;
  const oracle = baselines.get(`${of.name} plan-oracle`);
  const reactive = baselines.get(`${of.name} reactive`);
  const ratio = oracle === undefined ? NaN : result.makespan / oracle.makespan;
  const toReactive = reactive === undefined ? NaN : result.makespan / reactive.makespan;
  const isWorse = reactive !== undefined && toReactive > 1 && contended > reactive.contended;
  rows.push({ ratio, toReactive, contended, isWorse });
  console.log(
    [
      of.name.padEnd(26),
      result.makespan.toFixed(0).padStart(7),
      `oracle ${ratio.toFixed(3)}`,
      `reactive ${toReactive.toFixed(3)}`,
      `contended ${(100 * contended).toFixed(1).padStart(5)} (reactive ${(100 * (reactive?.contended ?? NaN)).toFixed(1).padStart(5)})`,
      `lost ${((100 * result.lostSeconds) / result.taskSeconds).toFixed(1)}`,
      `restarts ${result.restarts}`,
      `ms ${(result.planCpuMilliseconds / result.decisions).toFixed(0)}/${result.longestPlanMilliseconds.toFixed(0)} x${result.decisions}`,
      isWorse ? 'WORSE' : '',
    ].join('  '),
  );
}
const mean = (of: (row: (typeof rows)[number]) => number): number =>
  rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
const ratio = Math.exp(mean((r) => Math.log(r.ratio)));
const contended = mean((r) => r.contended);
console.log(
  `${values.sharing} slack ${values.slack}: makespan ${ratio.toFixed(3)} of the oracle's, ` +
    `${Math.exp(mean((r) => Math.log(r.toReactive))).toFixed(3)} of reactive's; contended ${(100 * contended).toFixed(2)} %; ` +
    `J ${(ratio + contended).toFixed(3)}; worse than reactive in both: ${rows.filter((r) => r.isWorse).length}`,
);
