import { expect } from 'chai';
import { backgroundLoad } from '../../../src/metrics/index.ts';
import type { OwnPod } from '../../../src/metrics/index.ts';

const WHOLE = { cpu: 10, memory: 1000, gpu: null, network: 500 };
const NONE = { cpu: null, memory: null, gpu: null, network: null };

const pod = (name: string, changes: Partial<OwnPod> = {}): OwnPod => ({
  namespace: 'lab',
  name,
  node: 'a',
  requests: { cpu: 2, memory: 300, gpu: 1, network: 0 },
  isRunning: true,
  usesHostNetwork: false,
  ...changes,
});

describe('Background load', () => {
  it("is what a node carries less what Foreshard's pods were measured to use", () => {
    const usage = new Map([
      ['one', { cpu: 3, memory: 100, gpu: null, network: 50 }],
      ['two', { cpu: 1, memory: 50, gpu: null, network: 25 }],
    ]);
    const own = [pod('one'), pod('two')];
    expect(backgroundLoad(WHOLE, own, ({ name }) => usage.get(name))).to.deep.equal({
      cpu: 6,
      memory: 850,
      gpu: null,
      network: 425,
    });
  });

  it('takes the requests of a pod that was not measured, for each resource, while it runs', () => {
    const background = backgroundLoad(WHOLE, [pod('one')], () => ({ ...NONE, cpu: 3 }));
    expect(background).to.deep.equal({ cpu: 7, memory: 700, gpu: null, network: 500 });
    expect(backgroundLoad(WHOLE, [pod('one', { isRunning: false })], () => undefined)).to.deep.equal(WHOLE);
  });

  it('counts a pod that has ended for as long as it is measured', () => {
    const own = [pod('one', { isRunning: false })];
    expect(backgroundLoad(WHOLE, own, () => ({ ...NONE, cpu: 4 })).cpu).to.equal(6);
  });

  it("takes nothing off the network for a pod in the node's own network: its counters are the node's", () => {
    const own = [pod('one', { usesHostNetwork: true })];
    expect(backgroundLoad(WHOLE, own, () => ({ ...NONE, network: 480 })).network).to.equal(500);
  });

  it('is never negative, and not measured where the node was not', () => {
    const own = [pod('one')];
    expect(backgroundLoad(WHOLE, own, () => ({ ...NONE, cpu: 10.5 })).cpu).to.equal(0);
    expect(backgroundLoad(NONE, own, () => ({ ...NONE, cpu: 1 }))).to.deep.equal(NONE);
  });
});
