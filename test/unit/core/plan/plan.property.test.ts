/** What holds for every plan, checked by plain counting and not with the planner's own parts. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { PodRule } from '../../../../src/core/placement/types.ts';
import { whyNot } from '../../../../src/core/placement/index.ts';
import { planWorkflows, RollingPlanner } from '../../../../src/core/plan/index.ts';
import type {
  Assignment,
  NodeSnapshot,
  Snapshot,
  TaskSnapshot,
  WorkflowSnapshot,
} from '../../../../src/core/plan/snapshot.ts';
import { RESOURCES } from '../../../../src/core/resources.ts';
import { amounts, GIB, node, NOW, SECOND, snapshot, workflow } from '../builders.ts';
import { aRuledSnapshot, aSnapshot, aTask, FPGA } from './arbitraries.ts';

interface Placed {
  readonly a: Assignment;
  readonly task: TaskSnapshot;
  readonly workflow: WorkflowSnapshot;
  readonly node: NodeSnapshot;
}

function placedTasks(world: Snapshot): Placed[] {
  return planWorkflows(world).flatMap((plan) => {
    const of = world.workflows.find((w) => w.name === plan.name)!;
    return plan.assignments.map((a) => ({
      a,
      workflow: of,
      task: of.tasks.find((t) => t.name === a.task)!,
      node: world.nodes.find((n) => n.name === a.node)!,
    }));
  });
}

/** Loads change only at starts. */
function atEveryStart(placed: readonly Placed[], check: (running: readonly Placed[]) => void): void {
  for (const { a } of placed) {
    check(placed.filter((p) => p.a.startTime <= a.startTime && a.startTime < p.a.endTime));
  }
}

/** By domain: pods that the rule counts at the moment at which a task has started. */
function countsAt(
  { a }: Placed,
  rule: PodRule,
  placed: readonly Placed[],
  world: Snapshot,
): Map<string, number> {
  const { topologyKey: key, selector } = rule;
  const counts = new Map(
    world.nodes.flatMap((n) => (n.labels[key] === undefined ? [] : [[n.labels[key], 0]])),
  );
  const add = (node: NodeSnapshot, labels: TaskSnapshot['labels']): void => {
    const domain = node.labels[key];
    if (domain !== undefined && labels?.app === selector.matchLabels?.app)
      counts.set(domain, (counts.get(domain) ?? 0) + 1);
  };
  for (const pod of world.pods ?? [])
    add(
      world.nodes.find((n) => n.name === pod.node)!,
      pod.labels,
    );
  for (const p of placed)
    if (p.a.startTime <= a.startTime && a.startTime < p.a.endTime) add(p.node, p.task.labels);
  return counts;
}

const holds = (check: (world: Snapshot) => void): void => {
  fc.assert(fc.property(aSnapshot, check), { numRuns: 150, seed: 42 });
  fc.assert(fc.property(aRuledSnapshot, check), { numRuns: 150, seed: 42 });
};

