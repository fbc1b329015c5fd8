import { expect } from 'chai';
import fc from 'fast-check';
import { WorkQueue, createEnvironment } from '../../../src/runtime/index.ts';
import { ManualClock, settled } from '../../support/manual-clock.ts';

function makeQueue(backoff = { baseMs: 10, maxMs: 100 }): { clock: ManualClock; queue: WorkQueue } {
  const clock = new ManualClock();
  const queue = new WorkQueue(createEnvironment({ clock, random: () => 1 }), { name: 'test', backoff });
  return { clock, queue };
}

describe('A work queue', () => {
  it('hands a key out once however often it was added', async () => {
    const { queue } = makeQueue();
    for (const key of ['a', 'b', 'a', 'a']) queue.add(key);
    expect([await queue.get(), await queue.get()]).to.deep.equal(['a', 'b']);
    expect(queue.length).to.equal(0);
  });

  it('hands a key out again when it was added while it was worked on, and not before it is done', async () => {
    const { queue } = makeQueue();
    queue.add('a');
    await queue.get();
    queue.add('a');
    queue.add('a');
    expect(queue.length).to.equal(0);
    queue.done('a');
    expect(queue.length).to.equal(1);
    expect(await queue.get()).to.equal('a');
    queue.done('a');
    expect(queue.length).to.equal(0);
  });

  it('wakes a worker that waits', async () => {
    const { queue } = makeQueue();
    const next = queue.get();
    queue.add('a');
    expect(await next).to.equal('a');
  });

  it('adds a delayed key at the earliest of the times asked for, once', async () => {
    const { clock, queue } = makeQueue();
    queue.addAfter('a', 100);
    queue.addAfter('a', 50);
    queue.addAfter('a', 80);
    await clock.advance(49);
    expect(queue.length).to.equal(0);
    await clock.advance(1);
    expect(queue.length).to.equal(1);
    await queue.get();
    queue.done('a');
    await clock.advance(1000);
    expect(queue.length).to.equal(0);
  });

  it('doubles the delay of retries up to the longest, until the key is forgotten', async () => {
    const { clock, queue } = makeQueue();
    const delays: number[] = [];
    for (let i = 0; i < 6; i++) {
      const from = clock.monotonic();
      queue.addRateLimited('a');
      while (queue.length === 0) await clock.advance(1);
      delays.push(clock.monotonic() - from);
      await queue.get();
      queue.done('a');
    }
    expect(delays).to.deep.equal([10, 20, 40, 80, 100, 100]);
    expect(queue.retries('a')).to.equal(6);
    queue.forget('a');
    queue.addRateLimited('a');
    await clock.advance(10);
    expect(queue.length).to.equal(1);
  });

  it('bounds the retries of all keys together by the bucket', async () => {
    const clock = new ManualClock();
    const env = createEnvironment({ clock, random: () => 1 });
    const backoff = { baseMs: 1, maxMs: 1 };
    const queue = new WorkQueue(env, { name: 'test', backoff, bucket: { perSecond: 10, burst: 2 } });
    for (let i = 0; i < 5; i++) queue.addRateLimited(`key-${String(i)}`);
    await clock.advance(1);
    expect(queue.length).to.equal(2);
    await clock.advance(300);
    expect(queue.length).to.equal(5);
  });

  it('drops what waits at a shut-down, and lets workers go', async () => {
    const { clock, queue } = makeQueue();
    queue.add('a');
    await queue.get();
    queue.add('a');
    queue.add('b');
    queue.addAfter('c', 10);
    const idle = Promise.all([queue.get(), queue.get()]);
    queue.shutDown();
    queue.add('d');
    await clock.advance(100);
    expect(await idle).to.deep.equal(['b', undefined]);
    expect(clock.timers).to.equal(0);
    let drained = false;
    void queue.drained().then(() => (drained = true));
    queue.done('b');
    await settled();
    expect(drained).to.equal(false);
    queue.done('a');
    await settled();
    expect(drained).to.equal(true);
  });

  it('hands out what waits when it is shut down with drain', async () => {
    const { queue } = makeQueue();
    queue.add('a');
    queue.shutDown({ drain: true });
    expect(await queue.get()).to.equal('a');
    expect(await queue.get()).to.equal(undefined);
  });

  it('never gives a key to two workers at once and never loses a change, whatever happens', async () => {
    const key = fc.constantFrom('a', 'b', 'c');
    const action = fc.oneof(
      fc.record({ do: fc.constantFrom('add', 'addRateLimited', 'forget', 'work'), key, ms: fc.constant(0) }),
      fc.record({ do: fc.constantFrom('addAfter', 'advance'), key, ms: fc.integer({ min: 0, max: 50 }) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { maxLength: 60 }),
        fc.integer({ min: 1, max: 4 }),
        async (actions, workers) => {
          const { clock, queue } = makeQueue();
          /** Changes of each key, and the last change that a finished or running pass began after. */
          const changes = new Map<string, number>();
          const seen = new Map<string, number>();
          const busy = new Set<string>();
          const finish: (() => void)[] = [];
          const work = async (): Promise<void> => {
            for (let next = await queue.get(); next !== undefined; next = await queue.get()) {
              expect(busy.has(next), `${next} is with two workers`).to.equal(false);
              busy.add(next);
              seen.set(next, changes.get(next) ?? 0);
              await new Promise<void>((resolve) => finish.push(resolve));
              busy.delete(next);
              queue.done(next);
            }
          };
          const running = Array.from({ length: workers }, work);
          for (const { do: what, key: about, ms } of actions) {
            if (what.startsWith('add') && what !== 'advance')
              changes.set(about, (changes.get(about) ?? 0) + 1);
            if (what === 'add') queue.add(about);
            if (what === 'addRateLimited') queue.addRateLimited(about);
            if (what === 'addAfter') queue.addAfter(about, ms);
            if (what === 'forget') queue.forget(about);
            if (what === 'advance') await clock.advance(ms);
            if (what === 'work') finish.shift()?.();
            await settled();
          }
          while (queue.length > 0 || queue.delayedLength > 0 || busy.size > 0) {
            await clock.advance(100);
            finish.shift()?.();
            await settled();
          }
          expect(seen).to.deep.equal(changes);
          queue.shutDown();
          await Promise.all(running);
        },
      ),
      { numRuns: 60 },
    );
  });
});
