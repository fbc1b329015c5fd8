/** A process that owns a cluster, and ends in the way its argument says: `wait` (to be killed), `throw` or `return`. */
import { startCluster } from '../../../tools/control-plane/cluster.ts';

const cluster = await startCluster();
process.stdout.write(`${cluster.folder}\n`);
switch (process.argv[2]) {
  case 'wait':
    setInterval(() => undefined, 60_000);
    break;
  case 'throw':
    throw new Error('the owner has a bug');
  default:
  // The end of the program, without a stop.
}
