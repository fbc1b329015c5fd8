/** The forecasting thread: a loop around `Forecasts`. Its data is the length of the grid's steps. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadAugurs } from '../../../ml/augurs.ts';
import { Forecasts } from './forecasts.ts';
import type { Ask, Call, Reply, Told } from './protocol.ts';

// Without the package its models are missing, and the forecasts that ask for them say so.
const others = await loadAugurs().catch(() => []);
const forecasts = new Forecasts(Number(workerData), others);

parentPort?.on('message', ({ id, call }: Ask) => {
  let reply: Reply;
  try {
    reply = { id, told: answer(call) };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    reply = { id, error: { name, message } };
  }
  parentPort?.postMessage(reply, 'told' in reply ? buffersOf(reply.told) : []);
});

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
