/**
 * Is the contention score what comes of it? For every task the score at which it was bound, as it was published, and
 * the share of its run in which it was contended; by tenths of the score, and as a Brier score. Also for scores as
 * they are before they are calibrated.
 *
 *     npx node bench/plan/reliability.ts --cases DIR [--sharing proportional|priority] [--forecast history|perfect|last]
 *         [--cache DIR] [--only REGEX] [--csv FILE]
 *
 * `--csv` keeps the pairs: case, task, score, published score, realised share, planned seconds, seconds to its start.
 */
import { writeFileSync } from 'node:fs';
import { ScoreCalibration } from '../../src/core/plan/calibration.ts';
import { RollingPlanner } from '../../src/core/plan/index.ts';
import { loadCase, type Case } from './case.ts';
import { runLoop } from './loop.ts';
import { readSetup } from './scoring.ts';

const { files, loop, csv } = readSetup();

interface Pair {
  readonly task: string;
  readonly published: number;
  readonly score: number;
  readonly realised: number;
  /** Planned: seconds of its run, and to its start. */
  readonly seconds: number;
  readonly lead: number;
}

type Bound = Omit<Pair, 'task' | 'realised'>;

/** Remembers the score of which each published one was made. */
class Remembering extends ScoreCalibration {
  readonly #scores = new Map<number, number>();

  override apply(score: number): number {
    const published = super.apply(score);
    this.#scores.set(published, score);
    return published;
  }

  before(published: number): number {
    return this.#scores.get(published) ?? published;
  }
}

function pairsOf(of: Case, calibration: Remembering): Pair[] {
  const bound = new Map<string, Bound>();
  const { runs } = runLoop(of, {
    ...loop,
    planner: new RollingPlanner({ rescue: true, calibration }),
    onPlan: ({ now, workflows }, plans) => {
      const nodes = new Map(workflows.flatMap((w) => w.tasks.map((t) => [t.name, t.node])));
      for (const { task, node, startTime, endTime, contention } of plans.flatMap((p) => p.assignments)) {
        // One that runs already, and not just now on another node, was bound before.
        if (nodes.get(task) === node || startTime > now + of.slotSeconds * 1000) continue;
        bound.set(task, {
          published: contention,
          score: calibration.before(contention),
          seconds: (endTime - startTime) / 1000,
          lead: (startTime - now) / 1000,
        });
      }
    },
  });
  return of.tasks.flatMap(({ name }, i) => {
    const at = bound.get(name);
    const run = runs[i];
    if (at === undefined || run === undefined || run.end <= run.start) return [];
    return [{ task: name, ...at, realised: Math.min(1, run.contended / (run.end - run.start)) }];
  });
}

const mean = (list: readonly number[]): number => list.reduce((sum, x) => sum + x, 0) / list.length;

function report(name: string, pairs: readonly Pair[], scoreOf: (pair: Pair) => number): void {
  const bins = Array.from({ length: 10 }, (_, bin) => {
    const own = pairs.filter((pair) => Math.min(9, Math.trunc(scoreOf(pair) * 10)) === bin);
    const [predicted, realised] = [mean(own.map(scoreOf)), mean(own.map((p) => p.realised))];
    return {
      score: `${bin * 10}-${bin * 10 + 10} %`,
      tasks: own.length,
      predicted: predicted.toFixed(3),
      realised: realised.toFixed(3),
      off: (realised - predicted).toFixed(3),
    };
  });
  console.table(bins.filter((bin) => bin.tasks > 0));
  const average = mean(pairs.map((p) => p.realised));
  const brier = mean(pairs.map((p) => (scoreOf(p) - p.realised) ** 2));
  const variance = mean(pairs.map((p) => (p.realised - average) ** 2));
  console.log(
    `${name}, ${pairs.length} tasks: Brier ${brier.toFixed(4)}, variance ${variance.toFixed(4)}, ratio ${(brier / variance).toFixed(3)}`,
  );
}

// One after the other, as in a cluster's life: each is corrected by what those before it taught.
const calibration = new Remembering();
const cases = files.map((file) => {
  const of = loadCase(file);
  const own = pairsOf(of, calibration);
  // A loop ends with its last task, before the planner is shown that the workflow is done.
  for (const { score, realised } of own) calibration.learn(score, realised);
  return { name: of.name, pairs: own };
});
const pairs = cases.flatMap((c) => c.pairs);
report('scores as they are', pairs, (pair) => pair.score);
report('as published', pairs, (pair) => pair.published);
if (csv !== undefined) {
  const rows = cases.flatMap(({ name, pairs: own }) =>
    own.map((p) => [name, p.task, p.score, p.published, p.realised, p.seconds, p.lead].join(',')),
  );
  writeFileSync(csv, ['case,task,score,published,realised,seconds,lead', ...rows, ''].join('\n'));
}
