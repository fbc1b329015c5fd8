/** The resharder's view of one workflow and the nodes of its plan. */
import { LABEL_ATTEMPT, LABEL_TASK } from '../../api/constants.ts';
import type { ShardPlan, Workflow } from '../../api/types.generated.ts';
import { podKey, type Answer, type WorldInput } from '../../core/reshard/facts.ts';
import { objectKey } from '../../runtime/index.ts';
import { BY_WORKFLOW, type Caches } from '../caches.ts';
import { nodeFacts } from '../gather/nodes.ts';
import { unboundSince } from '../gather/runs.ts';
import { isManual, resolved } from '../gather/workflows.ts';
import type { Settings } from '../settings.ts';

export function gatherWorld(
  workflow: Workflow,
  plan: ShardPlan,
  answer: Answer,
  caches: Caches,
  settings: Settings,
  now: number,
): WorldInput {
  return {
    now,
    workflow,
    plan,
    asWritten: isManual(workflow),
    tasks: resolved(workflow, settings).tasks,
    nodes: new Map(
      caches.nodes.store.list().map((node) => {
        const name = objectKey(node);
        return [name, nodeFacts(node, caches.forecasts.store.get(name))];
      }),
    ),
    unboundPods: unboundPods(workflow, caches),
    answer,
  };
}

function unboundPods(workflow: Workflow, caches: Caches): Map<string, number> {
  const pods = caches.pods.store.byIndex(BY_WORKFLOW, objectKey(workflow));
  return new Map(
    pods.flatMap((pod) => {
      const since = unboundSince(pod);
      const { [LABEL_TASK]: task = '', [LABEL_ATTEMPT]: attempt = '1' } = pod.metadata?.labels ?? {};
      return since === undefined ? [] : [[podKey(task, attempt), since] as const];
    }),
  );
}
