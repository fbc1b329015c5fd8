/**
 * The syntax of Kubernetes quantities ("500m", "8Gi", "1e3"): the texts that apimachinery's
 * `resource.ParseQuantity` accepts, taken apart. What the parts come to is for those who ask: exactly
 * (validation/quantity.ts), or as the number that Kubernetes rounds it to (core/quantity).
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

/** The amount is `digits * 10^decimalExponent * 2^binaryExponent`, negated where `isNegative`. */
export interface QuantityParts {
  readonly isNegative: boolean;
  /** Without leading zeros; empty for 0. */
  readonly digits: string;
  /** Of the suffix, less the digits after the point. Any size: "1e999999999" is a quantity. */
  readonly decimalExponent: number;
  /** 0, unless the suffix is a binary one. */
  readonly binaryExponent: number;
}

/** Undefined where the text is no quantity. */
export function splitQuantity(text: string): QuantityParts | undefined {
  const [, sign, whole = '', fraction = '', suffix = ''] = SYNTAX.exec(text) ?? [];
  if (sign === undefined || text === '') return undefined;
  const binaryExponent = BINARY[suffix] ?? 0;
  const suffixExponent = binaryExponent > 0 ? 0 : decimalExponentOf(suffix);
  if (whole + fraction === '' && !canDoWithoutDigits(suffixExponent, binaryExponent)) return undefined;
  return {
    isNegative: sign === '-',
    digits: (whole + fraction).replace(/^0+/, ''),
    decimalExponent: suffixExponent - fraction.length,
    binaryExponent,
  };
}

function decimalExponentOf(suffix: string): number {
  return suffix === '' ? 0 : (DECIMAL[suffix] ?? Number(suffix.slice(1)));
}

/** The original takes "m" and "." for 0, and refuses "Pi" and "e-10": only its fast path can do without digits. */
function canDoWithoutDigits(decimalExponent: number, binaryExponent: number): boolean {
  return binaryExponent === 0 ? decimalExponent >= -9 : binaryExponent < 50;
}
