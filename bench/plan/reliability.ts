/**
 * Is the contention score what comes of it? For every task the score at which it was bound, and the share of its
 * run in which it was contended; by tenths of the score, and as a Brier score.
 *
 *     npx node bench/plan/reliability.ts --cases DIR [--sharing proportional|priority] [--forecast history|perfect|last]
 *         [--cache DIR] [--only REGEX]
 */
import { loadCase, type Case } from './case.ts';
import { runLoop } from './loop.ts';
import { readSetup } from './scoring.ts';

const { files, loop } = readSetup();

interface Pair {
  readonly predicted: number;
  readonly realised: number;
}

function pairsOf(of: Case): Pair[] {
  const scores = new Map<string, number>();
  const { runs } = runLoop(of, {
    ...loop,
    onPlan: ({ now, workflows }, plans) => {
      const pending = new Set(
        workflows.flatMap((w) => w.tasks.filter((t) => t.state === 'Pending').map((t) => t.name)),
      );
      for (const { task, startTime, contention } of plans.flatMap((p) => p.assignments)) {
        if (pending.has(task) && startTime <= now + of.slotSeconds * 1000) scores.set(task, contention);
      }
    },
  });
  return of.tasks.flatMap(({ name }, i) => {
    const predicted = scores.get(name);
    const run = runs[i];
    if (predicted === undefined || run === undefined || run.end <= run.start) return [];
    return [{ predicted, realised: Math.min(1, run.contended / (run.end - run.start)) }];
  });
}

const mean = (list: readonly number[]): number => list.reduce((sum, x) => sum + x, 0) / list.length;

const pairs = files.flatMap((file) => pairsOf(loadCase(file)));
const bins = Array.from({ length: 10 }, (_, bin) => {
  const own = pairs.filter(({ predicted }) => Math.min(9, Math.trunc(predicted * 10)) === bin);
  return {
    score: `${bin * 10}-${bin * 10 + 10} %`,
    tasks: own.length,
    predicted: mean(own.map((p) => p.predicted)).toFixed(3),
    realised: mean(own.map((p) => p.realised)).toFixed(3),
  };
});
console.table(bins.filter((bin) => bin.tasks > 0));
const average = mean(pairs.map((p) => p.realised));
const brier = mean(pairs.map((p) => (p.predicted - p.realised) ** 2));
const variance = mean(pairs.map((p) => (p.realised - average) ** 2));
console.log(
  `${pairs.length} tasks: Brier ${brier.toFixed(4)}, variance ${variance.toFixed(4)}, ratio ${(brier / variance).toFixed(3)}`,
);
