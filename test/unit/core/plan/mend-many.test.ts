/** Plans on many nodes, of which only some are looked at when they are mended. */
import { expect } from 'chai';
import { MANY_NODES } from '../../../../src/core/plan/choice.ts';
import { RollingPlanner } from '../../../../src/core/plan/index.ts';
import type { Assignment, NodeSnapshot, Snapshot } from '../../../../src/core/plan/snapshot.ts';
import { amounts, GIB, node, NOW, SECOND, snapshot, steady, task, workflow } from '../builders.ts';

const NODES = 2 * MANY_NODES;

/** Nodes come by speed; the first ones are likely short of CPU as soon as anything runs there, each more than the one before. */
function world(busy: number): Snapshot {
  const nodes = Array.from({ length: NODES }, (_, i): NodeSnapshot => {
    const cpu = i < busy ? steady([0, 1 - i / NODES, 8]) : steady([8, 8, 8]);
    return node(`n${String(i).padStart(3, '0')}`, {
      availability: { cpu, memory: steady([32 * GIB, 32 * GIB, 32 * GIB]) },
    });
  });
  const tasks = Array.from({ length: 40 }, (_, i) => task(`t${i}`, { demand: amounts({ cpu: 4 }) }));
  return snapshot(nodes, [workflow('w', tasks)]);
}

/** Where tasks are after the node with the first of them has failed, before anything has started. */
function mended(before: Snapshot): { failed: string; moved: Assignment[] } {
  const planner = new RollingPlanner({ rescue: false, mendFrom: 0, ahead: false });
  const [plan] = planner.plan(before);
  const failed = plan!.assignments[0]!.node;
  const on = new Set(plan!.assignments.filter((a) => a.node === failed).map((a) => a.task));
  const [after] = planner.plan({
    ...before,
    now: NOW + SECOND,
    nodes: before.nodes.map((n) => (n.name === failed ? { ...n, schedulable: false } : n)),
  });
  expect(planner.hasMended).to.equal(true);
  return { failed, moved: after!.assignments.filter((a) => on.has(a.task)) };
}

describe('a plan on many nodes that is mended', () => {
  it('goes on from one node to the next, past those that are busy', () => {
    for (const busy of [0, 30, 200]) {
      const { failed, moved } = mended(world(busy));
      expect(moved).to.have.length.greaterThan(0);
      for (const { node: on, contention } of moved) {
        expect(on).to.not.equal(failed);
        expect(contention).to.equal(0);
      }
    }
  });

  it('names no node twice among the alternatives', () => {
    for (const busy of [0, 30, 200]) {
      for (const { node: on, alternatives } of mended(world(busy)).moved) {
        const named = [on, ...alternatives.map((a) => a.node)];
        expect(new Set(named).size).to.equal(named.length);
      }
    }
  });
});
