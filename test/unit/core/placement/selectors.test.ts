import { expect } from 'chai';
import { matchesSelector } from '../../../../src/core/placement/label-selector.ts';
import { matchesAffinity, missingLabel } from '../../../../src/core/placement/selectors.ts';
import type { NodeSelectorRequirement, NodeSelectorTerm } from '../../../../src/core/placement/types.ts';

const NODE = { name: 'n1', labels: { zone: 'a', cpus: '16', empty: '' } };

function matches(...nodeSelectorTerms: NodeSelectorTerm[]): boolean {
  return matchesAffinity(NODE, {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
  });
}

const label = (
  key: string,
  operator: NodeSelectorRequirement['operator'],
  ...values: string[]
): NodeSelectorTerm => ({
  matchExpressions: [{ key, operator, values }],
});
const field = (operator: NodeSelectorRequirement['operator'], ...values: string[]): NodeSelectorTerm => ({
  matchFields: [{ key: 'metadata.name', operator, values }],
});

describe('a node selector', () => {
  it('names the first label that is missing or different', () => {
    expect(missingLabel(NODE, { zone: 'a' })).to.equal(undefined);
    expect(missingLabel(NODE, { zone: 'a', gpu: 'yes' })).to.deep.equal({ key: 'gpu', value: 'yes' });
    expect(missingLabel(NODE, { zone: 'b' })).to.deep.equal({ key: 'zone', value: 'b' });
  });

  it('does not take what every object has for a label', () => {
    expect(missingLabel(NODE, { constructor: 'x' })).to.deep.equal({ key: 'constructor', value: 'x' });
    expect(matches(label('toString', 'Exists'))).to.equal(false);
  });
});

describe('required node affinity', () => {
  const cases: [string, NodeSelectorTerm, boolean][] = [
    ['In matches one of its values', label('zone', 'In', 'b', 'a'), true],
    ['In does not match another value', label('zone', 'In', 'b'), false],
    ['In does not match a missing label', label('rack', 'In', 'a'), false],
    ['NotIn matches another value', label('zone', 'NotIn', 'b'), true],
    ['NotIn matches a missing label', label('rack', 'NotIn', 'b'), true],
    ['NotIn does not match its value', label('zone', 'NotIn', 'a'), false],
    ['In and NotIn without values are invalid and match nothing', label('zone', 'NotIn'), false],
    ['Exists matches an empty value', label('empty', 'Exists'), true],
    ['Exists does not match a missing label', label('rack', 'Exists'), false],
    ['DoesNotExist matches a missing label', label('rack', 'DoesNotExist'), true],
    ['DoesNotExist does not match a label', label('zone', 'DoesNotExist'), false],
    ['Gt compares integers, not texts', label('cpus', 'Gt', '9'), true],
    ['Gt is strict', label('cpus', 'Gt', '16'), false],
    ['Lt compares integers, not texts', label('cpus', 'Lt', '100'), true],
    ['Lt is strict', label('cpus', 'Lt', '16'), false],
    ['Gt does not match a label that is no integer', label('zone', 'Gt', '1'), false],
    ['Gt does not match a missing label', label('rack', 'Gt', '1'), false],
    ['Gt with a value that is no integer matches nothing', label('cpus', 'Gt', '1.5'), false],
    ['Gt with two values matches nothing', label('cpus', 'Gt', '1', '2'), false],
    ['a field matches the name', field('In', 'n1'), true],
    ['a field does not match another name', field('In', 'n2'), false],
    ['a field with NotIn matches another name', field('NotIn', 'n2'), true],
    ['a field with two values is invalid and matches nothing', field('In', 'n1', 'n2'), false],
    [
      'no other field is known',
      { matchFields: [{ key: 'metadata.uid', operator: 'In', values: ['n1'] }] },
      false,
    ],
    ['a term without requirements matches nothing', {}, false],
  ];
  for (const [sentence, term, expected] of cases) {
    it(sentence, () => expect(matches(term)).to.equal(expected));
  }

  it('needs one of its terms', () =>
    expect(matches(label('zone', 'In', 'b'), label('zone', 'In', 'a'))).to.equal(true));

  it('needs all requirements of a term', () => {
    const both = { ...label('zone', 'In', 'a'), ...field('In', 'n2') };
    expect(matches(both)).to.equal(false);
    expect(
      matches({
        matchExpressions: [
          { key: 'zone', operator: 'In', values: ['a'] },
          { key: 'rack', operator: 'Exists' },
        ],
      }),
    ).to.equal(false);
  });

  it('without terms matches nothing', () => expect(matches()).to.equal(false));

  it('that is not there, or is only preferred, matches every node', () => {
    expect(matchesAffinity(NODE, undefined)).to.equal(true);
    const preferred = { weight: 1, preference: label('zone', 'In', 'b') };
    expect(
      matchesAffinity(NODE, {
        nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [preferred] },
      }),
    ).to.equal(true);
  });
});

describe('a label selector of pods', () => {
  const labels = { app: 'train', tier: 'a', empty: '' };
  const by = (
    operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist',
    key: string,
    ...values: string[]
  ): boolean => matchesSelector(labels, { matchExpressions: [{ key, operator, values }] });

  it('matches everything where it is empty, and nothing where any part does not hold', () => {
    expect(matchesSelector(labels, {})).to.equal(true);
    const both = (tier: string) => ({
      matchLabels: { app: 'train' },
      matchExpressions: [{ key: 'tier', operator: 'In' as const, values: [tier] }],
    });
    expect(matchesSelector(labels, both('a'))).to.equal(true);
    expect(matchesSelector(labels, both('b'))).to.equal(false);
    expect(matchesSelector(labels, { matchLabels: { app: 'serve' } })).to.equal(false);
  });

  it('has the operators of a node selector', () => {
    expect([by('In', 'tier', 'a', 'b'), by('In', 'tier', 'b'), by('In', 'rack', 'a')]).to.deep.equal([
      true,
      false,
      false,
    ]);
    expect([by('NotIn', 'tier', 'b'), by('NotIn', 'rack', 'b'), by('NotIn', 'tier', 'a')]).to.deep.equal([
      true,
      true,
      false,
    ]);
    expect([by('Exists', 'empty'), by('Exists', 'rack')]).to.deep.equal([true, false]);
    expect([by('DoesNotExist', 'rack'), by('DoesNotExist', 'empty')]).to.deep.equal([true, false]);
  });

  it('matches nothing where it is invalid, as a node selector does', () => {
    expect([by('NotIn', 'tier'), by('Exists', 'tier', 'a'), by('DoesNotExist', 'rack', 'a')]).to.deep.equal([
      false,
      false,
      false,
    ]);
  });
});
