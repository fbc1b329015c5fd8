/** What the controllers are configured with: the operator's configuration, in base units and milliseconds. */
import type { Sharing } from '../core/plan/snapshot.ts';
import type { TrainedModel } from '../ml/training/saved-models.ts';
import type { NodeSettings } from './gather/nodes.ts';

export interface Settings extends NodeSettings {
  readonly sharing: Sharing;
  /** A plan that takes longer is given up. */
  readonly planLimitMs: number;
  readonly forecast: {
    /** Each node's forecast is made anew so often. */
    readonly periodMs: number;
    /** A forecast is valid for so long: a little more than the period, so that it is replaced before. */
    readonly validMs: number;
    /** Grid of the series that models see. */
    readonly seriesStepSeconds: number;
    readonly training: {
      /** Each model is trained anew so often. */
      readonly periodMs: number;
      /** Models that are trained whether a NodeForecast names them or not. */
      readonly models: readonly TrainedModel[];
      readonly mostSeconds: number;
    };
  };
  readonly observe: {
    /** Between two looks at the observed load. */
    readonly intervalMs: number;
    /** A forecast whose last sample is older than this is stale. */
    readonly staleMs: number;
    /** Drift is judged by one mean of so much time after the other: samples nearer to each other tell the same twice. */
    readonly driftSampleMs: number;
    /** Samples are written to the history in files of so much time. */
    readonly flushMs: number;
    readonly retentionDays: number;
    /** What the source measures: `Whole` nodes, or what is left without Foreshard's own pods. */
    readonly load: 'Whole' | 'Background';
    /** Which signal is a node's GPU load: `Auto` is `Utilised` where devices are shared, else `Allocated`. */
    readonly gpu: 'Auto' | 'Allocated' | 'Utilised';
  };
}
