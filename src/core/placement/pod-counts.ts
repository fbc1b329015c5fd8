/**
 * How many of the pods that a rule counts are in each domain, and so what may start where. Kept up with every start
 * and end; an answer costs a look at one number, but for the least of all domains after a change.
 */
import type { CountedRule, PodRules, RuleCheck } from './pod-rules.ts';

const UNKNOWN = -1;

export class PodCounts {
  /** By domain, those of all rules one after the other: pods that have a node, and those of them that run. */
  readonly #placed: Int32Array;
  readonly #running: Int32Array;
  /** By rule: of all domains the sum of what has a node, and the least of what runs. */
  readonly #total: Int32Array;
  readonly #least: Int32Array;

  constructor({ rules, others }: PodRules) {
    this.#placed = others.slice();
    this.#running = others.slice();
    this.#total = Int32Array.from(rules, ({ first, end }) =>
      others.subarray(first, end).reduce((sum, count) => sum + count, 0),
    );
    this.#least = new Int32Array(rules.length).fill(UNKNOWN);
  }

  copy(from: PodCounts): void {
    this.#placed.set(from.#placed);
    this.#running.set(from.#running);
    this.#total.set(from.#total);
    this.#least.set(from.#least);
  }

  /** @param by 1: a pod that the rules count is given the node; -1: it leaves */
  place(rules: readonly CountedRule[], node: number, by: 1 | -1): void {
    for (const { index, domain } of rules) {
      const at = domain[node] ?? -1;
      if (at < 0) continue;
      this.#placed[at] = (this.#placed[at] ?? 0) + by;
      this.#total[index] = (this.#total[index] ?? 0) + by;
    }
  }

  /** @param by 1: one that has been placed starts; -1: it runs no more */
  run(rules: readonly CountedRule[], node: number, by: 1 | -1): void {
    for (const { index, domain } of rules) {
      const at = domain[node] ?? -1;
      if (at < 0) continue;
      this.#running[at] = (this.#running[at] ?? 0) + by;
      this.#least[index] = UNKNOWN;
    }
  }

  /** May a pod of these rules start on the node now? */
  admits(checks: readonly RuleCheck[], node: number): boolean {
    for (const check of checks) if (!this.#allows(check, node)) return false;
    return true;
  }

  /** Of the first check that stands in the way. */
  obstacle(checks: readonly RuleCheck[], node: number): RuleCheck | undefined {
    return checks.find((check) => !this.#allows(check, node));
  }

  /** 0..: by which share of its run a start on the node is against what its rules prefer. */
  reluctance(preferences: readonly RuleCheck[], node: number): number {
    let sum = 0;
    for (const check of preferences) if (!this.#allows(check, node)) sum += check.reluctance;
    return sum;
  }

  #allows({ rule, isCounted }: RuleCheck, node: number): boolean {
    const at = rule.domain[node] ?? -1;
    if (at < 0) return true;
    const placed = this.#placed[at] ?? 0;
    switch (rule.kind) {
      case 'AntiAffinity':
        return placed === 0;
      case 'Affinity':
        // The first of several that want to be together may go anywhere.
        return (this.#running[at] ?? 0) > 0 || (isCounted && this.#total[rule.index] === 0);
      case 'Spread':
        // What is still on its way keeps its place, and fills up no domain for the others yet.
        return placed + (isCounted ? 1 : 0) - this.#leastOf(rule) <= rule.maxSkew;
    }
  }

  #leastOf({ index, first, end, minDomains }: CountedRule): number {
    let least = this.#least[index] ?? UNKNOWN;
    if (least !== UNKNOWN) return least;
    least = end - first < minDomains ? 0 : Infinity;
    for (let at = first; at < end; at++) least = Math.min(least, this.#running[at] ?? 0);
    this.#least[index] = least;
    return least;
  }
}
