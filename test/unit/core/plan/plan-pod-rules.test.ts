/** Plans of tasks that have rules among their pods: topology spread, and affinity and anti-affinity to pods. */
import { expect } from 'chai';
import { planWorkflows } from '../../../../src/core/plan/index.ts';
import type { NodeSnapshot, TaskSnapshot } from '../../../../src/core/plan/snapshot.ts';
import type { PodRule } from '../../../../src/core/placement/types.ts';
import { amounts, node, NOW, podRule, snapshot, task, workflow } from '../builders.ts';
import { find, MINUTE, plan, window } from './support.ts';

const ZONE = 'zone';
const inZone = (name: string, zone: string | undefined, of: Partial<NodeSnapshot> = {}): NodeSnapshot =>
  node(name, { labels: zone === undefined ? {} : { zone }, ...of });

const app = { app: 'train' };
const antiAffinity = podRule('AntiAffinity');
const affinity = podRule('Affinity');
const spread = podRule('Spread');

/** `count` tasks that carry the label app=train, and have these rules. */
const tasks = (count: number, rules: readonly PodRule[], of: Partial<TaskSnapshot> = {}): TaskSnapshot[] =>
  Array.from({ length: count }, (_, i) => task(`t${i}`, { labels: app, podRules: rules, ...of }));

describe('tasks with anti-affinity among them', () => {
  it('run in one domain one after the other, and in several at once', () => {
    const nodes = [inZone('a1', 'a'), inZone('a2', 'a'), inZone('b1', 'b')];
    const planned = plan(nodes, tasks(3, [antiAffinity]));
    const windows = planned.assignments.map(window);
    expect(windows.toSorted((x, y) => x[0] - y[0])).to.deep.equal([
      [0, 10],
      [0, 10],
      [10, 20],
    ]);
    expect(planned.unplaceable).to.deep.equal([]);
  });

  it('keep away from nodes without the label no more than kube-scheduler does', () => {
    const planned = plan([inZone('x', undefined)], tasks(2, [antiAffinity]));
    expect(planned.assignments.map(window)).to.deep.equal([
      [0, 10],
      [0, 10],
    ]);
  });

  it('keep away from others that they name, and these from them', () => {
    const other = task('other', { labels: { app: 'serve' }, podRules: [{ ...antiAffinity }] });
    const planned = plan([inZone('a1', 'a')], [...tasks(1, []), other]);
    expect(
      [window(find(planned, 't0')), window(find(planned, 'other'))].map(([start]) => start).sort(),
    ).to.deep.equal([0, 10]);
  });

  it('wait for one that runs, and take its place when it ends', () => {
    const runs = task('t', {
      labels: app,
      podRules: [antiAffinity],
      state: 'Running',
      node: 'a1',
      startTime: NOW,
    });
    const planned = plan([inZone('a1', 'a'), inZone('a2', 'a')], [runs, ...tasks(1, [antiAffinity])]);
    expect(window(find(planned, 't0'))).to.deep.equal([10, 20]);
  });

  it('keep to it when their nodes are given', () => {
    const bound = tasks(2, [antiAffinity], { bound: true }).map((t, i) => ({ ...t, node: `a${i + 1}` }));
    const planned = plan([inZone('a1', 'a'), inZone('a2', 'a')], bound);
    expect(planned.assignments.map((a) => a.node)).to.deep.equal(['a1', 'a2']);
    expect(planned.assignments.map(window)).to.deep.equal([
      [0, 10],
      [10, 20],
    ]);
  });

  it('are told why pods of others leave them no node', () => {
    const nodes = [inZone('a1', 'a'), inZone('a2', 'a'), inZone('b1', 'b', { schedulable: false })];
    const pods = [{ namespace: 'default', labels: app, node: 'a1' }];
    expect(plan(nodes, tasks(1, [antiAffinity]), {}, { pods }).unplaceable).to.deep.equal([
      {
        task: 't0',
        permanent: false,
        message:
          '0/3 nodes can hold it: 2 would put it beside tasks of template train in one zone, 1 is not ready',
      },
    ]);
    const elsewhere = [{ namespace: 'other', labels: app, node: 'a1' }];
    expect(plan(nodes, tasks(1, [antiAffinity]), {}, { pods: elsewhere }).unplaceable).to.deep.equal([]);
  });

  it('of different workflows keep to one that names them all', () => {
    const nodes = [inZone('a1', 'a'), inZone('b1', 'b')];
    const plans = planWorkflows(
      snapshot(nodes, [workflow('v', tasks(1, [antiAffinity])), workflow('w', tasks(1, [antiAffinity]))]),
    );
    expect(plans.map((p) => p.assignments[0]?.node).toSorted()).to.deep.equal(['a1', 'b1']);
  });
});

