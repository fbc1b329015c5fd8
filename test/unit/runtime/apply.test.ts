import { expect } from 'chai';
import {
  type Condition,
  type KubernetesObject,
  applyIsNoop,
  microTime,
  secondTime,
  setCondition,
  setConditions,
  subsetEquals,
} from '../../../src/runtime/index.ts';

interface Widget extends KubernetesObject {
  spec?: object;
  status?: object;
}

describe('subsetEquals', () => {
  const cases: [unknown, unknown, boolean, string][] = [
    [{ a: 1, b: 2 }, { a: 1 }, true, 'ignores fields that are not wanted'],
    [{ a: 1 }, { a: 2 }, false, 'sees another value'],
    [{}, { a: 1 }, false, 'sees a field that is missing'],
    [{ a: 1 }, { a: 1, b: undefined, c: null }, true, 'takes undefined and null for absent'],
    [{ a: [1, 2] }, { a: [1] }, false, 'sees lists of other lengths'],
    [{ a: [{ x: 1, y: 2 }] }, { a: [{ x: 1 }] }, true, 'compares list items as subsets'],
    [{ a: '1' }, { a: 1 }, false, 'does not convert'],
    [[], {}, false, 'tells a list from an object'],
    [undefined, {}, false, 'tells an empty object from none'],
  ];
  for (const [live, desired, expected, what] of cases) {
    it(what, () => expect(subsetEquals(live, desired)).to.equal(expected));
  }
});

describe('applyIsNoop', () => {
  const live: Widget = {
    apiVersion: 'example.dev/v1',
    kind: 'Widget',
    metadata: {
      name: 'w',
      managedFields: [
        {
          manager: 'me',
          operation: 'Apply',
          subresource: 'status',
          fieldsV1: {
            'f:status': {
              'f:count': {},
              'f:conditions': { 'k:{"type":"Ready"}': { '.': {}, 'f:status': {}, 'f:type': {} } },
              'f:zones': { 'v:"a"': {} },
            },
          },
        },
      ],
    },
    spec: { size: 3 },
    status: { count: 1, conditions: [{ type: 'Ready', status: 'True' }], zones: ['a'], other: 5 },
  };
  const head = { apiVersion: 'example.dev/v1', kind: 'Widget', metadata: { name: 'w' } };
  const status = { count: 1, conditions: [{ type: 'Ready', status: 'True' }], zones: ['a'] };
  const options = { fieldManager: 'me', subresource: 'status' };
  const noop = (desired: object, given = options): boolean =>
    applyIsNoop(live, { ...head, ...desired }, given);

  it('is true when all fields have their values', () => expect(noop({ status })).to.equal(true));
  it('looks at the subresource only', () => expect(noop({ status, spec: { size: 9 } })).to.equal(true));
  it('is false when a value differs', () =>
    expect(noop({ status: { ...status, count: 2 } })).to.equal(false));
  it('is false when a field that is owned is left out', () => {
    expect(noop({ status: { conditions: status.conditions, zones: ['a'] } })).to.equal(false);
  });
  it('is false for a manager that has applied nothing yet', () => {
    expect(noop({ status }, { ...options, fieldManager: 'other' })).to.equal(false);
  });
  it('is false for an object that is not there', () => {
    expect(applyIsNoop(undefined, { ...head }, options)).to.equal(false);
  });
});

describe('setCondition', () => {
  const old: Condition = {
    type: 'Ready',
    status: 'False',
    reason: 'Waiting',
    message: '',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
  const now = Date.parse('2026-01-02T03:04:05.678Z');

  it('adds one with the time of now', () => {
    expect(
      setCondition(undefined, { type: 'Ready', status: 'True', reason: 'Done', message: 'm' }, now),
    ).to.deep.equal([
      {
        type: 'Ready',
        status: 'True',
        reason: 'Done',
        message: 'm',
        lastTransitionTime: '2026-01-02T03:04:05Z',
      },
    ]);
  });

  it('keeps the transition time when only the reason changes', () => {
    const [next] = setCondition([old], { type: 'Ready', status: 'False', reason: 'Other', message: '' }, now);
    expect(next).to.deep.equal({ ...old, reason: 'Other' });
  });

  it('moves it when the status changes, in place, and leaves the given list alone', () => {
    const other = { ...old, type: 'Fresh' };
    const before = [old, other];
    const next = setCondition(before, { type: 'Ready', status: 'True', reason: 'Done', message: '' }, now);
    expect(next.map(({ type, lastTransitionTime }) => [type, lastTransitionTime])).to.deep.equal([
      ['Ready', '2026-01-02T03:04:05Z'],
      ['Fresh', '2026-01-01T00:00:00Z'],
    ]);
    expect(before).to.deep.equal([old, other]);
  });

  it('is written with the precision that the API takes', () => {
    expect(microTime(now)).to.equal('2026-01-02T03:04:05.678000Z');
    expect(secondTime(now)).to.equal('2026-01-02T03:04:05Z');
  });
});

describe('setConditions', () => {
  const now = Date.parse('2026-01-02T03:04:05Z');
  const before = ['Ready', 'Fresh', 'Other'].map((type): Condition => ({
    type,
    status: 'True',
    reason: 'Old',
    message: '',
    observedGeneration: 1,
    lastTransitionTime: '2026-01-01T00:00:00Z',
  }));
  const next = [
    { type: 'Fresh', status: 'False', reason: 'New', message: 'm' },
    { type: 'Ready', status: 'True', reason: 'New', message: 'm' },
    { type: 'Drifted', status: 'False', reason: 'New', message: 'm' },
  ] as const;

  it('sets each, of the generation, and leaves those alone that it is not told of', () => {
    const after = setConditions(before, next, { generation: 2, now });
    expect(after.map((c) => [c.type, c.reason, c.observedGeneration, c.lastTransitionTime])).to.deep.equal([
      ['Ready', 'New', 2, '2026-01-01T00:00:00Z'],
      ['Fresh', 'New', 2, '2026-01-02T03:04:05Z'],
      ['Other', 'Old', 1, '2026-01-01T00:00:00Z'],
      ['Drifted', 'New', 2, '2026-01-02T03:04:05Z'],
    ]);
    expect(before.map((c) => c.reason)).to.deep.equal(['Old', 'Old', 'Old']);
  });

  it('states no generation for an object that has none', () => {
    const [only] = setConditions(undefined, [next[0]], { generation: undefined, now });
    expect(only).to.deep.equal({ ...next[0], lastTransitionTime: '2026-01-02T03:04:05Z' });
  });

  it('gives back what it was given when nothing has changed, so that no write is needed', () => {
    const same = before.map(({ type, status, reason, message }) => ({ type, status, reason, message }));
    expect(setConditions(before, same, { generation: 1, now })).to.deep.equal(before);
  });
});
