/**
 * Quantities as Kubernetes' CEL library has them (k8s.io/apiserver/pkg/cel/library/quantity.go): exact, for the
 * rules of the schemas. The core's own (`core/quantity`) are plain numbers, for arithmetic.
 */
import { splitQuantity } from '../quantity.ts';

/** Powers of ten beyond this are refused: no amount needs them, and to compare them exactly takes long. */
const LARGEST_EXPONENT = 1000;

/** The value is `mantissa * 10^exponent`. */
export class Quantity {
  readonly #mantissa: bigint;
  readonly #exponent: number;

  private constructor(mantissa: bigint, exponent: number) {
    this.#mantissa = mantissa;
    this.#exponent = exponent;
  }

  static parse(text: string): Quantity | undefined {
    const parts = splitQuantity(text);
    if (parts === undefined || Math.abs(parts.decimalExponent) > LARGEST_EXPONENT) return undefined;
    const unsigned = BigInt(parts.digits || '0') << BigInt(parts.binaryExponent);
    return new Quantity(parts.isNegative ? -unsigned : unsigned, parts.decimalExponent);
  }

  /** -1, 0 or 1. */
  compareTo(other: Quantity): bigint {
    const exponent = Math.min(this.#exponent, other.#exponent);
    const difference = this.#scaledTo(exponent) - other.#scaledTo(exponent);
    return difference < 0n ? -1n : difference > 0n ? 1n : 0n;
  }

  /** The mantissa that says the same with a lower exponent. */
  #scaledTo(exponent: number): bigint {
    return this.#mantissa * 10n ** BigInt(this.#exponent - exponent);
  }
}
