/** Plans made ahead: what they gain on quiet nodes, and where they are not used. */
import { expect } from 'chai';
import fc from 'fast-check';
import { Skyline } from '../../../../src/core/plan/ahead/skyline.ts';
import { dimensionsWith } from '../../../../src/core/plan/dimensions.ts';
import { planWorkflows, RollingPlanner } from '../../../../src/core/plan/index.ts';
import type { Snapshot, TaskSnapshot } from '../../../../src/core/plan/snapshot.ts';
import { amounts, GIB, node, NOW, snapshot, task, workflow } from '../builders.ts';
import { contended, find, MINUTE, plan, whole, window } from './support.ts';

/** A short task that is ready first, and a long one that soon will be, which only the fast node gets done in time. */
const shortThenLong: readonly TaskSnapshot[] = [
  task('gate', { demand: amounts({ cpu: 1 }), durationSeconds: 60 }),
  task('short', { ...whole, durationSeconds: 600 }),
  task('long', { ...whole, durationSeconds: 3600, dependencies: ['gate'] }),
];
const twoSpeeds = [node('fast', { speed: 4 }), node('slow')];

describe('a plan made ahead', () => {
  it('leaves the fast node to a task that comes later and takes longer', () => {
    const p = plan(twoSpeeds, shortThenLong, { slack: 0 });
    expect(find(p, 'long').node).to.equal('fast');
    expect(p.predictedCompletionTime).to.be.at.most(NOW + 17 * MINUTE);
  });

  it('lets a task wait for the node where it ends sooner, and says that it does so for the workflow', () => {
    const two = [1, 2].map((i) => task(`t${i}`, { ...whole, durationSeconds: 1200 }));
    const p = plan([node('fast', { speed: 4 }), node('slow')], two, { slack: 0 });
    expect(p.assignments.map((a) => [a.node, ...window(a)])).to.deep.equal([
      ['fast', 0, 5],
      ['fast', 5, 10],
    ]);
  });

  it('sends what is made to where it is needed while that node is busy', () => {
    const link = { bandwidth: 8e6 };
    const outputs = [{ name: 'o', bytes: 300e6 }]; // 300 s at 8 Mbit/s
    const p = plan(
      [node('a', link), node('b', { ...link, labels: { only: 'b' } })],
      [
        task('make', { ...whole, durationSeconds: 600, outputs, excludedNodes: ['b'] }),
        task('busy', { ...whole, durationSeconds: 900, nodeSelector: { only: 'b' } }),
        task('use', {
          ...whole,
          durationSeconds: 600,
          nodeSelector: { only: 'b' },
          dependencies: ['make'],
          inputs: [{ name: 'o', bytes: 0 }],
        }),
      ],
      { slack: 0 },
    );
    expect(window(find(p, 'use'))).to.deep.equal([15, 25]);
  });

  it('is not used where a task would be over the ceiling', () => {
    const p = plan([contended('fast', 0.9, { speed: 4 }), node('slow')], [task('t1'), task('t2')], {
      slack: 0,
    });
    expect(p.assignments.map((a) => a.node)).to.deep.equal(['slow', 'slow']);
  });

  it('stays in force until the next slot, and ends with a node that it needs', () => {
    const planner = new RollingPlanner({ rescue: false });
    const w = workflow(
      'w',
      [1, 2, 3].map((i) => task(`t${i}`, { ...whole, durationSeconds: 1200 })),
      { slack: 0 },
    );
    const world = snapshot(twoSpeeds, [w]);
    const nodesOf = (s: Snapshot) => planner.plan(s)[0]!.assignments.map((a) => [a.node, ...window(a)]);
    const first = nodesOf(world);
    expect(first.map(([n]) => n)).to.deep.equal(['fast', 'fast', 'fast']);
    const started = {
      ...w,
      tasks: w.tasks.map((t) =>
        t.name === 't1' ? { ...t, state: 'Running' as const, node: 'fast', startTime: NOW } : t,
      ),
    };
    const later = snapshot(twoSpeeds, [started], { now: NOW + MINUTE });
    expect(nodesOf(later)).to.deep.equal(first);
    const without = twoSpeeds.map((n) => (n.name === 'fast' ? { ...n, schedulable: false } : n));
    const failed = snapshot(without, [w], { now: NOW + 2 * MINUTE });
    expect(new Set(nodesOf(failed).map(([n]) => n))).to.deep.equal(new Set(['slow']));
  });

  it('is never longer than everything on the fastest node, one after the other', () => {
    const world = fc.tuple(
      fc.array(fc.record({ seconds: fc.integer({ min: 1, max: 900 }), after: fc.nat() }), {
        minLength: 1,
        maxLength: 14,
      }),
      fc.array(fc.constantFrom(0.7, 1, 1.4, 2), { minLength: 1, maxLength: 4 }),
    );
    fc.assert(
      fc.property(world, ([tasks, speeds]) => {
        const nodes = speeds.map((speed, i) => node(`n${i}`, { speed }));
        const all = tasks.map((t, i) =>
          task(`t${i}`, {
            ...whole,
            durationSeconds: t.seconds,
            dependencies: i > 0 && t.after % 3 > 0 ? [`t${t.after % i}`] : [],
          }),
        );
        const [p] = planWorkflows(snapshot(nodes, [workflow('w', all, { slack: 0 })]));
        const serial = tasks.reduce((sum, t) => sum + t.seconds, 0) / Math.max(...speeds);
        expect((p!.predictedCompletionTime! - NOW) / 1000).to.be.at.most(serial + 0.01);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the skyline of a node', () => {
  const limits = Float64Array.of(4, 8 * GIB, 0, 0, 3);
  const groupOf = (cpu: number, memory: number) => {
    const demand = new Float64Array(dimensionsWith([]));
    demand.set([cpu, memory * GIB, 0, 0, 1]);
    return { demand, used: [0, 1, 4] };
  };

  it('never take more than there is, and leave no gap that would have held the run', () => {
    const run = fc.record({
      cpu: fc.integer({ min: 1, max: 4 }),
      memory: fc.integer({ min: 1, max: 8 }),
      from: fc.nat(50),
      seconds: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(fc.array(run, { maxLength: 25 }), (runs) => {
        const skyline = new Skyline(limits);
        const made: { cpu: number; memory: number; start: number; end: number }[] = [];
        const holds = (cpu: number, memory: number, second: number): boolean => {
          const there = made.filter((m) => m.start <= second && second < m.end);
          const sum = (of: (m: { cpu: number; memory: number }) => number): number =>
            there.reduce((total, m) => total + of(m), 0);
          return sum((m) => m.cpu) + cpu <= 4 && sum((m) => m.memory) + memory <= 8 && there.length < 3;
        };
        const fits = (r: (typeof runs)[number], start: number): boolean =>
          Array.from({ length: r.seconds }, (_, s) => start + s).every((s) => holds(r.cpu, r.memory, s));
        for (const r of runs) {
          const group = groupOf(r.cpu, r.memory);
          const start = skyline.earliest(group, r.from, r.seconds);
          expect(fits(r, start)).to.equal(true);
          for (let s = r.from; s < start; s++) expect(fits(r, s)).to.equal(false);
          skyline.add(group, start, start + r.seconds);
          made.push({ cpu: r.cpu, memory: r.memory, start, end: start + r.seconds });
        }
      }),
      { numRuns: 200 },
    );
  });
});
