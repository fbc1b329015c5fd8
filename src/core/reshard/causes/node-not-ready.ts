/**
 * A node whose condition Ready is not True.
 *
 * What has not started there is moved. What runs there is moved when the kubelet itself says that it is
 * not ready (the pod can be ended); on a node that is unreachable it may be running still, so it stays
 * until the first run is known to be dead, or the workflow says that two runs do no harm
 * (`unreachableNode: StartElsewhere`).
 */
import { isUnstarted, names, tasksByNode, type Detect, type Finding } from '../world.ts';

/** A kubelet that restarts is not ready for a moment: what lasts no longer than this moves nothing. */
export const SETTLE_SECONDS = 5;

export const nodeNotReady: Detect = (world) => {
  const findings: Finding[] = [];
  let lookAgainAt: number | undefined;
  for (const [name, tasks] of tasksByNode(world)) {
    const node = world.nodes.get(name);
    if (node === undefined || node.ready === 'True') continue;
    const settled = node.readySince + SETTLE_SECONDS * 1000;
    if (world.now < settled) {
      lookAgainAt = Math.min(lookAgainAt ?? Infinity, settled);
      continue;
    }
    const endable = node.ready === 'False' || world.policy.unreachableNode === 'StartElsewhere';
    const affected = tasks.filter((t) => endable || isUnstarted(t));
    const kept = tasks.length - affected.length;
    if (affected.length === 0 && kept === 0) continue;
    const waiting =
      kept === 0 ? '' : `; ${kept} running there until known to be dead (unreachableNode: WaitUntilFenced)`;
    findings.push({
      cause: 'NodeNotReady',
      node: name,
      message: `node ${name} is ${node.ready === 'Unknown' ? 'unreachable' : 'not ready'}${waiting}`,
      tasks: names(affected),
      response: world.policy.onNodeFailure,
      hard: true,
    });
  }
  return { findings, lookAgainAt };
};
