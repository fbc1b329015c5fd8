/** Says which backend of TensorFlow.js is used here, and why none that is faster: `node src/ml/tensorflow/check.ts`. */
import { loadTensorFlow } from './backend.ts';

const { backend, missing } = await loadTensorFlow();
for (const reason of missing) console.error(reason);
console.error(backend === undefined ? 'no backend can be loaded' : `TensorFlow.js by ${backend.name}`);
