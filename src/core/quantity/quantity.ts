/**
 * Kubernetes quantities ("500m", "8Gi", "1e3"), read as apimachinery's `resource.ParseQuantity` reads them:
 * the same texts are accepted, more than nine decimals are rounded up (so that whoever asks for a little gets
 * some), and binary amounts are capped at 2^63 - 1. The one difference: a number beyond what a double can hold
 * is refused.
 */

/** `signedNumber suffix`. Like the original it takes "5.", ".5" and even "." (0). */
const SYNTAX = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(|[numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)$/;

const DECIMAL: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

/** Quantities are kept to a billionth. */
const NANO = -9;
/** 10^308 is the last power of ten that a double holds. */
const LARGEST_EXPONENT = 308;
const LARGEST_BINARY = 2n ** 63n - 1n;

export class QuantityError extends Error {
  readonly value: string;

  constructor(value: string) {
    super(
      `${JSON.stringify(value)} is not a quantity: write a number with an optional suffix, such as 500m, 4 or 8Gi`,
    );
    this.name = 'QuantityError';
    this.value = value;
  }
}

/** In base units. Throws a QuantityError where the text is no quantity. */
export function parseQuantity(text: string | number): number {
  const amount = tryParseQuantity(text);
  if (amount === undefined) throw new QuantityError(String(text));
  return amount;
}

/** In base units; undefined where the text is no quantity. A number is taken as YAML gives it: `cpu: 2`. */
export function tryParseQuantity(text: string | number): number | undefined {
  const [, sign, whole = '', fraction = '', suffix = ''] = SYNTAX.exec(String(text)) ?? [];
  if (sign === undefined || text === '') return undefined;
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits === '') return whole + fraction === '' && !isZeroWithoutDigits(suffix) ? undefined : 0;
  const amount = magnitude(digits, -fraction.length, suffix);
  if (!Number.isFinite(amount)) return undefined;
  return sign === '-' ? -amount : amount;
}

/** The original takes "m" and "." for 0, and refuses "Pi" and "e-10": only its fast path can do without digits. */
function isZeroWithoutDigits(suffix: string): boolean {
  const power = BINARY[suffix];
  return power === undefined ? decimalExponent(suffix) >= NANO : power < 50;
}

/** `digits * 10^exponent`, times what the suffix says. */
function magnitude(digits: string, exponent: number, suffix: string): number {
  const power = BINARY[suffix];
  if (power === undefined) return decimal(digits, exponent + decimalExponent(suffix));
  const scaled = BigInt(digits) << BigInt(power);
  const capped = exponent === 0 && scaled > LARGEST_BINARY ? LARGEST_BINARY : scaled;
  return Math.min(decimal(capped.toString(), exponent), Number(LARGEST_BINARY));
}

function decimalExponent(suffix: string): number {
  return suffix === '' ? 0 : (DECIMAL[suffix] ?? Number(suffix.slice(1)));
}

function decimal(digits: string, exponent: number): number {
  if (digits.length + exponent > LARGEST_EXPONENT + 1) return Infinity;
  const dropped = NANO - exponent;
  if (dropped <= 0) return Number(`${digits}e${exponent}`);
  const kept = BigInt(digits.slice(0, Math.max(0, digits.length - dropped)) || '0');
  const isExact = /^0*$/.test(digits.slice(-dropped));
  return Number(`${(isExact ? kept : kept + 1n).toString()}e${NANO}`);
}
