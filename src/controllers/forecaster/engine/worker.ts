/** The forecasting thread: a loop around `Forecasts`. Its data is the length of the grid's steps. */
import { workerData } from 'node:worker_threads';
import { loadAugurs } from '../../../ml/augurs.ts';
import { serveThread } from '../../../runtime/thread-worker.ts';
import { Forecasts } from './forecasts.ts';
import type { Call, Told } from './protocol.ts';

// Without the package its models are missing, and the forecasts that ask for them say so.
const others = await loadAugurs().catch(() => []);
const forecasts = new Forecasts(Number(workerData), others);

serveThread(answer, buffersOf);

function answer(call: Call): Told {
  switch (call.kind) {
    case 'forecast':
      return forecasts.forecast(call.question);
    case 'use':
      forecasts.use(call.trained);
      return undefined;
    case 'forget':
      forecasts.forget(call.node);
      return undefined;
    case 'save':
      return forecasts.save();
    case 'load':
      return forecasts.load(call.bytes, call.now);
  }
}

/** Handed over instead of copied. */
function buffersOf(told: Told): ArrayBuffer[] {
  if (told instanceof Uint8Array) return [told.buffer as ArrayBuffer];
  if (typeof told !== 'object') return [];
  return told.map(({ forecast }) => forecast.values.buffer as ArrayBuffer);
}
