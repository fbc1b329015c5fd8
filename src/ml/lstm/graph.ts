/** The network of `core/forecast/lstm/network.ts` in TensorFlow.js, and its loss. */
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs';
import { GATE_LEVELS } from '../../core/forecast/gate/inputs.ts';
import { CHANNELS, LEAD_FIGURES, STATIC_FIGURES } from '../../core/forecast/lstm/shape.ts';
import type { LstmPart } from '../../core/forecast/lstm/weights.ts';
import type { Backend } from '../tensorflow/backend.ts';
import type { LstmBatch } from './dataset.ts';

/** Two-dimensional all, biases with one row. */
export type LstmTensors = Readonly<Record<LstmPart, Tensor2D>>;

/** The outermost levels count half: forecasters are compared by the deciles between. */
const LEVEL_WEIGHTS = GATE_LEVELS.map((level) => (level < 0.1 || level > 0.9 ? 0.5 : 1));

/** Quantiles `[moments * leads, levels]`, standardised and not sorted. */
export function quantilesOf({ tf, lstm }: Backend, batch: LstmBatch, parts: LstmTensors): Tensor2D {
  const { moments, leads } = batch;
  const silu = <T extends Tensor>(x: T): T => tf.mul<T>(x, tf.sigmoid(x));
  const window = batch.blocks.map((block) => tf.tensor2d(block, [moments, CHANNELS]));
  const hidden = lstm(window, parts.cellKernel, parts.cellBias);
  const figures = tf.tensor2d(batch.figures, [moments, STATIC_FIGURES]);
  const known = tf.concat([hidden, figures], 1);
  const context = silu(tf.add<Tensor2D>(tf.matMul(known, parts.contextKernel), parts.contextBias));
  const mix = tf.add(tf.matMul(context, parts.mixKernel), parts.decoderBias);
  const ofLeads = tf.matMul(
    tf.tensor2d(batch.leadFigures, [moments * leads, LEAD_FIGURES]),
    parts.leadKernel,
  );
  const width = mix.shape[1] ?? 0;
  const joined = tf.add(tf.reshape(ofLeads, [moments, leads, width]), tf.reshape(mix, [moments, 1, width]));
  const decoder: Tensor2D = tf.reshape(silu(joined), [moments * leads, width]);
  return tf.add(tf.matMul(decoder, parts.outputKernel), parts.outputBias);
}

/** Mean pinball loss, by importance. */
export function lossOf(backend: Backend, batch: LstmBatch, parts: LstmTensors): Scalar {
  const { tf } = backend;
  const rows = batch.moments * batch.leads;
  const levels = tf.tensor2d([...GATE_LEVELS], [1, GATE_LEVELS.length]);
  const weights = tf.mul(
    tf.tensor2d(batch.importance, [rows, 1]),
    tf.tensor2d([...LEVEL_WEIGHTS], [1, GATE_LEVELS.length]),
  );
  const error = tf.sub(tf.tensor2d(batch.targets, [rows, 1]), quantilesOf(backend, batch, parts));
  const pinball = tf.maximum(tf.mul(error, levels), tf.mul(error, tf.sub(levels, 1)));
  return tf.div(tf.sum(tf.mul(pinball, weights)), tf.sum(weights));
}
