/** Which node the demo lets fail. */
import type { Workflow } from '../../src/api/types.generated.ts';

/** What is lost with the node is then seen in the chart. */
const runsForMs = 4_000;

/**
 * A node that runs a task whose workflow may start it elsewhere, and no task of a workflow that would have to wait
 * until somebody has fenced the node. Undefined while there is none.
 */
export function chooseVictim(workflows: readonly Workflow[], now: number): string | undefined {
  const running = workflows.flatMap(({ spec, status }) =>
    (status?.tasks ?? [])
      .filter(({ state, node }) => node !== undefined && (state === 'Running' || state === 'Starting'))
      .map(({ node, startTime }) => ({
        node: node ?? '',
        runs: startTime !== undefined && now - Date.parse(startTime) >= runsForMs,
        // Others depend on a task of the workflow that is still to come: more than one task is then to be moved.
        early: (status?.taskCounts?.pending ?? 0) > 0,
        movable: spec.resharding?.unreachableNode === 'StartElsewhere',
      })),
  );
  const held = new Set(running.filter(({ movable }) => !movable).map(({ node }) => node));
  return running.find(({ node, runs, movable, early }) => runs && movable && early && !held.has(node))?.node;
}
