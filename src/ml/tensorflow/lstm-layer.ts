/** The last hidden state of an LSTM over a window, from operations that every backend has. */
import type { Rank, Tensor2D } from '@tensorflow/tfjs';
import type { TensorFlow } from './backend.ts';

/**
 * @param window one tensor `[batch, channels]` a time step, the oldest first
 * @param kernel `[channels + units, 4 * units]`; the gates are input, forget, candidate, output
 * @param bias `[4 * units]`
 * @returns `[batch, units]`
 */
export type LstmLayer = (window: readonly Tensor2D[], kernel: Tensor2D, bias: Tensor2D) => Tensor2D;

export function unrolledLstm(tf: TensorFlow): LstmLayer {
  return (window, kernel, bias) => {
    const batch = window[0]?.shape[0] ?? 0;
    const units = bias.shape[1] / 4;
    let hidden = tf.zeros<Rank.R2>([batch, units]);
    let cell = tf.zeros<Rank.R2>([batch, units]);
    for (const inputs of window) {
      const gates = tf.add<Tensor2D>(tf.matMul(tf.concat([inputs, hidden], 1), kernel), bias);
      const [input, forget, candidate, output] = tf.split<Tensor2D>(gates, 4, 1);
      if (input === undefined || candidate === undefined || forget === undefined || output === undefined) {
        throw new Error('an LSTM has four gates');
      }
      const kept = tf.mul<Tensor2D>(tf.sigmoid(forget), cell);
      cell = tf.add<Tensor2D>(kept, tf.mul(tf.sigmoid(input), tf.tanh(candidate)));
      hidden = tf.mul<Tensor2D>(tf.sigmoid(output), tf.tanh(cell));
    }
    return hidden;
  };
}
