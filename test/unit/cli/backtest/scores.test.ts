import { expect } from 'chai';
import { scoreTask, seasonalScale, summarise } from '../../../../src/cli/backtest/scores.ts';
import { DECILES } from '../../../../src/core/forecast/index.ts';
import type { QuantileForecast } from '../../../../src/core/forecast/index.ts';

const task = { series: 'a/cpu', source: 'a', origin: 4, steps: 2, season: 1, context: 3 };

/** Every quantile of a step is the same. */
const certain = (...steps: number[]): QuantileForecast => ({
  startTime: 0,
  stepSeconds: 300,
  steps: steps.length,
  levels: DECILES,
  values: Float64Array.from(steps.flatMap((value) => DECILES.map(() => value))),
});

describe('scores of a backtest', () => {
  it('are errors over the mean step of the context, as the deciles of a sure forecast show', () => {
    const values = Float64Array.of(100, 1, 2, 4, 5, 7);
    const score = scoreTask('Auto', 'cpu', task, values, certain(5, 4));
    // The scale is the mean of |2 - 1| and |4 - 2|; row 0 is before the context.
    expect(score).to.deep.include({ pool: 'a/cpu', mase: 1, cov80: 0.5, amount: 12 });
    expect(score?.loss).to.be.closeTo(3, 1e-12);
    expect(score?.sql).to.be.closeTo(1, 1e-12);
  });

  it('leave out steps that were not measured, and tasks of which nothing was', () => {
    const values = Float64Array.of(100, 1, 2, 4, NaN, 7);
    expect(scoreTask('Auto', 'cpu', task, values, certain(5, 7))).to.include({ cov80: 1, amount: 7 });
    expect(scoreTask('Auto', 'cpu', task, values.subarray(0, 5), certain(5, 7))).to.equal(undefined);
  });

  it('of a constant series are scaled by a thousandth of its level', () => {
    expect(seasonalScale(Float64Array.of(5, 5, 5), 1)).to.be.closeTo(5e-3, 1e-9);
    expect(seasonalScale(Float64Array.of(1, 3), 2)).to.be.closeTo(2e-3, 1e-9);
  });

  it('pool losses over a source and resource before they are averaged', () => {
    const one = { model: 'Auto', resource: 'cpu', mase: 1, sql: 1, cov80: 1 } as const;
    const summary = summarise([
      { ...one, pool: 'a/cpu', loss: 1, amount: 1 },
      { ...one, pool: 'a/cpu', loss: 1, amount: 3 },
      { ...one, pool: 'b/cpu', loss: 1, amount: 10, cov80: 0.25 },
    ]);
    expect(summary).to.deep.equal({ tasks: 3, mase: 1, sql: 1, wql: 0.3, cov80: 0.75 });
  });
});
