/**
 * Gates for the operator's own nodes: trained on all but the last days of their history, and held against the shipped
 * ones on those days, which neither has seen.
 */
import { EXPERTS } from '../../core/forecast/experts/index.ts';
import type { GateWeights } from '../../core/forecast/gate/network.ts';
import type { KnownSeries } from '../known-series.ts';
import { Layout } from './layout.ts';
import { Samples, collectSamples } from './samples.ts';
import { DEFAULT_TRAINING, Pass, trainGate } from './trainer.ts';

export interface BetterGates {
  readonly gates: readonly GateWeights[];
  /** Mean losses on the last days, of the shipped gates and of these. */
  readonly lossOfShipped: number;
  readonly loss: number;
  readonly series: number;
}

/** Samples take about 3 MB a series: enough of them for 3,000 weights. */
const MOST_SERIES = 40;
const HELD_OUT_DAYS = 2;
/** Fewer say little about which gate is better. */
const FEWEST_HELD_OUT = 500;
const FEWEST_DAYS = 10;
const GATES = 3;

/** Undefined where the histories are too short to learn from and to judge by. */
export function trainBetterGates(
  series: readonly KnownSeries[],
  shipped: readonly GateWeights[],
  { horizon, effort }: { readonly horizon: number; readonly effort: number },
): BetterGates | undefined {
  const chosen = evenly(
    series.filter(({ series: s, endRow }) => endRow * s.stepSeconds >= FEWEST_DAYS * 86_400),
    MOST_SERIES,
  );
  const learned = new Samples();
  const heldOut = new Samples();
  for (const one of chosen) {
    const { resource, endRow } = one;
    const heldOutRows = Math.round((HELD_OUT_DAYS * 86_400) / one.series.stepSeconds);
    const from = endRow - heldOutRows;
    const training = { ...one, pool: resource, horizon };
    collectSamples({ ...training, endRow: from }, learned);
    collectSamples({ ...training, firstOrigin: from }, heldOut);
  }
  if (heldOut.size < FEWEST_HELD_OUT) return undefined;
  const gates = Array.from({ length: GATES }, (_, i) =>
    trainGate(learned, {
      ...DEFAULT_TRAINING,
      epochs: Math.max(1, Math.round(DEFAULT_TRAINING.epochs * effort)),
      seed: i + 1,
    }),
  );
  return {
    gates,
    lossOfShipped: meanLoss(shipped, heldOut),
    loss: meanLoss(gates, heldOut),
    series: chosen.length,
  };
}

/** Of single gates: those of a committee are as good as each, and a little better together. */
export function meanLoss(gates: readonly GateWeights[], samples: Samples): number {
  const importance = samples.importance();
  let sum = 0;
  for (const gate of gates) {
    const layout = new Layout(gate.inputs, gate.hidden, EXPERTS.length);
    const parameters = layout.fromWeights(gate);
    const nothingLeftOut = { inputDropout: 0, hiddenDropout: 0 };
    const pass = new Pass(layout, gate.mean, gate.deviation, nothingLeftOut, () => 1);
    const unused = new Float64Array(layout.size);
    for (let i = 0; i < samples.size; i++) {
      sum += pass.learn(samples.at(i), importance[i] ?? 1, parameters, unused);
    }
  }
  return sum / gates.length / samples.size;
}

/** So many, spread over the list: neighbours are often resources of one node. */
function evenly<T>(list: readonly T[], most: number): T[] {
  const count = Math.min(most, list.length);
  return Array.from({ length: count }, (_, i) => list[Math.floor((i * list.length) / count)]).filter(
    (item) => item !== undefined,
  );
}
