import { expect } from 'chai';
import { amounts, GIB, node, NOW, steady, stepwise, task } from '../builders.ts';
import { contended, find, MINUTE, plan, window } from './support.ts';

describe('contention', () => {
  it('is avoided where the slack allows it', () => {
    const nodes = [contended('fast', 0.15, { speed: 1.05 }), node('calm')];
    const a = find(plan(nodes, [task('t')], { slack: 0.1 }), 't');
    expect([a.node, a.reason, a.contention]).to.deep.equal(['calm', 'LeastContention', 0]);
    const b = find(plan(nodes, [task('t')], { slack: 0 }), 't');
    expect([b.node, b.reason]).to.deep.equal(['fast', 'EarliestFinish']);
    expect(b.contention).to.be.closeTo(0.15, 1e-6);
  });

  it('over the ceiling is taken only where no node is under it, and the plan says so', () => {
    const slow = node('slow', { speed: 0.1 });
    expect(find(plan([contended('bad', 0.5), slow], [task('t')]), 't').node).to.equal('slow');
    const a = find(plan([contended('bad', 0.5), contended('worse', 0.9)], [task('t')]), 't');
    expect([a.node, a.reason]).to.deep.equal(['bad', 'OverCeiling']);
  });

  it('that will soon be over is waited out, but not for ever', () => {
    const busyFor = (steps: number) =>
      node('n', {
        availability: {
          ...node('n').availability,
          cpu: stepwise([...Array.from({ length: steps }, () => [0, 0, 0.5]), [8, 8, 8]]),
        },
      });
    const soon = find(plan([busyFor(1)], [task('t')], { slack: 0.5 }), 't');
    expect([window(soon)[0], soon.contention]).to.deep.equal([5, 0]);
    const never = find(plan([busyFor(200)], [task('t')]), 't');
    expect([window(never)[0], never.reason]).to.deep.equal([0, 'OverCeiling']);
    expect(never.contention).to.be.closeTo(1, 1e-6);
  });

  it('that Foreshard makes itself is waited out: its tasks end', () => {
    const half = node('n', { availability: { ...node('n').availability, cpu: steady([4, 4, 4]) } });
    const p = plan(
      [half],
      Array.from({ length: 9 }, (_, i) => task(`t${i}`, { demand: amounts({ cpu: 2 }) })),
    );
    expect(p.assignments.map((a) => window(a)[0])).to.deep.equal([0, 0, 10, 10, 20, 20, 30, 30, 40]);
    expect(p.contention).to.equal(0);
  });

  it('that a task adds to those that are there already counts, by the slack', () => {
    // Two cores: .15. Four: .55, which is too much for both.
    const n = node('n', {
      availability: { ...node('n').availability, cpu: steady([1, 2, 4, 8], [0, 0.15, 0.55, 1]) },
    });
    const p = plan(
      [n],
      [
        task('long', { demand: amounts({ cpu: 2 }), durationSeconds: 1200 }),
        task('short', { demand: amounts({ cpu: 2 }) }),
      ],
      { slack: 0.2 },
    );
    expect(find(p, 'short').startTime).to.be.at.least(find(p, 'long').endTime);
    expect(find(p, 'long').contention).to.be.closeTo(0.15, 1e-6);
  });

  it('of a plan is the contended share of the run time', () => {
    const p = plan(
      [contended('n', 0.1, { podSlots: 1 }), node('m', { labels: { calm: 'yes' } })],
      [
        task('a', { excludedNodes: ['m'] }),
        task('b', { nodeSelector: { calm: 'yes' }, durationSeconds: 1800 }),
      ],
    );
    expect(p.contention).to.be.closeTo((0.1 * 600) / 2400, 1e-4);
  });

  it('counts as the time that it is expected to cost', () => {
    // One time in thirteen nothing at all is left, which stretches ten minutes by more than the slower node does.
    const starved = { cpu: steady([0, 1, 8], [0, 0.15, 1]), memory: node('n').availability.memory };
    const nodes = [node('short', { availability: starved }), node('slow', { speed: 0.97 })];
    const a = find(plan(nodes, [task('t')], { slack: 0 }, { sharing: 'BackgroundFirst' }), 't');
    expect([a.node, a.reason]).to.deep.equal(['slow', 'EarliestFinish']);
  });

  it('is not avoided at the cost of another task that then overruns the slack', () => {
    const nodes = [contended('fast', 0.15, { speed: 1.05 }), node('calm', { labels: { calm: 'yes' } })];
    const eight = { demand: amounts({ cpu: 1, memory: 20 * GIB }) };
    const p = plan(nodes, [
      task('any', { ...eight, durationSeconds: 620 }),
      task('picky', { ...eight, nodeSelector: { calm: 'yes' } }),
    ]);
    expect(p.assignments.map((a) => a.node)).to.deep.equal(['fast', 'calm']);
    expect(p.predictedCompletionTime).to.equal(NOW + 10 * MINUTE);
  });

  it('of memory pauses the youngest task, and lets those that are older go on', () => {
    const room = 3 * GIB;
    const short = node('n', {
      availability: { ...node('n').availability, memory: steady([room, room, room]) },
    });
    const running = (name: string, startTime: number) =>
      task(name, { demand: amounts({ cpu: 1, memory: 2 * GIB }), state: 'Running', node: 'n', startTime });
    // In whatever order the workflow lists them.
    const tasks = [running('young', NOW - MINUTE), running('old', NOW - 2 * MINUTE)];
    const p = plan([short], tasks);
    expect(window(find(p, 'old'))[1]).to.equal(8);
    expect(find(p, 'old').contention).to.equal(0);
    expect(window(find(p, 'young'))[1]).to.be.greaterThan(16);
    expect(find(p, 'young').contention).to.be.greaterThan(0.4);
  });
});
