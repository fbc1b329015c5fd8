/**
 * A pod pinned to its node that kube-scheduler does not bind: something took the room, or the node changed
 * between plan and start (Kueue #9616: pinned, then tainted before the pod started).
 */
import { names, tasksByNode, type Detect, type Finding } from '../world.ts';

/** kube-scheduler binds a pod that fits within a second or two; what waits longer than this does not fit. */
export const PENDING_SECONDS = 30;

export const podUnschedulable: Detect = (world) => {
  const findings: Finding[] = [];
  let lookAgainAt: number | undefined;
  for (const [node, tasks] of tasksByNode(world)) {
    const facts = world.nodes.get(node);
    if (facts?.ready !== 'True' || facts.cordoned) continue; // for other causes to say
    const waiting = tasks.filter((t) => t.state === 'Starting' && t.unboundSince !== undefined);
    const overdue = waiting.filter((t) => world.now >= dueAt(t.unboundSince));
    for (const task of waiting) {
      if (!overdue.includes(task)) lookAgainAt = Math.min(lookAgainAt ?? Infinity, dueAt(task.unboundSince));
    }
    if (overdue.length === 0) continue;
    findings.push({
      cause: 'PodUnschedulable',
      node,
      message: `kube-scheduler has not bound ${overdue.length === 1 ? 'the pod' : `${overdue.length} pods`} planned for node ${node} for ${PENDING_SECONDS} s`,
      tasks: names(overdue),
      response: world.policy.onNodeFailure,
      hard: true,
    });
  }
  return { findings, lookAgainAt };
};

function dueAt(since: number | undefined): number {
  return (since ?? 0) + PENDING_SECONDS * 1000;
}
