import { expect } from 'chai';
import fc from 'fast-check';
import {
  formatAmount,
  formatBitsPerSecond,
  formatBytes,
  formatCpu,
} from '../../../../src/core/quantity/format.ts';
import { parseQuantity, QuantityError, tryParseQuantity } from '../../../../src/core/quantity/quantity.ts';

describe('a quantity', () => {
  const valid: [string | number, number][] = [
    ['0', 0],
    ['1', 1],
    [2, 2],
    [0.5, 0.5],
    ['+3', 3],
    ['-3', -3],
    ['007', 7],
    ['0.5', 0.5],
    ['.5', 0.5],
    ['5.', 5],
    ['5.G', 5e9],
    ['500m', 0.5],
    ['100n', 1e-7],
    ['250u', 0.00025],
    ['1k', 1e3],
    ['1.5M', 1.5e6],
    ['8G', 8e9],
    ['2T', 2e12],
    ['3P', 3e15],
    ['1E', 1e18],
    ['1Ki', 1024],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['8Gi', 8 * 2 ** 30],
    ['-4Mi', -4 * 2 ** 20],
    ['1Ti', 2 ** 40],
    ['1Pi', 2 ** 50],
    ['1Ei', 2 ** 60],
    ['1e3', 1000],
    ['1E3', 1000],
    ['1e+3', 1000],
    ['25e-1', 2.5],
    ['.', 0],
    ['-', 0],
    ['m', 0],
  ];
  for (const [text, amount] of valid) {
    it(`${JSON.stringify(text)} is ${amount}`, () => expect(parseQuantity(text)).to.equal(amount));
  }

  for (const text of [
    '',
    ' 1',
    '1 ',
    '1.1.M',
    '1+1.0M',
    '0.1mi',
    '0.1am',
    'aoeu',
    '.5i',
    '1i',
    '-3.01i',
    '-3.01e-',
    '1K',
    '1kb',
    '8GB',
    '1e',
    '1e1.5',
    '1Gi5',
    '1e5m',
    '٣',
    '1,5',
    '0x10',
    'NaN',
    'Infinity',
    '1\n',
  ]) {
    it(`${JSON.stringify(text)} is none`, () => expect(tryParseQuantity(text)).to.equal(undefined));
  }

  it('is named by the error, which shows how one looks', () => {
    expect(() => parseQuantity('8GB')).to.throw(
      QuantityError,
      '"8GB" is not a quantity: write a number with an optional suffix, such as 500m, 4 or 8Gi',
    );
  });

  it('is rounded up to a billionth', () => {
    expect(parseQuantity('0.1n')).to.equal(1e-9);
    expect(parseQuantity('1.0000000001')).to.equal(1.000000001);
    expect(parseQuantity('-0.1n')).to.equal(-1e-9);
    expect(parseQuantity('1e-400')).to.equal(1e-9);
  });

  it('in binary is capped at the largest 64-bit integer', () => {
    expect(parseQuantity('10000Ei')).to.equal(2 ** 63);
  });

  it('that no double holds is refused, and soon', () => {
    expect(tryParseQuantity('1e400')).to.equal(undefined);
    expect(tryParseQuantity('1e999999999999')).to.equal(undefined);
  });

  it('is the number that JavaScript reads, where both can be written', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e9, max: 1e9 }),
        fc.integer({ min: 0, max: 6 }),
        (mantissa, decimals) => {
          const text = (mantissa / 10 ** decimals).toFixed(decimals);
          expect(parseQuantity(text)).to.equal(Number(text) === 0 ? 0 : Number(text));
        },
      ),
    );
  });
});

describe('an amount for people', () => {
  it('of bytes has a binary suffix', () => {
    expect([0, 512, 1024, 1.5 * 2 ** 30, 500 * 2 ** 30, 2 ** 40 - 1].map(formatBytes)).to.deep.equal([
      '0',
      '512',
      '1Ki',
      '1.5Gi',
      '500Gi',
      '1Ti',
    ]);
  });

  it('of cores is in thousandths below one', () => {
    expect([0, 0.25, 1, 1.5, 32].map(formatCpu)).to.deep.equal(['0', '250m', '1', '1.5', '32']);
  });

  it('of bits per second has a decimal suffix', () => {
    expect([1000, 2.5e9].map(formatBitsPerSecond)).to.deep.equal(['1k', '2.5G']);
  });

  it('is written as its resource is', () => {
    expect([
      formatAmount(0.5, 'cpu'),
      formatAmount(2 ** 30, 'memory'),
      formatAmount(2, 'gpu'),
      formatAmount(1e9, 'network'),
    ]).to.deep.equal(['500m', '1Gi', '2', '1G']);
  });

  it('can be read back', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 1e15, noNaN: true }), (bytes) => {
        expect(parseQuantity(formatBytes(bytes)) / bytes).to.be.closeTo(1, 0.006);
      }),
    );
  });
});
