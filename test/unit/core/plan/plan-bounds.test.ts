/**
 * Odd input has a plan or a clear reason, within a bound on CPU time: about ten times of what was measured, and more
 * where that is hardly anything. Every task that may still be planned has a window that can be told, or is
 * unplaceable with a message, or is behind one that is or has failed.
 */
import { expect } from 'chai';
import { RollingPlanner } from '../../../../src/core/plan/index.ts';
import type {
  NodeSnapshot,
  Snapshot,
  TaskSnapshot,
  WorkflowPlan,
  WorkflowSnapshot,
} from '../../../../src/core/plan/snapshot.ts';
import {
  amounts,
  GIB,
  HOUR,
  node,
  NOW,
  SECOND,
  snapshot,
  steady,
  stepwise,
  task,
  workflow,
} from '../builders.ts';

/** CPU seconds. */
const SOON = 2;
const LAST_TIME = 8.64e15;

function cpuSeconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function expectTold({ assignments, unplaceable }: WorkflowPlan, tasks: readonly TaskSnapshot[]): void {
  const assigned = new Set(assignments.map((a) => a.task));
  const lost = new Set(unplaceable.map((u) => u.task));
  for (const t of tasks) if (t.state === 'Failed' || t.state === 'Omitted') lost.add(t.name);
  const isBehindLost = (t: TaskSnapshot): boolean => t.dependencies.some((d) => lost.has(d));
  for (const t of tasks) {
    if (assigned.has(t.name) || lost.has(t.name)) continue;
    expect(isBehindLost(t), `${t.name} is neither planned nor told of`).to.equal(true);
    lost.add(t.name);
  }
  for (const u of unplaceable) expect(u.message).to.match(/^0\/\d+ nodes can hold it: ./);
  const ends = new Map(assignments.map((a) => [a.task, a.endTime]));
  const byName = new Map(tasks.map((t) => [t.name, t]));
  for (const a of assignments) {
    expect(a.startTime, a.task).to.be.within(-LAST_TIME, LAST_TIME);
    expect(a.endTime, a.task).to.be.within(a.startTime, LAST_TIME);
    expect(a.contention, a.task).to.be.within(0, 1);
    const of = byName.get(a.task);
    if (of?.state !== 'Pending') continue;
    for (const d of of.dependencies) expect(a.startTime, a.task).to.be.at.least(ends.get(d) ?? Infinity);
  }
}

function planned(
  nodes: readonly NodeSnapshot[],
  tasks: readonly TaskSnapshot[],
  { seconds = SOON, of = {}, world = {} }: Bounds = {},
): WorkflowPlan {
  let plan: WorkflowPlan | undefined;
  const spent = cpuSeconds(() => {
    [plan] = new RollingPlanner().plan(snapshot(nodes, [workflow('w', tasks, of)], world));
  });
  expect(spent).to.be.below(seconds);
  if (plan === undefined) throw new Error('no plan');
  expectTold(plan, tasks);
  return plan;
}

interface Bounds {
  readonly seconds?: number;
  readonly of?: Partial<WorkflowSnapshot>;
  readonly world?: Partial<Snapshot>;
}

const nodes = (count: number, of: Partial<NodeSnapshot> = {}): NodeSnapshot[] =>
  Array.from({ length: count }, (_, i) => node(`n${String(i)}`, of));
const many = (count: number, of: Partial<TaskSnapshot> = {}): TaskSnapshot[] =>
  Array.from({ length: count }, (_, i) => task(`t${String(i)}`, of));
const chain = (count: number, of: Partial<TaskSnapshot> = {}): TaskSnapshot[] =>
  many(count, of).map((t, i) => ({ ...t, dependencies: i === 0 ? [] : [`t${String(i - 1)}`] }));
const withCpu = (...free: readonly number[]): Partial<NodeSnapshot> => ({
  availability: { ...node('n').availability, cpu: steady(free) },
});
const LOADED = withCpu(0.5, 2, 8);
/** One of a kind that is expected to be planned whole. */
const isWhole = (plan: WorkflowPlan, count: number): void => {
  expect([plan.assignments.length, plan.unplaceable.length]).to.deep.equal([count, 0]);
  expect(plan.predictedCompletionTime).to.be.within(NOW, LAST_TIME);
};

