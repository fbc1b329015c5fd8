/**
 * Is observed load above the forecast's band more often than chance allows? A Bernoulli CUSUM (Page 1954; Reynolds
 * and Stoumbos 1999), one for each node and resource.
 *
 * A sample is outside when it is above the 90 % quantile of load, that is, when less is free than the forecast's
 * 10 % quantile. A right forecast is left so by p0 = 10 % of samples; drift is p1 = 50 %. Every sample adds its
 * log likelihood ratio (ln 5 = 1.61 outside, ln 5/9 = -0.59 inside) to a sum that is never below 0, and drift is
 * declared when the sum reaches ln(10,000) = 9.21: six samples outside in a row, or nine of twelve.
 *
 * False alarms: with independent samples and a forecast that is right, the mean number of samples until one is at
 * least 10,000 (Lorden 1971: e to the power of the threshold). Samples are not independent when they come faster
 * than the load's own swings, so give it one mean of a sampling period and no more than one a minute: then a
 * false alarm of a series is a matter of a week or more.
 *
 * Load below the band harms nobody (there is more room than was promised): it is counted in `below`, as error of
 * the forecast, and is no drift. A sample on the edge of the band is inside, so a constant series never drifts.
 */

/** Share of samples above the 90 % quantile of a forecast that is right. */
const P0 = 0.1;
/** Share that is called drift. */
const P1 = 0.5;
const THRESHOLD = Math.log(10_000);
/** The sum stops here, so that drift that is over is seen to be over after a few samples inside the band. */
const CEILING = 1.25 * THRESHOLD;

const STEP_ABOVE = Math.log(P1 / P0);
const STEP_INSIDE = Math.log((1 - P1) / (1 - P0));

export interface DriftState {
  readonly sum: number;
  readonly samples: number;
  /** Samples above and below the 80 % band: a tenth each, if the forecast is right. */
  readonly above: number;
  readonly below: number;
}

export interface BandSample {
  /** Load, and the 10 % and 90 % quantile that were forecast of it, in one unit. */
  readonly observed: number;
  readonly low: number;
  readonly high: number;
}

export const NO_DRIFT: DriftState = { sum: 0, samples: 0, above: 0, below: 0 };

/** A sample that was not measured (NaN) changes nothing. */
export function update(state: DriftState, sample: BandSample): DriftState {
  const { observed, low, high } = sample;
  if (Number.isNaN(observed) || Number.isNaN(high)) return state;
  const isAbove = observed > high;
  const sum = state.sum + (isAbove ? STEP_ABOVE : STEP_INSIDE);
  return {
    sum: Math.min(Math.max(0, sum), CEILING),
    samples: state.samples + 1,
    above: state.above + (isAbove ? 1 : 0),
    below: state.below + (observed < low ? 1 : 0),
  };
}

/** 0: nothing speaks for drift; 1000 (and up to 1250): drift. */
export function permille(state: DriftState): number {
  return Math.floor((state.sum / THRESHOLD) * 1000 + 1e-9);
}

export const hasDrifted = (state: DriftState): boolean => state.sum >= THRESHOLD;
