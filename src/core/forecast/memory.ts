/**
 * What is known of a series beside its values: how its experts did, how far its intervals are off, how good its
 * forecasts were. Kept between forecasts, so that each origin of the past is judged once; survives a restart as state.
 */
import { RunningAccuracy } from './accuracy.ts';
import type { RunningAccuracyState } from './accuracy.ts';
import { Calibration } from './calibration.ts';
import type { CalibrationState } from './calibration.ts';
import type { Part } from './judging.ts';
import { RunningLosses } from './running-losses.ts';
import type { RunningLossesState } from './running-losses.ts';

export interface SeriesMemoryState {
  readonly model: string;
  readonly experts: number;
  readonly judged: Readonly<Record<Part, number>>;
  readonly losses: RunningLossesState;
  readonly calibration: CalibrationState;
  readonly accuracy: RunningAccuracyState;
}

export class SeriesMemory {
  /** It is of this model, and of no use to another. */
  readonly model: string;
  readonly losses: RunningLosses;
  readonly calibration: Calibration;
  readonly accuracy: RunningAccuracy;
  /** Number of the last origin (counted from the epoch) of which each part was judged; -1: none. */
  readonly judged: Record<Part, number>;

  constructor(model: string, experts: number, state?: SeriesMemoryState) {
    this.model = model;
    const isOurs = state?.model === model && state.experts === experts;
    this.losses = isOurs ? RunningLosses.from(experts, state.losses) : new RunningLosses(experts);
    this.calibration = new Calibration(isOurs ? state.calibration : undefined);
    this.accuracy = new RunningAccuracy(isOurs ? state.accuracy : undefined);
    this.judged = isOurs ? { ...state.judged } : { near: -1, far: -1 };
  }

  state(): SeriesMemoryState {
    return {
      model: this.model,
      experts: this.losses.experts,
      judged: { ...this.judged },
      losses: this.losses.state(),
      calibration: this.calibration.state(),
      accuracy: this.accuracy.state,
    };
  }
}
