/**
 * TensorFlow.js, by the fastest of its backends that can be loaded here: the native one of @tensorflow/tfjs-node where
 * it was built (`make tfjs-node`), else WebAssembly, else none: forecasts do without.
 *
 * Packages are loaded when they are asked for, and by `require`: all are CommonJS bundles.
 */
import { createRequire } from 'node:module';
import util from 'node:util';
import type * as TensorFlowModule from '@tensorflow/tfjs';
import { messageOf } from '../../runtime/index.ts';
import { fusedLstm } from './fused-lstm.ts';
import type { LstmLayer } from './lstm-layer.ts';
import { unrolledLstm } from './lstm-layer.ts';

export type TensorFlow = typeof TensorFlowModule;

export interface Backend {
  readonly tf: TensorFlow;
  /** As logs and metrics say it. */
  readonly name: 'tfjs-node' | 'tfjs-wasm';
  readonly lstm: LstmLayer;
}

export type BackendName = Backend['name'];

/** Why the backends that are faster than the one that was loaded could not be. */
export interface Loaded {
  readonly backend: Backend | undefined;
  readonly missing: readonly string[];
}

const require = createRequire(import.meta.url);

const LOADERS: Readonly<Record<BackendName, () => Promise<Backend>>> = {
  'tfjs-node': loadNative,
  'tfjs-wasm': loadWebAssembly,
};

/** The first of `names` that loads. One process has one backend: the first that is loaded stays. */
export async function loadTensorFlow(
  names: readonly BackendName[] = ['tfjs-node', 'tfjs-wasm'],
): Promise<Loaded> {
  const missing: string[] = [];
  for (const name of names) {
    try {
      return { backend: await LOADERS[name](), missing };
    } catch (error) {
      missing.push(`${name}: ${messageOf(error).split('\n')[0] ?? ''}`);
    }
  }
  return { backend: undefined, missing };
}

async function loadNative(): Promise<Backend> {
  // tfjs-node 4.22 calls a function that Node.js 23 took away.
  const old = util as { isNullOrUndefined?: (value: unknown) => boolean };
  old.isNullOrUndefined ??= (value) => value === null || value === undefined;
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'; // it greets on stderr
  const tf = require('@tensorflow/tfjs-node') as TensorFlow;
  await tf.ready();
  return { tf, name: 'tfjs-node', lstm: fusedLstm(tf, require) };
}

async function loadWebAssembly(): Promise<Backend> {
  const tf = require('@tensorflow/tfjs') as TensorFlow;
  require('@tensorflow/tfjs-backend-wasm');
  if (!(await tf.setBackend('wasm'))) throw new Error('the wasm backend cannot be started');
  await tf.ready();
  return { tf, name: 'tfjs-wasm', lstm: unrolledLstm(tf) };
}
