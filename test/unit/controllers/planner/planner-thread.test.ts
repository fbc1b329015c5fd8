import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { syntheticSnapshot } from '../../../../bench/plan/synthetic.ts';
import { directPlanEngine } from '../../../../src/controllers/planner/engine.ts';
import { PlannerThread } from '../../../../src/controllers/planner/planner-thread.ts';
import type { View } from '../../../../src/core/reshard/look.ts';
import { systemClock, type Clock } from '../../../../src/runtime/index.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { node, SECOND, snapshot, task, workflow } from '../../core/builders.ts';

const small = (): View => ({
  snapshot: snapshot([node('n1'), node('n2')], [workflow('w', [task('a'), task('b')])]),
  provisional: [[]],
});

const large = (seconds = 0): View => {
  const of = syntheticSnapshot(300, 16, 1);
  return { snapshot: { ...of, now: of.now + seconds * SECOND }, provisional: [[]] };
};

async function withThread(
  test: (engine: PlannerThread, died: Error[]) => Promise<void>,
  clock: Clock = systemClock,
): Promise<void> {
  const died: Error[] = [];
  const engine = new PlannerThread({ limitMs: 60_000, clock, onDied: (error) => died.push(error) });
  try {
    await test(engine, died);
  } finally {
    await engine.close();
  }
}

/** The next thread that this process starts. */
async function nextThread(): Promise<Worker> {
  const [worker] = (await once(process, 'worker')) as [Worker];
  return worker;
}

describe('plans in a thread of their own', () => {
  it('are those of the calling thread, from one look to the next', () =>
    withThread(async (thread) => {
      const direct = directPlanEngine();
      // The second finds all forecasts known, the third some of them changed.
      const views = [large(), large(30), large(60)];
      const [, , last] = views;
      for (const [i, n] of last!.snapshot.nodes.entries())
        if (i % 2 === 0) n.availability.cpu!.values.forEach((v, k, all) => (all[k] = v * 0.9));
      for (const view of views) {
        const there = await thread.look(view);
        expect(JSON.stringify(there)).to.equal(JSON.stringify(await direct.look(view)));
      }
      const question = { look: 2, workflow: { namespace: 'bench', name: 'synthetic' }, leaving: [] };
      expect(await thread.place(question)).to.deep.equal(await direct.place(question));
    })).timeout(20_000);

  it('leave the calling thread free meanwhile', () =>
    withThread(async (thread) => {
      await thread.look(small());
      let turns = 0;
      let longest = 0;
      let last = performance.now();
      const counting = setInterval(() => {
        const now = performance.now();
        turns += 1;
        longest = Math.max(longest, now - last);
        last = now;
      }, 1);
      const begun = performance.now();
      await thread.look(large());
      const took = performance.now() - begun;
      clearInterval(counting);
      // The machine may be busy with others: of every moment that the plan took, most were free here.
      expect(turns).to.be.greaterThan(20);
      expect(longest).to.be.lessThan(Math.max(100, took / 3));
    }));

  it('go on in another thread after one was killed, and whoever waits is told', () =>
    withThread(async (thread, died) => {
      const started = nextThread();
      const asked = thread.look(large()).catch((error: unknown) => error);
      await (await started).terminate();
      expect(await asked).to.have.property('name', 'ThreadDiedError');
      expect(died).to.have.length(1);
      const { rolling } = await thread.look(small());
      expect(rolling[0]?.assignments.map((a) => a.task)).to.deep.equal(['a', 'b']);
    }));

  it('are given up when they take longer than they may, and the next is made by another thread', () => {
    const clock = new ManualClock();
    return withThread(async (thread, died) => {
      const started = nextThread();
      const asked = thread.look(large()).catch((error: unknown) => error);
      const next = thread.look(small());
      await started;
      await clock.advance(60_000);
      expect(await asked)
        .to.have.property('message')
        .that.equals('the planning thread took longer than 60 s and was ended');
      expect((await next).rolling[0]?.assignments).to.have.length(2);
      expect(died, 'no fault').to.be.empty;
      expect(clock.timers).to.equal(0);
    }, clock);
  });

  it('are of a look that is still known, or refused', () =>
    withThread(async (thread) => {
      const { id } = await thread.look(small());
      const leaving = [{ task: 'a', excludedNode: 'n1' }];
      const question = { look: id, workflow: { namespace: 'default', name: 'w' }, leaving };
      const plan = await thread.place(question);
      expect(plan.assignments.find((a) => a.task === 'a')?.node).to.equal('n2');
      const gone = await thread.place({ ...question, look: id - 1 }).catch((error: unknown) => error);
      expect(gone).to.have.property('name', 'LookGoneError');
    }));
});
