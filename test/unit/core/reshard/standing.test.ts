import { expect } from 'chai';
import type { InForce } from '../../../../src/core/plan/in-force.ts';
import { assignmentStands, predictionStands } from '../../../../src/core/reshard/standing.ts';

const NOON = Date.parse('2026-03-02T12:00:00Z');

describe('a published prediction', () => {
  const published = { completionTime: NOON, contentionPermille: 100 };
  const stands = (changes: Partial<typeof published>): boolean =>
    predictionStands(published, { ...published, ...changes });

  it('stands while it is off by little, in either direction', () => {
    for (const contentionPermille of [100, 81, 119]) expect(stands({ contentionPermille })).to.be.true;
    for (const late of [0, -9999, 9999]) expect(stands({ completionTime: NOON + late })).to.be.true;
  });

  it('does not stand once contention is off by 20 permille', () => {
    for (const contentionPermille of [80, 120, 1000]) expect(stands({ contentionPermille })).to.be.false;
  });

  it('does not stand once the end is off by ten seconds', () => {
    for (const late of [-10_000, 10_000]) expect(stands({ completionTime: NOON + late })).to.be.false;
  });

  it('stands as long as there is nothing to say, and not a moment longer', () => {
    const nothing = { completionTime: undefined, contentionPermille: undefined };
    expect(predictionStands(nothing, nothing)).to.be.true;
    expect(predictionStands(nothing, published)).to.be.false;
    expect(predictionStands(published, nothing)).to.be.false;
    expect(predictionStands({ ...published, contentionPermille: undefined }, published)).to.be.false;
  });

  it('creeps by no more than its band, however small the steps', () => {
    let said = 100;
    for (let now = 100; now <= 1000; now++) {
      const current = { completionTime: NOON, contentionPermille: now };
      if (!predictionStands({ completionTime: NOON, contentionPermille: said }, current)) said = now;
      expect(now - said).to.be.lessThan(20);
    }
  });
});

describe('a published assignment', () => {
  const published: InForce = {
    task: 'a',
    node: 'n1',
    startTime: NOON,
    endTime: NOON + 600_000,
    contention: 0.1,
    binding: 'Provisional',
  };
  const stands = (changes: Partial<InForce>): boolean =>
    assignmentStands(published, { ...published, ...changes });

  it('stands while its window slips by less than a minute', () => {
    expect(stands({})).to.be.true;
    expect(stands({ startTime: NOON + 59_999, endTime: NOON + 659_999 })).to.be.true;
    expect(stands({ startTime: NOON + 60_000 })).to.be.false;
    expect(stands({ endTime: NOON + 540_000 })).to.be.false;
  });

  it('does not stand on another node, or once it is bound, or when its window opens', () => {
    expect(stands({ node: 'n2' })).to.be.false;
    expect(stands({ binding: 'Bound' })).to.be.false;
    expect(stands({ endTime: undefined })).to.be.false;
  });

  it('is not written anew for its score', () => {
    expect(stands({ contention: 0.9 })).to.be.true;
  });
});
