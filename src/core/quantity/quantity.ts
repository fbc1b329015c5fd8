/**
 * Kubernetes quantities ("500m", "8Gi", "1e3"), read as apimachinery's `resource.ParseQuantity` reads them:
 * the same texts are accepted, more than nine decimals are rounded up (so that whoever asks for a little gets
 * some), and binary amounts are capped at 2^63 - 1. The one difference: a number beyond what a double can hold
 * is refused.
 */
import { splitQuantity, type QuantityParts } from '../../api/quantity.ts';

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
  const parts = splitQuantity(String(text));
  if (parts === undefined) return undefined;
  if (parts.digits === '') return 0;
  const amount = magnitude(parts);
  if (!Number.isFinite(amount)) return undefined;
  return parts.isNegative ? -amount : amount;
}

function magnitude({ digits, decimalExponent, binaryExponent }: QuantityParts): number {
  if (binaryExponent === 0) return decimal(digits, decimalExponent);
  const scaled = BigInt(digits) << BigInt(binaryExponent);
  const capped = decimalExponent === 0 && scaled > LARGEST_BINARY ? LARGEST_BINARY : scaled;
  return Math.min(decimal(capped.toString(), decimalExponent), Number(LARGEST_BINARY));
}

function decimal(digits: string, exponent: number): number {
  if (digits.length + exponent > LARGEST_EXPONENT + 1) return Infinity;
  const dropped = NANO - exponent;
  if (dropped <= 0) return Number(`${digits}e${exponent}`);
  const kept = BigInt(digits.slice(0, Math.max(0, digits.length - dropped)) || '0');
  const isExact = /^0*$/.test(digits.slice(-dropped));
  return Number(`${(isExact ? kept : kept + 1n).toString()}e${NANO}`);
}
