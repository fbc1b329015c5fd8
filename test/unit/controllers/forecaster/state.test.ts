import { expect } from 'chai';
import { ForecasterState } from '../../../../src/controllers/forecaster/state.ts';
import { byResource } from '../../../../src/core/resources.ts';

const NOTHING_ISSUED = { forecasts: new Map(), alike: new Map() };

describe('What the forecaster keeps of a node', () => {
  const stateWith = (nodes: readonly string[]): ForecasterState => {
    const state = new ForecasterState({ windowMs: 100_000, stepSeconds: 10, driftSampleMs: 1000 });
    for (const node of nodes) {
      state.book.append(
        node,
        1000,
        byResource(() => 3),
      );
    }
    return state;
  };

  it('is its load, for when it is added again under its name', () => {
    const state = stateWith(['a']);
    state.issue('a', { ...NOTHING_ISSUED, alike: new Map([['cpu', '2 nodes']]) });
    expect(state.leave('a')).to.deep.equal([]);
    expect(state.alike('a').size).to.equal(0);
    expect(state.book.last('a', 'cpu')?.value).to.equal(3);
  });

  it('is forgotten when many others have left after it, but not if it came back', () => {
    const names = Array.from({ length: 202 }, (_, i) => `node-${i}`);
    const state = stateWith(names);
    state.leave('node-0');
    state.leave('node-1');
    state.issue('node-0', NOTHING_ISSUED);
    const forgotten = names.slice(2).flatMap((node) => state.leave(node));
    expect(forgotten).to.deep.equal(['node-1']);
    expect([...state.book.nodes()]).to.deep.equal(names.filter((name) => name !== 'node-1'));
  });
});
