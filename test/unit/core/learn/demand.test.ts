import { expect } from 'chai';
import { TaskLearner, learnedTask, pacesOf, raisedDemand } from '../../../../src/core/learn/index.ts';
import { learned, run, times } from './support.ts';

const demand = { cpu: 2, memory: 1000, gpu: 1, network: 0 };
const used = (peak: Partial<typeof demand>) => ({
  cpu: null,
  memory: null,
  gpu: null,
  network: null,
  ...peak,
});
const withPeak = (peak: Partial<typeof demand>, count = 1000) =>
  learned(times(count, () => run(60, { used: used(peak) })));

describe('The planned demand of a type of task', () => {
  it('is never below what the spec says', () => {
    expect(raisedDemand({ demand, limits: {} }, withPeak({ cpu: 0.1, memory: 10, gpu: 0 }))).to.deep.equal(
      demand,
    );
  });

  it('goes up to a higher peak as runs become many', () => {
    const few = raisedDemand({ demand, limits: {} }, withPeak({ memory: 4000 }, 3));
    const many = raisedDemand({ demand, limits: {} }, withPeak({ memory: 4000 }));
    expect(few.memory).to.be.closeTo(2500, 1e-6);
    expect(many.memory).to.be.within(3950, 4000);
  });

  it("stops at the containers' limit", () => {
    const raised = raisedDemand({ demand, limits: { cpu: 3 } }, withPeak({ cpu: 16, memory: 4000 }));
    expect(raised.cpu).to.equal(3);
    expect(raised.memory).to.be.above(3900);
  });

  it('counts the peak of a run that failed', () => {
    const type = learned(times(50, () => run(5, { outcome: 'Failed', used: used({ memory: 9000 }) })));
    expect(raisedDemand({ demand, limits: {} }, type).memory).to.be.above(8000);
  });

  it('has the devices that are requested, whatever was measured', () => {
    expect(raisedDemand({ demand, limits: {} }, withPeak({ gpu: 4 })).gpu).to.equal(1);
  });

  it('is as the spec says where no node could hold more', () => {
    const task = { demand, limits: {}, durationSeconds: 60 };
    const type = withPeak({ cpu: 64 });
    const within = (cpu: number) => learnedTask(task, type, new Map(), (d) => d.cpu <= cpu).demand.cpu;
    expect(within(16)).to.equal(2);
    expect(within(64)).to.be.above(60);
  });
});

describe('A task whose type was learned', () => {
  it('is expected to take the median, and has its node reserved for the 90 % quantile', () => {
    const type = learned([...times(90, () => run(100)), ...times(15, () => run(400))]);
    const task = learnedTask({ demand, limits: {}, durationSeconds: 100 }, type, new Map(), () => true);
    expect(task.durationSeconds).to.be.closeTo(100, 1);
    expect(task.reservedSeconds).to.be.within(350, 400);
    expect(task).to.include({ reservedSeconds: type.duration(100).p90 });
  });
});

describe('What was learned', () => {
  it('is kept apart by namespace and type', () => {
    const learner = new TaskLearner();
    learner.add(run(60));
    expect(learner.of('lab', 'align')?.runs).to.equal(1);
    expect(learner.of('other', 'align')).to.equal(undefined);
    expect(learner.of('lab', 'sort')).to.equal(undefined);
  });

  it('takes no run without a type, a duration or a speed', () => {
    const learner = new TaskLearner();
    learner.add(run(NaN));
    learner.add(run(60, { speed: 0 }));
    learner.add(run(60, { type: '' }));
    expect(learner.of('lab', 'align')).to.equal(undefined);
    expect(learner.of('lab', '')).to.equal(undefined);
  });

  it('names the nodes that differ, and no others', () => {
    const type = learned(times(60, (i) => run(i % 3 === 0 ? 300 : 100, { node: `n${String(i % 3)}` })));
    const nodes = ['n0', 'n1', 'n9'].map((name) => ({ name, nodeType: undefined }));
    expect([...pacesOf(type, nodes).keys()]).to.deep.equal(['n0']);
  });
});