describe('tasks that are spread', () => {
  const nodes = [inZone('a1', 'a', { speed: 2 }), inZone('a2', 'a', { speed: 2 }), inZone('b1', 'b')];

  it('leave no domain behind by more than maxSkew', () => {
    const on = plan(nodes, tasks(4, [spread])).assignments;
    const atOnce = on.filter((a) => a.startTime === NOW).map((a) => a.node[0]);
    expect(atOnce.filter((zone) => zone === 'a').length).to.be.at.most(
      atOnce.filter((zone) => zone === 'b').length + 1,
    );
    const loose = plan(nodes, tasks(4, [{ ...spread, maxSkew: 4 }])).assignments;
    expect(loose.map((a) => a.node[0])).to.deep.equal(['a', 'a', 'a', 'a']);
  });

  it('count no node that their selectors keep them from, unless told to', () => {
    const only = { nodeSelector: { pool: 'x' } };
    const pool = [inZone('a1', 'a', { labels: { zone: 'a', pool: 'x' } }), inZone('b1', 'b')];
    const starts = (rule: PodRule) => plan(pool, tasks(2, [rule], only)).assignments.map((a) => window(a)[0]);
    expect(starts(spread)).to.deep.equal([0, 0]);
    expect(starts({ ...spread, honorsNodeAffinity: false })).to.deep.equal([0, 10]);
  });

  it('count tainted nodes, unless told not to', () => {
    const tainted = [inZone('a1', 'a'), inZone('b1', 'b', { taints: [{ key: 'x', effect: 'NoSchedule' }] })];
    const starts = (rule: PodRule) => plan(tainted, tasks(2, [rule])).assignments.map((a) => window(a)[0]);
    expect(starts(spread)).to.deep.equal([0, 10]);
    expect(starts({ ...spread, honorsTaints: true })).to.deep.equal([0, 0]);
  });

  it('fill a domain no further while there are fewer than minDomains', () => {
    const starts = (rule: PodRule) =>
      plan([inZone('a1', 'a')], tasks(2, [rule])).assignments.map((a) => window(a)[0]);
    expect(starts(spread)).to.deep.equal([0, 0]);
    expect(starts({ ...spread, minDomains: 2 })).to.deep.equal([0, 10]);
  });

  it('use no node without the label, and are told so', () => {
    const planned = plan([inZone('x', undefined)], tasks(1, [spread]));
    expect(planned.unplaceable).to.deep.equal([
      { task: 't0', permanent: true, message: '0/1 nodes can hold it: 1 lacks label zone' },
    ]);
  });

  it('are told why pods of others leave them no node', () => {
    const pods = ['a1', 'a2'].map((on) => ({ namespace: 'default', labels: app, node: on }));
    const only = [inZone('a1', 'a'), inZone('a2', 'a'), inZone('b1', 'b', { schedulable: false })];
    expect(plan(only, tasks(1, [spread]), {}, { pods }).unplaceable[0]?.message).to.equal(
      '0/3 nodes can hold it: 2 would exceed maxSkew 1 of tasks of template train over zone, 1 is not ready',
    );
    expect(find(plan(nodes, tasks(1, [spread]), {}, { pods }), 't0').node).to.equal('b1');
  });

  it('take a domain more only where that costs little, when it is a preference', () => {
    const preferred = { ...spread, weight: 100 };
    const even = [inZone('a1', 'a', { speed: 1.05 }), inZone('a2', 'a', { speed: 1.05 }), inZone('b1', 'b')];
    const zones = (on: readonly NodeSnapshot[]) =>
      plan(on, tasks(2, [preferred])).assignments.map((a) => a.node[0]);
    expect(zones(even)).to.have.members(['a', 'b']);
    expect(zones(nodes)).to.deep.equal(['a', 'a']);
  });
});

describe('tasks with affinity among them', () => {
  const half = { demand: amounts({ cpu: 4 }) };
  const nodes = [inZone('a1', 'a'), inZone('b1', 'b')];

  it('run in one domain, the first of them anywhere', () => {
    const planned = plan(nodes, tasks(3, [affinity], half));
    const [first, second, third] = planned.assignments;
    expect(first?.node).to.equal(second?.node);
    expect(window(first!)).to.deep.equal([0, 10]);
    expect(window(second!)).to.deep.equal([0, 10]);
    expect((third!.startTime - NOW) / MINUTE).to.equal(10);
  });

  it('go where the pods of others are that they name', () => {
    const rule = { ...affinity, selector: { matchLabels: { app: 'db' } }, of: 'pods with app=db' };
    const pods = [{ namespace: 'default', labels: { app: 'db' }, node: 'b1' }];
    expect(find(plan(nodes, tasks(1, [rule]), {}, { pods }), 't0').node).to.equal('b1');
    expect(plan(nodes, tasks(1, [rule])).unplaceable[0]?.message).to.equal(
      `0/2 nodes can hold it: 2 have none of pods with app=db in their ${ZONE}`,
    );
  });
});
