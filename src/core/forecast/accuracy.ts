/**
 * How well the ensemble did in the backtest: its loss against the seasonal-naive forecast's, and how often the
 * 80 % interval held.
 *
 * Every origin is judged with the weights that the other origins give, so that the ensemble is not praised for
 * cases that chose it.
 */
import { meanLoss } from './backtest.ts';
import type { Case } from './backtest.ts';
import { average } from './combine.ts';
import type { LossTable } from './combine.ts';
import type { Past } from './expert.ts';
import type { Accuracy } from './types.ts';

/**
 * `table` holds the losses of all cases (and does again afterwards). In every case the prediction after those of
 * the table's experts is the seasonal-naive one.
 */
export function accuracyOf(cases: readonly Case[], table: LossTable, past: Past): Accuracy {
  const { levels, capacity } = past;
  const low = levels.indexOf(0.1);
  const high = levels.indexOf(0.9);
  const ensemble = new Float64Array(levels.length);
  let own = 0;
  let naive = 0;
  let held = 0;
  let judged = 0;
  let compared = 0;
  for (const ofOrigin of Map.groupBy(cases, (one) => one.origin).values()) {
    for (const one of ofOrigin) table.add(one, -1);
    for (const one of ofOrigin) {
      if (!average(one.predictions, table.weights(one.bucket, capacity), ensemble)) continue;
      judged += 1;
      const edge = capacity * 1e-9; // a constant series lies on its own quantiles
      if (one.actual >= (ensemble[low] ?? 0) - edge && one.actual <= (ensemble[high] ?? 0) + edge) held += 1;
      const naiveLoss = one.losses[table.experts] ?? NaN;
      if (Number.isNaN(naiveLoss)) continue;
      compared += 1;
      own += meanLoss(one.actual, ensemble, levels);
      naive += naiveLoss;
    }
    for (const one of ofOrigin) table.add(one);
  }
  // Where both are without a fault they are alike.
  const negligible = Math.max(capacity, 1e-9) * 1e-9 * compared;
  return {
    lossRatio: compared === 0 ? undefined : (own + negligible) / (naive + negligible),
    coverage: judged === 0 || low < 0 || high < 0 ? undefined : held / judged,
  };
}