describe('a bound on the time of planning', function () {
  this.timeout(120_000);
  before(() => planned(nodes(3), many(100), { seconds: 10 })); // compiles what is measured

  describe('many tasks', () => {
    for (const [name, of] of [
      ['quiet', {}],
      ['loaded', LOADED],
    ] as const) {
      it(`holds with a thousand identical ones on ${name} nodes`, () =>
        isWhole(planned(nodes(4, of), many(1000), { seconds: 10 }), 1000));
      it(`holds with 10,000 identical ones on ${name} nodes`, () =>
        isWhole(planned(nodes(10, of), many(10_000), { seconds: 30 }), 10_000));
      it(`holds with a chain of 2,000 on ${name} nodes`, () =>
        isWhole(planned(nodes(3, of), chain(2000), { seconds: 5 }), 2000));
    }
    it('holds with a thousand of which no two are alike on loaded nodes', () => {
      const small = nodes(5, {
        capacity: amounts({ cpu: 4, memory: 8 * GIB }),
        availability: { cpu: steady([1.5, 2.5, 3.2]) },
      });
      const tasks = many(1000).map((t, i) => ({
        ...t,
        demand: amounts({ cpu: 0.1 + i / 1000, memory: GIB / 8 + i * 1e5 }),
        durationSeconds: 60 + ((13 * i) % 997),
      }));
      // A search that does not count its looks takes five times as long as it may take here.
      isWhole(planned(small, tasks, { seconds: 30 }), 1000);
    });
    it('holds one after the other', () =>
      isWhole(planned(nodes(3), many(1000), { seconds: 10, of: { parallelism: 1 } }), 1000));
    it('holds where all wait for one, and one for all', () => {
      const middle = many(2000, { dependencies: ['first'] });
      const tasks = [task('first'), ...middle, task('last', { dependencies: middle.map((t) => t.name) })];
      isWhole(planned(nodes(3), tasks), 2002);
    });
    it('holds where each waits for all before it', () => {
      const tasks = many(300).map((t, i, all) => ({
        ...t,
        dependencies: all.slice(0, i).map((d) => d.name),
      }));
      isWhole(planned(nodes(3), tasks), 300);
    });
  });

  describe('tasks of nothing, and of ever so much', () => {
    it('holds without any', () => expect(planned(nodes(3), []).assignments).to.deep.equal([]));
    it('holds without demand', () => isWhole(planned(nodes(3), many(1000, { demand: amounts({}) })), 1000));
    for (const [name, durationSeconds] of [
      ['no time', 0],
      ['less than no time', -5],
      ['a time that is no number', NaN],
      ['a nanosecond', 1e-9],
    ] as const) {
      it(`holds with ${name}`, () => {
        isWhole(planned(nodes(3), many(1000, { durationSeconds })), 1000);
        isWhole(planned(nodes(3, LOADED), chain(100, { durationSeconds })), 100);
      });
    }
    for (const durationSeconds of [1e9, 1e12, Infinity]) {
      it(`holds with ${String(durationSeconds)} seconds, on nodes whose load changes`, () => {
        const cpu = stepwise([
          [0.1, 1, 8],
          [0.5, 3, 8],
        ]);
        const loaded = nodes(3, { availability: { cpu } });
        isWhole(planned(loaded, many(200, { durationSeconds })), 200);
        isWhole(planned(loaded, chain(200, { durationSeconds })), 200);
      });
    }
    it('tells of those that no node can hold', () => {
      const plan = planned(nodes(3), [
        ...many(5, { demand: amounts({ cpu: 99 }) }),
        task('c', { dependencies: ['t0'] }),
      ]);
      expect(plan.unplaceable[0]?.message).to.equal('0/3 nodes can hold it: 3 have less cpu than 99');
    });
  });

  describe('odd nodes', () => {
    it('tells that there are none', () => expect(planned([], many(5)).unplaceable).to.have.length(5));
    it('tells that none has any capacity', () =>
      expect(planned(nodes(3, { capacity: amounts({}) }), many(5)).unplaceable[0]?.message).to.equal(
        '0/3 nodes can hold it: 3 have less cpu than 1',
      ));
    it('tells that pods of others have it all', () =>
      expect(planned(nodes(2, { requested: amounts({ cpu: 99 }) }), many(2)).unplaceable).to.have.length(2));
    it('leaves one without capacity alone', () => {
      const plan = planned([...nodes(2), node('z', { capacity: amounts({}), availability: {} })], many(50));
      isWhole(plan, 50);
      expect(plan.assignments.map((a) => a.node)).not.to.include('z');
    });
    for (const [name, of] of [
      ['stale', { forecastStale: true }],
      ['missing', { availability: {} }],
      ['of nothing free at all', { availability: { cpu: steady([0, 0, 0]), memory: steady([0, 0, 0]) } }],
      ['of less than nothing', withCpu(-3, -2, -1)],
      ['of a step that takes no time', { availability: { cpu: { ...steady([8, 8, 8]), stepSeconds: 0 } } }],
      [
        'shorter than the workflow',
        {
          availability: {
            cpu: stepwise([
              [8, 8, 8],
              [1, 2, 8],
            ]),
          },
        },
      ],
    ] as [string, Partial<NodeSnapshot>][]) {
      it(`holds with forecasts ${name}`, () => {
        isWhole(planned(nodes(3, of), chain(50, { durationSeconds: 7200 })), 50);
        isWhole(planned([node('fresh'), ...nodes(2, of)], many(50)), 50);
      });
    }
    it('holds with forecasts that are no numbers, which are no forecasts', () => {
      const [a] = planned(nodes(1, withCpu(NaN, NaN, NaN)), many(1)).assignments;
      expect(a?.reason).to.equal('NoForecast');
    });
    for (const speed of [0, -1, NaN, 1e-6, 1e9, Infinity])
      it(`holds with a speed of ${String(speed)}`, () =>
        isWhole(planned(nodes(3, { speed, ...LOADED }), chain(20)), 20));
    it('holds with nodes of the same name', () =>
      isWhole(planned([node('a'), node('a', { speed: 2 }), node('b')], many(20)), 20));
    for (const bandwidth of [0, 1])
      it(`holds with ${String(bandwidth)} bits a second for a terabyte`, () => {
        const tasks = chain(50).map((t, i) => ({
          ...t,
          outputs: [{ name: t.name, bytes: 1e12 }],
          inputs: i === 0 ? [] : [{ name: `t${String(i - 1)}`, bytes: 1e12 }],
        }));
        isWhole(planned(nodes(3, { bandwidth }), tasks), 50);
      });
  });

  describe('clocks that disagree', () => {
    const next = task('next', { dependencies: ['first'] });
    const first = (of: Partial<TaskSnapshot>): TaskSnapshot => task('first', { node: 'n0', ...of });
    for (const skew of [-HOUR, -SECOND, SECOND, HOUR]) {
      const at = NOW + skew;
      const worlds: readonly [string, TaskSnapshot][] = [
        ['runs since then', first({ state: 'Running', startTime: at })],
        ['starts then', first({ state: 'Starting', startTime: at })],
        ['is bound to start then', first({ bound: true, startTime: at })],
        ['is done since then', first({ state: 'Succeeded', startTime: at, completionTime: at + SECOND })],
        [
          'was done then, before it started',
          first({ state: 'Succeeded', startTime: NOW, completionTime: at }),
        ],
      ];
      for (const [name, begun] of worlds) {
        it(`holds where a task ${name}: ${String(skew / SECOND)} s from now`, () => {
          const plan = planned(nodes(3), [begun, next]);
          isWhole(plan, 2);
          expect(plan.predictedCompletionTime).to.be.at.most(NOW + HOUR + 20.5 * 60 * SECOND);
        });
      }
      it(`holds where forecasts begin, and the workflow was made ${String(skew / SECOND)} s from now`, () => {
        const cpu = { ...steady([8, 8, 8]), startTime: at };
        isWhole(planned(nodes(3, { availability: { cpu } }), many(5), { of: { creationTime: at } }), 5);
      });
    }
    it('holds for tasks of which no time is known', () =>
      isWhole(
        planned(nodes(2), [first({ state: 'Succeeded' }), task('r', { state: 'Running', node: 'n1' }), next]),
        3,
      ));
    it('a running task that has started in the future has started just now', () => {
      const [a] = planned(nodes(1), [first({ state: 'Running', startTime: NOW + HOUR }), next]).assignments;
      expect(a).to.include({ startTime: NOW, endTime: NOW + 600 * SECOND });
    });
  });

  describe('workflows that cannot end', () => {
    it('leaves out what waits for a task that failed', () => {
      const failed = task('first', {
        state: 'Failed',
        node: 'n0',
        startTime: NOW - HOUR,
        completionTime: NOW,
      });
      const plan = planned(nodes(2), [
        failed,
        ...chain(2000).map((t, i) => (i === 0 ? { ...t, dependencies: ['first'] } : t)),
        task('other'),
      ]);
      expect(plan.assignments.map((a) => a.task)).to.deep.equal(['first', 'other']);
    });
  });

  describe('planning over time', () => {
    /** What should have started runs, and what should have ended is done. */
    const later = (tasks: readonly TaskSnapshot[], plan: WorkflowPlan, now: number): TaskSnapshot[] => {
      const windows = new Map(plan.assignments.map((a) => [a.task, a]));
      return tasks.map((t): TaskSnapshot => {
        const a = windows.get(t.name);
        if (a === undefined || a.startTime > now || t.state === 'Succeeded') return t;
        const { node: on, startTime, endTime } = a;
        if (endTime > now) return { ...t, state: 'Running', node: on, startTime };
        return { ...t, state: 'Succeeded', node: on, startTime, completionTime: endTime };
      });
    };
    const EVENTS = 50;
    for (const [name, of, of2] of [
      ['a chain of 2,000', chain(2000), nodes(3)],
      ['300 identical tasks on loaded nodes', many(300), nodes(4, LOADED)],
    ] as const) {
      it(`holds over ${String(EVENTS)} events with ${name}`, () => {
        const planner = new RollingPlanner();
        let tasks: readonly TaskSnapshot[] = of;
        const spent = cpuSeconds(() => {
          for (let event = 0; event < EVENTS; event++) {
            const now = NOW + event * 200 * SECOND;
            const world = snapshot(of2, [workflow('w', tasks)], { now });
            const [plan] = planner.plan(world);
            if (plan === undefined) throw new Error('no plan');
            if (event % 10 === 0) expectTold(plan, tasks);
            tasks = later(tasks, plan, now + 200 * SECOND);
          }
        });
        expect(tasks.filter((t) => t.state === 'Succeeded')).to.have.length.at.least(10);
        expect(spent).to.be.below(45);
      });
    }
  });
});
