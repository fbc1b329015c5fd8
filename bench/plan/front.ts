/**
 * What `slackPercent` trades: makespan against contention, from hurried to quiet.
 *
 *     npx node bench/plan/front.ts --cases DIR [--sharing …] [--baselines FILE.csv] [--cache DIR] [--only REGEX]
 */
import { readSetup, scoreAll, summarize, summaryRow } from './scoring.ts';

const setup = readSetup();
for (const slack of [0, 2, 5, 10, 20, 50, 100]) {
  const scores = scoreAll(setup, { slack: slack / 100 });
  console.table([summaryRow(`slack ${slack} %`, summarize(scores))]);
}
