/**
 * The same layer by TensorFlow's own kernels for a whole window, BlockLSTMV2 and BlockLSTMGradV2, which tfjs-node does
 * not offer: about a tenth of the CPU time of an LSTM made of single operations.
 *
 * Both kernels want the window as `[time, batch, channels]`, and peephole weights, which are not used.
 */
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs';
import type { TensorFlow } from './backend.ts';
import type { LstmLayer } from './lstm-layer.ts';

interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** What is used of tfjs-node's backend. */
interface NativeBackend {
  readonly binding: { readonly TF_ATTR_FLOAT: number; readonly TF_ATTR_BOOL: number };
  executeMultipleOutputs(
    kernel: string,
    attributes: readonly Attribute[],
    inputs: readonly unknown[],
    outputs: number,
  ): Tensor[];
}

/** A scalar of 64 bits: what tfjs has no type for. */
type Int64Scalar = new (value: number) => unknown;

export function fusedLstm(tf: TensorFlow, load: NodeJS.Require): LstmLayer {
  const { Int64Scalar } = load('@tensorflow/tfjs-node/dist/int64_tensors') as { Int64Scalar: Int64Scalar };
  const { createTensorsTypeOpAttr } = load('@tensorflow/tfjs-node/dist/nodejs_kernel_backend') as {
    createTensorsTypeOpAttr: (name: string, type: string) => Attribute;
  };
  const backend = tf.backend() as unknown as NativeBackend;
  const { TF_ATTR_FLOAT, TF_ATTR_BOOL } = backend.binding;
  const type = createTensorsTypeOpAttr('T', 'float32');
  const noPeephole = { name: 'use_peephole', type: TF_ATTR_BOOL, value: false };
  const noClip = { name: 'cell_clip', type: TF_ATTR_FLOAT, value: 0 };

  return (window, kernel, bias) => {
    const series = tf.stack([...window]) as Tensor3D;
    const [steps, batch] = series.shape;
    const units = bias.shape[1] / 4;
    const zeros = tf.zeros([batch, units]);
    const peephole = tf.zeros([units]);
    const length = new Int64Scalar(steps);
    const layer = tf.customGrad((...args) => {
      const [w, b] = args as unknown as [Tensor2D, Tensor];
      const save = args[2] as unknown as (tensors: Tensor[]) => void;
      const inputs = [series, zeros, zeros, w, peephole, peephole, peephole, b];
      const made = backend.executeMultipleOutputs(
        'BlockLSTMV2',
        [noClip, noPeephole, type],
        [length, ...inputs],
        7,
      );
      save([series, zeros, peephole, w, b, ...made]); // what is not saved is gone when gradients are asked for
      const hidden = made[6] as Tensor3D;
      const value = tf.reshape(tf.slice(hidden, [steps - 1, 0, 0], [1, batch, units]), [batch, units]);
      const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
        const [x, none, without, weights, biases, ...states] = saved as [
          Tensor3D,
          Tensor,
          Tensor,
          Tensor2D,
          Tensor,
          ...Tensor[],
        ];
        const late = tf.concat([tf.zeros([steps - 1, batch, units]), tf.reshape(dy, [1, batch, units])], 0);
        const gradients = backend.executeMultipleOutputs(
          'BlockLSTMGradV2',
          [noPeephole, type],
          [
            length,
            ...[x, none, none, weights, without, without, without, biases],
            ...states,
            tf.zeros([steps, batch, units]),
            late,
          ],
          8,
        );
        const [dKernel, dBias] = [gradients[3], gradients[7]];
        if (dKernel === undefined || dBias === undefined) throw new Error('BlockLSTMGradV2 gave no gradient');
        return [dKernel, dBias];
      };
      return { value, gradFunc };
    });
    return layer(kernel, tf.reshape(bias, [4 * units])) as Tensor2D;
  };
}
