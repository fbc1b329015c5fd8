import fc from 'fast-check';
import { expect } from 'chai';
import { ReadyQueue } from '../../../../src/core/plan/ready-queue.ts';

/** Groups of tasks 0, 1, 2 … and their positions in the order of placement. */
const tasksOf = fc.integer({ min: 1, max: 40 }).chain((count) =>
  fc.record({
    group: fc.array(fc.nat(7), { minLength: count, maxLength: count }),
    position: fc.shuffledSubarray([...Array(count).keys()], { minLength: count, maxLength: count }),
    isPlaced: fc.array(fc.boolean(), { minLength: count, maxLength: count }),
  }),
);

function queueOf(group: readonly number[], position: readonly number[]): ReadyQueue {
  const queue = new ReadyQueue(8, Int32Array.from(group), Int32Array.from(position));
  group.forEach((_, task) => queue.add(task));
  return queue;
}

describe('a round over tasks that are ready', () => {
  it('goes through them in order; behind one that is not placed its group is closed', () =>
    fc.assert(
      fc.property(tasksOf, ({ group, position, isPlaced }) => {
        const queue = queueOf(group, position);
        const closed = new Set<number>();
        let taken = 0;
        const inOrder = [...group.keys()].sort((a, b) => (position[a] ?? 0) - (position[b] ?? 0));
        queue.beginRound();
        for (const task of inOrder) {
          if (closed.has(group[task] ?? 0)) continue;
          expect(queue.turn()).to.equal(task);
          if (isPlaced[task] === true) {
            queue.take(task);
            taken += 1;
          } else {
            queue.skip(task);
            closed.add(group[task] ?? 0);
          }
        }
        expect(queue.turn()).to.equal(-1);
        expect(queue.size).to.equal(group.length - taken);
      }),
    ));

  it('goes on with those of a group that are worth trying', () =>
    fc.assert(
      fc.property(tasksOf, ({ group, position, isPlaced }) => {
        const queue = queueOf(group, position);
        const isWorthTrying = (task: number): boolean => isPlaced[task] === true;
        const turns: number[] = [];
        queue.beginRound();
        for (let task = queue.turn(); task >= 0; task = queue.turn()) {
          turns.push(task);
          queue.skip(task, isWorthTrying);
        }
        const inOrder = [...group.keys()].sort((a, b) => (position[a] ?? 0) - (position[b] ?? 0));
        const first = new Set([...Array(8).keys()].map((g) => inOrder.find((task) => group[task] === g)));
        expect(turns).to.deep.equal(inOrder.filter((task) => first.has(task) || isWorthTrying(task)));
        queue.beginRound();
        expect(queue.turn()).to.equal(inOrder[0]);
      }),
    ));
});
