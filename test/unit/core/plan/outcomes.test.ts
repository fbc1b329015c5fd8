import { expect } from 'chai';
import { ScoreCalibration } from '../../../../src/core/plan/calibration.ts';
import { RollingPlanner } from '../../../../src/core/plan/index.ts';
import { Outcomes, type Outcome } from '../../../../src/core/plan/outcomes.ts';
import type { NodeSnapshot, Snapshot, TaskSnapshot } from '../../../../src/core/plan/snapshot.ts';
import { amounts, GIB, node, NOW, SECOND, snapshot, steady, task, workflow } from '../builders.ts';

const MINUTE = 60 * SECOND;
const after = (minutes: number): number => NOW + minutes * MINUTE;

/** A node of 8 cores and 32 GiB of which so much is free. */
function free(cpu: number, memory = 32): NodeSnapshot {
  const of = (value: number) => steady([value, value, value]);
  return node('n', { availability: { ...node('n').availability, cpu: of(cpu), memory: of(memory * GIB) } });
}

function running(name: string, start: number, of: Partial<TaskSnapshot> = {}): TaskSnapshot {
  return task(name, { state: 'Running', node: 'n', startTime: after(start), ...of });
}

function done(name: string, start: number, end: number, of: Partial<TaskSnapshot> = {}): TaskSnapshot {
  return running(name, start, { state: 'Succeeded', completionTime: after(end), ...of });
}

function at(minutes: number, of: NodeSnapshot, tasks: readonly TaskSnapshot[]): Snapshot {
  return snapshot([of], [workflow('w', tasks)], { now: after(minutes) });
}

/** What is told of the last snapshot, where every task had a score of 40 %. */
function outcomes(...seen: readonly Snapshot[]): Outcome[] {
  const all = new Outcomes();
  return (
    seen.map((s) => all.observe(s, (_, begun) => new Map([...begun.keys()].map((t) => [t, 0.4])))).at(-1) ??
    []
  );
}

describe('what came of a score', () => {
  it('is the share of the run in which something was short', () => {
    const seen = outcomes(
      at(0, free(8), [task('t')]),
      at(5, free(0.5), [running('t', 0)]),
      at(10, free(8), [running('t', 0)]),
      at(20, free(8), [done('t', 0, 20)]),
    );
    expect(seen).to.deep.equal([{ score: 0.4, realised: 0.25 }]);
  });

  it('counts own tasks on the node, while they ran', () => {
    const of = { demand: amounts({ cpu: 1 }) };
    const seen = outcomes(
      at(0, free(1.5), [task('a'), task('b')]),
      at(10, free(1.5), [running('a', 0, of), done('b', 5, 10, of)]),
      at(20, free(1.5), [done('a', 0, 20, of), done('b', 5, 10, of)]),
    );
    expect(seen.map((o) => o.realised)).to.deep.equal([1, 0.25]);
  });

  it('lets the task that started first have its memory', () => {
    const of = { demand: amounts({ memory: 6 * GIB }) };
    const seen = outcomes(
      at(0, free(8, 10), [task('young'), task('old')]),
      at(20, free(8, 10), [done('young', 1, 20, of), done('old', 0, 20, of)]),
    );
    expect(seen.map((o) => o.realised)).to.deep.equal([1, 0]);
  });

  it('is told when the whole workflow is done, or gone', () => {
    const first = [done('a', 0, 10), running('b', 0)];
    const begin = at(0, free(8), [task('a'), task('b')]);
    expect(outcomes(begin, at(10, free(8), first))).to.be.empty;
    expect(
      outcomes(begin, at(10, free(8), first), at(20, free(8), [done('a', 0, 10), done('b', 0, 20)])),
    ).to.have.lengthOf(2);
    expect(
      outcomes(begin, at(10, free(8), first), snapshot([free(8)], [], { now: after(11) })),
    ).to.have.lengthOf(1);
  });

  it('is told once', () => {
    const end = at(10, free(8), [done('t', 0, 10)]);
    expect(outcomes(at(0, free(8), [task('t')]), end, { ...end, now: after(11) })).to.deep.equal([]);
  });

  it('is not told of tasks that failed, that ran before anybody looked, or whose load nobody measured', () => {
    const blind = node('n', { availability: {} });
    expect(outcomes(at(0, free(8), [task('t')]), at(10, free(8), [done('t', 0, 10, { state: 'Failed' })]))).to
      .be.empty;
    expect(outcomes(at(5, free(8), [running('t', 0)]), at(10, free(8), [done('t', 0, 10)]))).to.be.empty;
    expect(outcomes(at(0, blind, [task('t')]), at(10, blind, [done('t', 0, 10)]))).to.be.empty;
  });

  it('begins anew where a task does', () => {
    const seen = outcomes(
      at(0, free(0.5), [task('t')]),
      at(10, free(0.5), [running('t', 0)]),
      at(15, free(8), [running('t', 10)]),
      at(30, free(8), [done('t', 10, 30)]),
    );
    expect(seen).to.deep.equal([{ score: 0.4, realised: 0.25 }]);
  });
});

describe('a planner', () => {
  it('learns from the tasks that it planned, and corrects the scores that it publishes next', () => {
    const risky = node('n', {
      capacity: amounts({ cpu: 1, memory: 32 * GIB }),
      availability: {
        cpu: {
          startTime: NOW,
          stepSeconds: 300,
          steps: 2,
          levels: [0.1, 0.5, 0.9],
          values: Float64Array.of(1, 1, 1, 0.9, 1.1, 1.1),
        },
        memory: steady([32 * GIB, 32 * GIB, 32 * GIB]),
      },
    });
    const calibration = new ScoreCalibration();
    const planner = new RollingPlanner({ rescue: false, calibration });
    const score = (minutes: number, ...tasks: TaskSnapshot[]): number =>
      planner.plan(at(minutes, risky, tasks))[0]?.assignments.at(-1)?.contention ?? NaN;
    const before = score(0, task('t0'));
    expect(before).to.be.within(0.1, 0.3);
    // The load never came.
    for (let run = 0; run < 40; run++) {
      score(run * 11, task(`t${run}`));
      score(run * 11 + 0.1, running(`t${run}`, run * 11));
      planner.plan(at(run * 11 + 10, free(8), [done(`t${run}`, run * 11, run * 11 + 10)]));
    }
    expect(calibration.apply(before)).to.be.below(before);
  });
});
