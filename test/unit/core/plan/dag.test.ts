import { expect } from 'chai';
import { buildDag, upwardRanks } from '../../../../src/core/plan/dag.ts';
import { meanSecondsPerByte, transferTime } from '../../../../src/core/plan/transfer.ts';
import { task } from '../builders.ts';

describe('the graph of a workflow', () => {
  it('is ordered with dependencies first, and otherwise as declared', () => {
    const tasks = [
      task('d', { dependencies: ['b', 'c'] }),
      task('b', { dependencies: ['a'] }),
      task('c', { dependencies: ['a'] }),
      task('a'),
      task('e'),
    ];
    expect(buildDag(tasks).order.map((i) => tasks[i]?.name)).to.deep.equal(['a', 'e', 'b', 'c', 'd']);
  });

  it('leaves out what can never be released', () => {
    const tasks = [
      task('a', { dependencies: ['b'] }),
      task('b', { dependencies: ['a'] }),
      task('c', { dependencies: ['gone'] }),
      task('d'),
    ];
    expect(buildDag(tasks).order).to.deep.equal([3]);
  });

  it('counts a dependency that is listed twice once', () => {
    expect(buildDag([task('a'), task('b', { dependencies: ['a', 'a'] })]).dependencies).to.deep.equal([
      [],
      [0],
    ]);
  });

  it('knows what a task reads of a dependency: as much as it says, or the whole set', () => {
    const a = task('a', {
      outputs: [
        { name: 'x', bytes: 100 },
        { name: 'y', bytes: 50 },
      ],
    });
    const read = (name: string, bytes: number) =>
      task(`${name}${bytes}`, { dependencies: ['a'], inputs: [{ name, bytes }] });
    expect(buildDag([a, read('x', 30), read('y', 0), read('z', 9)]).inputBytes).to.deep.equal([
      [],
      [30],
      [50],
      [0],
    ]);
  });

  it('counts the last of two inputs of one name, and reads one that two tasks write from both', () => {
    const writes = (name: string, bytes: number) => task(name, { outputs: [{ name: 'x', bytes }] });
    const read = (...sizes: number[]) =>
      task('c', { dependencies: ['b', 'a'], inputs: sizes.map((bytes) => ({ name: 'x', bytes })) });
    expect(buildDag([writes('a', 100), writes('b', 50), read(7, 0)]).inputBytes[2]).to.deep.equal([50, 100]);
    expect(buildDag([writes('a', 100), writes('b', 50), read(0, 7)]).inputBytes[2]).to.deep.equal([7, 7]);
  });

  it('takes what no dependency writes for something from outside', () => {
    const tasks = [
      task('a', { outputs: [{ name: 'x', bytes: 100 }] }),
      task('b', {
        inputs: [
          { name: 'x', bytes: 40 },
          { name: 'y', bytes: 5 },
          { name: 'y', bytes: 6 },
        ],
      }),
    ];
    expect(buildDag(tasks).externalBytes).to.deep.equal([0, 46]);
  });

  it('ranks a task by the longest way to the end, transfers included', () => {
    const tasks = [
      task('a', { outputs: [{ name: 'x', bytes: 10 }] }),
      task('b', { dependencies: ['a'] }),
      task('c', { dependencies: ['a'], inputs: [{ name: 'x', bytes: 10 }] }),
      task('d', { dependencies: ['b', 'c'] }),
    ];
    // d 4; b 8 + 4; c 5 + 4; a 1 + max(12, 10 * 0.5 + 9)
    expect([...upwardRanks(buildDag(tasks), [1, 8, 5, 4], 0.5)]).to.deep.equal([15, 12, 9, 4]);
  });
});

describe('a transfer', () => {
  it('takes its bytes over the slower of both bandwidths', () => {
    expect(transferTime(1e9, { name: 'a', bandwidth: 1e9 }, { name: 'b', bandwidth: 1e8 })).to.equal(80_000);
  });

  it('takes nothing on one node, without bytes, or where no bandwidth is known', () => {
    expect(transferTime(1e9, { name: 'a', bandwidth: 1 }, { name: 'a', bandwidth: 1 })).to.equal(0);
    expect(transferTime(0, { name: 'a', bandwidth: 1 }, { name: 'b', bandwidth: 1 })).to.equal(0);
    expect(transferTime(1e9, { name: 'a', bandwidth: 0 }, { name: 'b', bandwidth: 0 })).to.equal(0);
  });

  it('has a mean that leaves out the pairs on one node', () => {
    expect(
      meanSecondsPerByte([
        { name: 'a', bandwidth: 4 },
        { name: 'b', bandwidth: 4 },
      ]),
    ).to.equal(1);
    expect(meanSecondsPerByte([{ name: 'a', bandwidth: 4 }])).to.equal(0);
  });
});
