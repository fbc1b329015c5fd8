/**
 * The nodes that a choice has looked at and found possible, in columns that are used again by the next one: a plan looks
 * at hundreds of thousands, and says of most of them nothing.
 */

/** A node that a task could be given. */
export interface Option {
  readonly node: number;
  /** As in tiers.ts. */
  readonly tier: number;
  readonly cost: number;
  /** Seconds from now. */
  readonly end: number;
  /** 0..1. */
  readonly contention: number;
}

export class Options {
  readonly node: Int32Array;
  readonly tier: Uint8Array;
  readonly cost: Float64Array;
  readonly end: Float64Array;
  readonly contention: Float64Array;
  count = 0;

  /** @param capacity no choice adds more */
  constructor(capacity: number) {
    this.node = new Int32Array(capacity);
    this.tier = new Uint8Array(capacity);
    this.cost = new Float64Array(capacity);
    this.end = new Float64Array(capacity);
    this.contention = new Float64Array(capacity);
  }

  clear(): void {
    this.count = 0;
  }

  add(node: number, tier: number, cost: number, end: number, contention: number): void {
    this.put(this.count++, node, tier, cost, end, contention);
  }

  put(at: number, node: number, tier: number, cost: number, end: number, contention: number): void {
    this.node[at] = node;
    this.tier[at] = tier;
    this.cost[at] = cost;
    this.end[at] = end;
    this.contention[at] = contention;
  }

  /** Row `from` of others, as row `to`. */
  copy(others: Options, from: number, to: number): void {
    this.node[to] = others.node[from] ?? 0;
    this.tier[to] = others.tier[from] ?? 0;
    this.cost[to] = others.cost[from] ?? 0;
    this.end[to] = others.end[from] ?? 0;
    this.contention[to] = others.contention[from] ?? 0;
  }

  set(others: Options): void {
    this.node.set(others.node);
    this.tier.set(others.tier);
    this.cost.set(others.cost);
    this.end.set(others.end);
    this.contention.set(others.contention);
    this.count = others.count;
  }

  at(i: number): Option {
    return {
      node: this.node[i] ?? 0,
      tier: this.tier[i] ?? 0,
      cost: this.cost[i] ?? 0,
      end: this.end[i] ?? 0,
      contention: this.contention[i] ?? 0,
    };
  }

  /** Do so many of a tier cost no more, and does one end no later? */
  outdo(many: number, tier: number, cost: number, end: number): boolean {
    let cheaper = 0;
    let endsSooner = false;
    for (let i = 0; i < this.count; i++) {
      if (this.tier[i] === tier && (this.cost[i] ?? 0) <= cost) cheaper += 1;
      if ((this.end[i] ?? 0) <= end) endsSooner = true;
    }
    return cheaper >= many && endsSooner;
  }

  /** A better tier always wins; of the same tier whatever costs less. */
  isBetter(i: number, than: number): boolean {
    const tier = this.tier[i] ?? 0;
    const other = this.tier[than] ?? 0;
    return tier < other || (tier === other && (this.cost[i] ?? 0) < (this.cost[than] ?? 0));
  }
}
