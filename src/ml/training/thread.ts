/** Trains in a thread of its own, so that forecasts and the lease do not wait for it. */
import { SHARE_ENV, Worker } from 'node:worker_threads';
import type { TrainingJob, TrainingResult } from './job.ts';

/** Of the thread's JavaScript; its tensors are elsewhere. */
const MOST_HEAP_MB = 1024;

/** Rejects when the training fails, or with the signal's reason as soon as it is aborted. */
export async function trainInThread(job: TrainingJob, signal?: AbortSignal): Promise<TrainingResult> {
  signal?.throwIfAborted();
  const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';
  const worker = new Worker(new URL(file, import.meta.url), {
    workerData: job,
    env: SHARE_ENV, // libtensorflow reads the process's own
    name: `training ${job.model}`,
    resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MB },
  });
  let stop = (): void => undefined;
  try {
    return await new Promise<TrainingResult>((resolve, reject) => {
      stop = () => reject(signal?.reason as Error);
      signal?.addEventListener('abort', stop, { once: true });
      worker.once('message', (result: TrainingResult) => resolve(result));
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`the thread of the training ended with code ${code}`)));
    });
  } finally {
    signal?.removeEventListener('abort', stop);
    await worker.terminate();
  }
}
