import { expect } from 'chai';
import type { Case, CaseTask } from '../../../bench/plan/case.ts';
import { runLoop, type CasePlanner, type LoopResult } from '../../../bench/plan/loop.ts';
import { OperatorLoop } from '../../../bench/plan/operator-loop.ts';
import type { WorkflowPlan } from '../../../src/core/plan/snapshot.ts';
import type { Move } from '../../../src/core/reshard/decide.ts';

const SLOT_SECONDS = 300;

/** Layers of eight tasks of two cores, each after two of the layer before. */
function layered(layers: number): CaseTask[] {
  return Array.from({ length: layers * 8 }, (_, i): CaseTask => {
    const layer = Math.trunc(i / 8);
    const parents = layer === 0 ? [] : [8 * (layer - 1) + (i % 8), 8 * (layer - 1) + ((i + 3) % 8)];
    return {
      name: `t${String(i)}`,
      workflow: 0,
      work: 200 + ((i * 37) % 400),
      demand: [2, 1, 0, 0],
      parents,
      parentBytes: parents.map(() => 1e9),
      children: layer + 1 === layers ? [] : [8 * (layer + 1) + (i % 8), 8 * (layer + 1) + ((i + 5) % 8)],
      externalBytes: 0,
      release: 0,
    };
  });
}

/** Three nodes of four cores. @param busy cores that others use, by node and slot */
function caseOf(tasks: readonly CaseTask[], busy: (node: number, slot: number) => number): Case {
  const nodes = [1, 1.2, 0.9].map((speed, j) => ({
    name: `n${String(j)}`,
    speed,
    capacity: [4, 16, 0, 1],
    bandwidth: 1.25e8,
    background: Array.from({ length: 200 }, (_, slot) => [busy(j, slot), 0, 0, 0]),
  }));
  return { name: 'synthetic', tasks, nodes, workflows: 1, slotSeconds: SLOT_SECONDS, startSlot: 0 };
}

interface Played {
  readonly result: LoopResult;
  readonly moves: readonly (Move & { readonly cause: string })[];
  readonly plans: readonly WorkflowPlan[];
}

function play(of: Case, parallelism?: number, runningTasks: 'Keep' | 'Restart' = 'Restart'): Played {
  const moves: Played['moves'][number][] = [];
  const plans: WorkflowPlan[] = [];
  const loop = new OperatorLoop({
    onReshard: (_, reshards) => {
      for (const { cause, moves: own } of reshards) moves.push(...own.map((m) => ({ ...m, cause })));
    },
  });
  const planner: CasePlanner = {
    plan: (snapshot) => {
      const limit = parallelism === undefined ? {} : { parallelism };
      const workflows = snapshot.workflows.map((w) => ({ ...w, ...limit }));
      const answer = loop.plan({ ...snapshot, workflows });
      // What is answered is started: it has to be released.
      for (const { task } of answer.flatMap((p) => p.assignments)) {
        const states = new Map(workflows.flatMap((w) => w.tasks.map((t) => [t.name, t.state])));
        const { dependencies = [] } = workflows[0]?.tasks.find((t) => t.name === task) ?? {};
        expect(dependencies.map((d) => states.get(d))).to.satisfy((s: string[]) =>
          s.every((state) => state === 'Succeeded'),
        );
      }
      plans.push(...answer);
      return answer;
    },
    get lookAgainAt() {
      return loop.lookAgainAt;
    },
  };
  const result = runLoop(of, {
    sharing: 'Proportional',
    forecast: 'last',
    runningTasks,
    planner,
    longestDays: 1,
  });
  return { result, moves, plans };
}

/** Runs at once, at most. */
function mostAtOnce({ runs }: LoopResult): number {
  return Math.max(...runs.map((r) => runs.filter((o) => o.start <= r.start && r.start < o.end).length));
}

const waves = (node: number, slot: number): number => 2 + 2 * Math.sin(slot / 2 + 2 * node);

describe("the operator's loop, played on a case", () => {
  it('ends every task, each after what it waits for, and is about as good as the planner alone', () => {
    const of = caseOf(layered(4), waves);
    const { result } = play(of);
    expect(result.runs.filter((r) => r.end > r.start)).to.have.length(of.tasks.length);
    of.tasks.forEach(({ parents }, i) => {
      for (const parent of parents)
        expect(result.runs[i]?.start).to.be.at.least(result.runs[parent]?.end ?? Infinity);
    });
    const alone = runLoop(of, { sharing: 'Proportional', forecast: 'last' });
    expect(result.makespan / alone.makespan).to.be.within(0.85, 1.15);
  });

  it('keeps to parallelism', () => {
    const of = caseOf(layered(3), () => 0);
    expect(mostAtOnce(play(of).result)).to.be.greaterThan(2);
    expect(mostAtOnce(play(of, 2).result)).to.equal(2);
  });

  it('gives a task one node while it runs, but where a reshard moves it', () => {
    const { result, moves, plans } = play(caseOf(layered(4), waves));
    const nodes = new Map<string, string[]>();
    for (const { task, node } of plans.flatMap((p) => p.assignments)) {
      const known = nodes.get(task) ?? [];
      if (known.at(-1) !== node) nodes.set(task, [...known, node]);
    }
    const changes = [...nodes.values()].reduce((sum, n) => sum + n.length - 1, 0);
    expect(changes).to.be.at.most(moves.filter((m) => m.cause !== 'LateBinding').length);
    expect(result.restarts).to.equal(moves.filter((m) => m.cause === 'Straggler').length);
  });

  it('starts a task anew elsewhere where it would starve, if its workflow lets it, and says why', () => {
    const long = layered(1)
      .slice(0, 1)
      .map((t) => ({ ...t, work: 7200, demand: [4, 1, 0, 0] }));
    // The fastest node is taken from the third slot on.
    const of = caseOf(long, (node, slot) => (node === 1 && slot >= 3 ? 60 : 0));
    const { result, moves } = play(of);
    expect(result.restarts).to.equal(1);
    expect(moves.map((m) => `${m.cause}: ${m.task} ${m.from} → ${m.to}`)).to.deep.equal([
      'Straggler: t0 n1 → n0',
    ]);
    expect(play(of, undefined, 'Keep').result.restarts).to.equal(0);
  });
});
