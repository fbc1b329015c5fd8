/** ShardPlans as they are printed. */
import yaml from 'js-yaml';
import { API_VERSION, LABEL_WORKFLOW } from '../../api/constants.ts';
import type { ShardPlan, Workflow } from '../../api/types.generated.ts';
import { planSpec } from '../../controllers/sharder/generated-plan.ts';
import { planName } from '../../controllers/gather/workflows.ts';
import type { WorkflowPlan } from '../../core/plan/snapshot.ts';
import { asHtml } from './html.ts';
import { formatTable } from '../support/table.ts';

export type Format = 'yaml' | 'json' | 'table' | 'html';

/** As it may be committed to Git, for a Workflow whose planning mode is Manual. */
export function shardPlan(workflow: Workflow, plan: WorkflowPlan, now: number): ShardPlan {
  const { name = '', namespace } = workflow.metadata;
  return {
    apiVersion: API_VERSION,
    kind: 'ShardPlan',
    metadata: {
      name: planName(workflow),
      ...(namespace === undefined ? {} : { namespace }),
      labels: { [LABEL_WORKFLOW]: name },
    },
    spec: planSpec(workflow, plan, now),
  };
}

export function asList(plans: readonly ShardPlan[]): unknown {
  return { apiVersion: 'v1', kind: 'List', items: plans };
}

/** One object is itself; several are documents (YAML) or a List (JSON). */
export function format(plans: readonly ShardPlan[], as: Format): string {
  if (as === 'html') return asHtml(plans);
  if (as === 'table') return plans.map(table).join('\n');
  if (as === 'yaml') return plans.map((plan) => yaml.dump(plan, { noRefs: true })).join('---\n');
  return `${JSON.stringify(plans.length === 1 ? plans[0] : asList(plans), undefined, 2)}\n`;
}

function table(plan: ShardPlan): string {
  const rows = plan.spec.assignments.map((a) => [
    a.task,
    a.node,
    a.startTime ?? '',
    a.endTime ?? '',
    `${((a.contentionPermille ?? 0) / 10).toFixed(1)}%`,
    a.binding ?? '',
    a.reason ?? '',
  ]);
  const head = ['TASK', 'NODE', 'START', 'END', 'CONTENTION', 'BINDING', 'REASON'];
  return `ShardPlan ${plan.metadata.name ?? ''}\n${formatTable(head, rows, { gap: 2 })}`;
}
