/**
 * Quantities as Kubernetes' CEL library has them (k8s.io/apimachinery/pkg/api/resource): exact, for the rules
 * of the schemas. The core's own (`core/quantity`) are plain numbers, for arithmetic.
 */

const SYNTAX = /^([+-]?)(\d+\.?\d*|\.\d+)(?:(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E)|[eE]([+-]?\d{1,3}))?$/;

const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
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

/** The value is `mantissa / 10^decimals`. */
export class Quantity {
  readonly #mantissa: bigint;
  readonly #decimals: number;

  private constructor(mantissa: bigint, decimals: number) {
    this.#mantissa = mantissa;
    this.#decimals = decimals;
  }

  static parse(text: string): Quantity | undefined {
    const match = SYNTAX.exec(text);
    if (match === null) return undefined;
    const [, sign = '', digits = '', suffix = '', exponent = '0'] = match;
    const [whole = '', fraction = ''] = digits.split('.');
    const power = BINARY.indexOf(suffix) + 1;
    const unsigned = BigInt(whole + fraction) * 1024n ** BigInt(power);
    const decimals = fraction.length - (DECIMAL[suffix] ?? Number(exponent));
    return new Quantity(sign === '-' ? -unsigned : unsigned, decimals);
  }

  /** -1, 0 or 1. */
  compareTo(other: Quantity): bigint {
    const scale = Math.max(this.#decimals, other.#decimals);
    const difference = this.#scaledTo(scale) - other.#scaledTo(scale);
    return difference < 0n ? -1n : difference > 0n ? 1n : 0n;
  }

  #scaledTo(decimals: number): bigint {
    return this.#mantissa * 10n ** BigInt(decimals - this.#decimals);
  }
}
