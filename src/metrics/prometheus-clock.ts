/**
 * When an element of an instant vector was true, by the clock of this process.
 *
 * Prometheus stamps an element with the time at which it evaluated the query, by its own clock; its answer's `Date`
 * tells that clock as well. The difference of the two is the age of the answer (a caching proxy's may be old), and
 * holds whatever the difference between Prometheus' clock and this one.
 */
import type { Element } from './prometheus-answer.ts';

export interface PrometheusClockOptions {
  readonly name: string;
  readonly stalenessMs: number;
  now(): number;
  onWarning(message: string): void;
}

/** `Date` is in whole seconds. */
const RESOLUTION_MS = 1000;
/** A skew that a scrape interval would hide is nobody's concern. */
const LARGEST_SKEW_MS = 30_000;

export class PrometheusClock {
  readonly #options: PrometheusClockOptions;
  #isSkewed = false;

  constructor(options: PrometheusClockOptions) {
    this.#options = options;
  }

  /** Undefined where the element is stale. Warns once of a clock that is off. */
  timeOf({ time }: Element, serverTime: number | undefined): number | undefined {
    const now = this.#options.now();
    const clock = serverTime ?? now;
    this.#check(clock - now);
    const age = clock - time;
    if (age > this.#options.stalenessMs) return undefined;
    return age > RESOLUTION_MS ? now - age : now;
  }

  #check(skewMs: number): void {
    const isSkewed = Math.abs(skewMs) > LARGEST_SKEW_MS;
    if (isSkewed && !this.#isSkewed) {
      const seconds = Math.round(Math.abs(skewMs) / 1000);
      this.#options.onWarning(
        `${this.#options.name}: its clock is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} this one; ` +
          'samples are given the time of this one; set both by NTP',
      );
    }
    this.#isSkewed = isSkewed;
  }
}
