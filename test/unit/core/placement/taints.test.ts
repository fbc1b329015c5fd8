import { expect } from 'chai';
import { formatTaint, isPassing, tolerates, untolerated } from '../../../../src/core/placement/taints.ts';
import type { Taint, Toleration } from '../../../../src/core/placement/types.ts';

const TAINT: Taint = { key: 'dedicated', value: 'gpu', effect: 'NoSchedule' };

describe('a toleration', () => {
  const cases: [string, Toleration, boolean][] = [
    [
      'of key, value and effect tolerates its taint',
      { key: 'dedicated', operator: 'Equal', value: 'gpu', effect: 'NoSchedule' },
      true,
    ],
    ['without an operator is Equal', { key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }, true],
    ['of another value does not', { key: 'dedicated', value: 'cpu', effect: 'NoSchedule' }, false],
    ['without a value means the empty value', { key: 'dedicated', effect: 'NoSchedule' }, false],
    ['of another key does not', { key: 'other', value: 'gpu', effect: 'NoSchedule' }, false],
    ['of another effect does not', { key: 'dedicated', value: 'gpu', effect: 'NoExecute' }, false],
    ['without an effect tolerates every effect', { key: 'dedicated', value: 'gpu' }, true],
    ['with Exists tolerates every value', { key: 'dedicated', operator: 'Exists' }, true],
    ['with an empty key and Exists tolerates everything', { operator: 'Exists' }, true],
    [
      'with an empty key, Exists and an effect tolerates that effect only',
      { operator: 'Exists', effect: 'NoExecute' },
      false,
    ],
    [
      'that lasts some seconds tolerates all the same',
      { key: 'dedicated', operator: 'Exists', tolerationSeconds: 5 },
      true,
    ],
  ];
  for (const [sentence, toleration, expected] of cases) {
    it(sentence, () => expect(tolerates(toleration, TAINT)).to.equal(expected));
  }
});

describe('the taints of a node', () => {
  it('keep a task off by the first one that it does not tolerate', () => {
    const second: Taint = { key: 'b', effect: 'NoExecute' };
    expect(untolerated([TAINT, second], [{ key: 'dedicated', operator: 'Exists' }])).to.equal(second);
    expect(untolerated([TAINT, second], [{ operator: 'Exists' }])).to.equal(undefined);
  });

  it('keep no one off by preference', () => {
    expect(untolerated([{ key: 'a', effect: 'PreferNoSchedule' }], [])).to.equal(undefined);
  });

  it('pass where Kubernetes has put them on', () => {
    expect(isPassing({ key: 'node.kubernetes.io/memory-pressure', effect: 'NoSchedule' })).to.equal(true);
    expect(isPassing(TAINT)).to.equal(false);
  });

  it('are written as kubectl writes them', () => {
    expect(formatTaint(TAINT)).to.equal('dedicated=gpu:NoSchedule');
    expect(formatTaint({ key: 'a', effect: 'NoExecute' })).to.equal('a:NoExecute');
  });
});
