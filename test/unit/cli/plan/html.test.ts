import { expect } from 'chai';
import type { ShardPlan } from '../../../../src/api/types.generated.ts';
import { asHtml } from '../../../../src/cli/plan/html.ts';

const plan = (name: string, assignments: ShardPlan['spec']['assignments']): ShardPlan => ({
  apiVersion: 'foreshard.dev/v1alpha1',
  kind: 'ShardPlan',
  metadata: { name },
  spec: { workflowRef: { name }, assignments },
});
const assignment = (task: string, node: string, from: string, to: string, permille = 0) => ({
  task,
  node,
  startTime: `2026-03-02T${from}:00Z`,
  endTime: `2026-03-02T${to}:00Z`,
  contentionPermille: permille,
  binding: 'Bound' as const,
});
const count = (text: string, part: string): number => text.split(part).length - 1;

describe('a plan as a page', () => {
  it('has a bar and a row in the table for each task, by node', () => {
    const page = asHtml([
      plan('one', [
        assignment('a', 'n1', '10:00', '11:00'),
        assignment('b', 'n2', '10:00', '10:30', 300),
        { ...assignment('c', 'n1', '11:00', '12:00'), binding: 'Provisional' },
      ]),
    ]);
    expect([count(page, '<rect'), count(page, '<tr><td>')]).to.deep.equal([3, 3]);
    expect([count(page, 'class="high"'), count(page, 'class="low provisional"')]).to.deep.equal([2, 1]);
    // One after the other on one node: one row; and so two rows in all, and one line under each node.
    expect(page).to.include('viewBox="0 0 1160 60"');
  });

  it('puts tasks that run at once in rows of their own', () => {
    const page = asHtml([
      plan('one', [assignment('a', 'n1', '10:00', '11:00'), assignment('b', 'n1', '10:30', '11:30')]),
    ]);
    expect(page).to.include('viewBox="0 0 1160 60"');
    expect(
      new Set(page.match(/<rect [^>]* y="[^"]*"/g)?.map((r) => / y="([^"]*)"/.exec(r)?.[1])).size,
    ).to.equal(2);
  });

  it('loads and runs nothing, whatever names there are', () => {
    const page = asHtml([
      plan('<script>alert(1)</script>', [assignment('"><img src=x>', "n'1", '10:00', '11:00')]),
    ]);
    expect(page).to.not.match(/<script|<img|<link|https?:/);
    expect(page).to.include("default-src 'none'");
  });

  it('shows assignments without a window in the table alone', () => {
    const page = asHtml([plan('manual', [{ task: 'a', node: 'n1' }])]);
    expect([count(page, '<rect'), count(page, '<tr><td>')]).to.deep.equal([0, 1]);
    expect(page).to.include('No windows are planned.');
  });
});
