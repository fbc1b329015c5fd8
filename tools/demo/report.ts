/** What the demo shows at its end, as text. */
import type { ShardPlan, Workflow } from '../../src/api/types.generated.ts';
import { renderGantt } from '../../src/cli/support/gantt.ts';
import type { GanttRow } from '../../src/cli/support/gantt.ts';
import { nameOf } from './attempts.ts';
import type { Attempt } from './attempts.ts';

const PLANNED = '░';
const RAN = '█';
const LOST = 'x';

export const ganttKey = `${PLANNED} the first plan   ${RAN} ran   ${LOST} lost with its node`;

/** One workflow's first plan against its run: a row a task and a row an attempt. */
export function ganttOf(plan: ShardPlan, attempts: readonly Attempt[]): string[] {
  const rows = plan.spec.assignments.flatMap(({ task, node, startTime, endTime }): GanttRow[] => {
    const planned: GanttRow = {
      labels: [task, 'plan', node],
      bars:
        startTime === undefined || endTime === undefined
          ? []
          : [{ start: Date.parse(startTime), end: Date.parse(endTime), fill: PLANNED }],
    };
    const ran = attempts
      .filter((attempt) => attempt.task === task)
      .map(({ node: on, start, end, state }): GanttRow => ({
        labels: ['', 'run', on],
        bars:
          start === undefined || end === undefined
            ? []
            : [{ start, end, fill: state === 'Lost' ? LOST : RAN }],
      }));
    return [planned, ...ran];
  });
  return renderGantt({ rows });
}

/** The reshards of a plan: cause, node, moves. */
export function reshardsOf(plan: ShardPlan): string[] {
  return (plan.status?.reshards ?? []).flatMap(({ revision, time, cause, node, message, moved }) => [
    `revision ${revision} of ${nameOf(plan)} at ${time}: ${cause}${node === undefined ? '' : ` on ${node}`}`,
    ...(message === undefined ? [] : [`  ${message}`]),
    ...(moved ?? []).map(
      ({ task, from, to, fromContentionPermille, toContentionPermille }) =>
        `  ${task}: ${from} → ${to}${contention(fromContentionPermille, toContentionPermille)}`,
    ),
  ]);
}

/** Of a node that is gone no contention can be told. */
function contention(from: number | undefined, to: number | undefined): string {
  if (to === undefined) return '';
  return `, contention ${from === undefined ? '' : `${from} → `}${to} permille`;
}

/** Predicted by the first plan, and what came. */
export function completionOf(plan: ShardPlan, workflow: Workflow): string {
  const ends = plan.spec.assignments.flatMap(({ endTime }) =>
    endTime === undefined ? [] : [Date.parse(endTime)],
  );
  const start = Date.parse(workflow.status?.startTime ?? '');
  const planned = Math.round((Math.max(...ends) - start) / 1000);
  const took = Math.round((Date.parse(workflow.status?.completionTime ?? '') - start) / 1000);
  return `planned to take ${planned} s, took ${took} s`;
}