describe('every plan', () => {
  it('respects dependencies and transfers', () =>
    holds((world) => {
      const placed = placedTasks(world);
      for (const { a, task: t, workflow: w, node: n } of placed) {
        for (const name of t.dependencies) {
          const before = placed.find((p) => p.workflow === w && p.task.name === name);
          expect(before, `${t.name} is planned without ${name}`).to.not.equal(undefined);
          if (before === undefined) continue;
          const bytes = before.task.outputs[0]?.bytes ?? 0;
          const transfer =
            before.node === n ? 0 : (bytes * 8000) / Math.min(before.node.bandwidth, n.bandwidth);
          expect(a.startTime).to.be.at.least(before.a.endTime + transfer);
        }
      }
    }));

  it('uses only nodes that can hold the task', () =>
    holds((world) => {
      for (const { task: t, node: n } of placedTasks(world)) expect(whyNot(n, t)).to.equal(undefined);
    }));

  it('stays within capacity less requests, and within the pods of a node', () =>
    holds((world) => {
      const placed = placedTasks(world);
      for (const n of world.nodes) {
        atEveryStart(
          placed.filter((p) => p.node === n),
          (running) => {
            expect(running.length).to.be.at.most(n.podSlots);
            const devices = running.reduce((sum, p) => sum + (p.task.extended?.[FPGA] ?? 0), 0);
            const { allocatable, requested } = n.extended![FPGA]!;
            expect(devices).to.be.at.most(allocatable - requested);
            for (const r of RESOURCES) {
              const load = running.reduce((sum, p) => sum + p.task.demand[r], 0);
              expect(load).to.be.at.most(load === 0 ? 0 : (n.capacity[r] - n.requested[r]) * (1 + 1e-6));
            }
          },
        );
      }
    }));

  it('keeps to the rules among pods', () => {
    let [sharing, alone] = [0, 0];
    holds((world) => {
      const placed = placedTasks(world);
      for (const p of placed) {
        for (const rule of p.task.podRules ?? []) {
          if (rule.weight !== undefined) continue;
          const counts = countsAt(p, rule, placed, world);
          const own = p.node.labels[rule.topologyKey];
          const here = counts.get(own ?? '') ?? 0;
          const elsewhere = [...counts.values()].reduce((sum, n) => sum + n, 0) - here;
          if (here + elsewhere > 1) sharing += 1;
          else alone += 1;
          if (rule.kind === 'AntiAffinity' && own !== undefined) expect(here).to.equal(1);
          if (rule.kind === 'Affinity') expect(elsewhere === 0 || here > 1).to.equal(true);
          if (rule.kind === 'Spread') {
            const least = counts.size < rule.minDomains ? 0 : Math.min(...counts.values());
            expect(own).to.not.equal(undefined);
            expect(here - least).to.be.at.most(rule.maxSkew);
          }
        }
      }
    });
    expect(Math.min(sharing, alone)).to.be.at.least(15);
  });

  it('stays within the parallelism and starts no sooner than it may', () =>
    holds((world) => {
      const placed = placedTasks(world);
      for (const w of world.workflows) {
        const own = placed.filter((p) => p.workflow === w);
        for (const { a } of own) expect(a.startTime).to.be.at.least(Math.max(NOW, w.notBeforeTime ?? 0));
        atEveryStart(own, (running) => expect(running.length).to.be.at.most(w.parallelism ?? Infinity));
      }
    }));

  it('gives each task its run time on its node, and a score', () =>
    holds((world) => {
      for (const { a, task: t, node: n } of placedTasks(world)) {
        // As long as it takes by itself, or longer where it is expected to be slowed down.
        const alone = (t.durationSeconds * 1000) / n.speed;
        expect(a.endTime - a.startTime).to.be.within(alone - 2, alone * 20 + 2);
        expect(a.contention).to.be.within(0, 1);
        expect(a.alternatives.length).to.be.at.most(3);
        expect(a.alternatives.map((x) => x.node)).to.not.include(a.node);
      }
    }));

  it('keeps under the ceiling where it does not say otherwise', () =>
    holds((world) => {
      const placed = placedTasks(world);
      if (placed.some((p) => p.a.reason === 'OverCeiling')) return;
      for (const { a, workflow: w } of placed) expect(a.contention).to.be.at.most(w.contentionCeiling + 1e-6);
    }));

  it('has each task planned, told of as unplaceable, or behind one that is', () =>
    holds((world) => {
      const plans = planWorkflows(world);
      world.workflows.forEach((w, i) => {
        const planned = new Set(plans[i]?.assignments.map((a) => a.task));
        const unplaceable = new Set(plans[i]?.unplaceable.map((u) => u.task));
        for (const t of w.tasks) {
          const behind = t.dependencies.some((d) => !planned.has(d));
          expect(planned.has(t.name), t.name).to.equal(!unplaceable.has(t.name) && !behind);
        }
      });
    }));

  it('is the same for the same snapshot, byte for byte, in whatever order its nodes are', () =>
    fc.assert(
      fc.property(
        fc
          .oneof(aSnapshot, aRuledSnapshot)
          .chain((world) =>
            fc.tuple(
              fc.constant(world),
              fc.shuffledSubarray([...world.nodes], { minLength: world.nodes.length }),
            ),
          ),
        ([world, nodes]) => {
          const first = JSON.stringify(planWorkflows(world));
          expect(JSON.stringify(planWorkflows(structuredClone(world)))).to.equal(first);
          expect(JSON.stringify(planWorkflows({ ...world, nodes }))).to.equal(first);
        },
      ),
      { numRuns: 100, seed: 42 },
    ));

  it('binds only what is ready and due', () =>
    holds((world) => {
      for (const { a, task: t } of placedTasks(world)) {
        if (a.binding === 'Bound')
          expect([t.dependencies.length, a.startTime <= NOW + 60 * SECOND]).to.deep.equal([0, true]);
      }
    }));
});

describe('a node more', () => {
  it('never makes the predicted makespan worse by more than 1 %', () => {
    const aFreeNode = (name: string) =>
      fc
        .record({ cpu: fc.constantFrom(4, 8), speed: fc.constantFrom(0.5, 1, 1.7) })
        .map(({ cpu, speed }) =>
          node(name, { speed, capacity: amounts({ cpu, memory: 999 * GIB, gpu: 2, network: 1e9 }) }),
        );
    const aCluster = fc
      .integer({ min: 1, max: 4 })
      .chain((count) => fc.tuple(...Array.from({ length: count }, (_, i) => aFreeNode(`n${i}`))));
    const tasks = fc.tuple(...Array.from({ length: 14 }, (_, i) => aTask(i)));
    const completion = (planner: RollingPlanner, world: Snapshot): number =>
      planner.plan(world)[0]?.predictedCompletionTime ?? NaN;
    fc.assert(
      fc.property(aCluster, aFreeNode('new'), tasks, (nodes, added, list) => {
        const anywhere = list.map((t) => ({ ...t, nodeSelector: {}, excludedNodes: [] }));
        const world = snapshot(nodes, [workflow('w', anywhere)]);
        const planner = new RollingPlanner();
        const before = completion(planner, world) - NOW;
        const after = completion(planner, { ...world, nodes: [...nodes, added] }) - NOW;
        expect(after).to.be.at.most(before * 1.01);
      }),
      { numRuns: 150, seed: 42 },
    );
  });
});
