/** A training: what is trained on which part of the history, and what came of it. Sent to and from the worker thread. */
import type { ResourceVector } from '../../core/resources.ts';
import type { BackendName } from '../tensorflow/backend.ts';
import type { BucketOptions } from '../../history/index.ts';
import type { TrainedModel } from './saved-models.ts';

export interface TrainingJob {
  readonly model: TrainedModel;
  /** Place of the history; the weights go beside it. */
  readonly history: string;
  readonly bucket?: BucketOptions;
  /** Nodes that are learned from. */
  readonly nodes: readonly { readonly name: string; readonly capacity: ResourceVector }[];
  /** Wall clock, ms: the end of what is learned from. */
  readonly now: number;
  readonly windowMs: number;
  readonly stepSeconds: number;
  /** Rows ahead. */
  readonly horizon: number;
  readonly mostSeconds: number;
  /** Passes over the data, in shares of the usual: tests need no good weights. */
  readonly effort?: number;
}

export interface TrainingResult {
  readonly model: TrainedModel;
  /**
   * `Saved`: in the folder, for use. `NoBetter`: on the last days, which it had not seen, what is shipped did as well.
   * `TooShort`: the history is.
   */
  readonly outcome: 'Saved' | 'NoBetter' | 'TooShort';
  /** Series that were learned from. */
  readonly series: number;
  readonly seconds: number;
  /** What made the gradients. */
  readonly backend: BackendName | 'plain';
  /** Mean loss: of the LSTM in its first and last steps; of gates on the last days, the shipped ones' and its own. */
  readonly lossBefore?: number;
  readonly lossAfter?: number;
  /** Backends that are faster and could not be loaded. */
  readonly missing: readonly string[];
}
