/** The worker thread's entry: one training, and then it is over. */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { TrainingJob } from './job.ts';
import { train } from './train.ts';

/** What a thread that is in no hurry has on Linux, where priorities are of threads; TensorFlow's own inherit it. */
const IN_NO_HURRY = 10;

if (process.platform === 'linux') setPriority(0, IN_NO_HURRY);
parentPort?.postMessage(await train(workerData as TrainingJob));
