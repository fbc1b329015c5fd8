/**
 * The opponent: every task that is ready goes to the node that is least used at this moment, counting the task,
 * if there is one with room; otherwise it waits. No forecast, no speeds, no data locality.
 */
import type { Assignment, NodeSnapshot, Snapshot, WorkflowPlan } from '../../src/core/plan/snapshot.ts';
import { RESOURCES } from '../../src/core/resources.ts';
import { answerOf, assigned } from './answer.ts';

const COUNTED = ['cpu', 'memory'] as const;

export class ReactivePlanner {
  /** Tasks that were given a node: they keep it. */
  readonly #given = new Map<string, Assignment>();

  plan({ now, nodes, workflows }: Snapshot): WorkflowPlan[] {
    const tasks = workflows.flatMap((w) => w.tasks);
    const done = new Set(tasks.filter((t) => t.state === 'Succeeded').map((t) => t.name));
    const own = new Map(nodes.map((n) => [n.name, { cpu: 0, memory: 0, gpu: 0, network: 0 }]));
    for (const t of tasks) {
      const load = own.get(this.#given.get(t.name)?.node ?? '');
      if (t.state !== 'Succeeded' && load !== undefined) for (const r of RESOURCES) load[r] += t.demand[r];
    }
    return workflows.map((w) => {
      for (const t of w.tasks) {
        const isReady = t.dependencies.every((d) => done.has(d)) && (w.notBeforeTime ?? 0) <= now;
        if (t.state !== 'Pending' || this.#given.has(t.name) || !isReady) continue;
        let best: NodeSnapshot | undefined;
        let least = 1;
        for (const n of nodes) {
          const load = own.get(n.name);
          if (
            load === undefined ||
            RESOURCES.some((r) => r !== 'network' && load[r] + t.demand[r] > n.capacity[r])
          )
            continue;
          const used = Math.max(
            ...COUNTED.map(
              (r) => (n.capacity[r] - presentlyFree(n, r) + load[r] + t.demand[r]) / n.capacity[r],
            ),
          );
          if (used > least) continue;
          least = used;
          best = n;
        }
        const load = own.get(best?.name ?? '');
        if (best === undefined || load === undefined) continue;
        for (const r of RESOURCES) load[r] += t.demand[r];
        this.#given.set(
          t.name,
          assigned({
            task: t.name,
            node: best.name,
            startTime: now,
            endTime: now + t.durationSeconds * 1000,
            binding: 'Bound',
            reason: 'EarliestFinish',
          }),
        );
      }
      const assignments = w.tasks.flatMap((t) => this.#given.get(t.name) ?? []);
      return answerOf(w, assignments);
    });
  }
}

function presentlyFree({ availability, capacity }: NodeSnapshot, resource: 'cpu' | 'memory'): number {
  const of = availability[resource];
  return of === undefined ? capacity[resource] : (of.values[of.levels.length >> 1] ?? 0);
}
