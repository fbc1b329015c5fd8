/**
 * What the gate sees of one lead of one series: no amount in it has a unit, so that weights learned on some nodes hold
 * for others. The same code makes the inputs for training and for use.
 */
import type { Resource } from '../../resources.ts';
import { RESOURCES } from '../../resources.ts';
import { BUCKETS, bucketOf } from '../judging.ts';
import type { Opinions } from '../panel.ts';
import type { Memory, RunningLosses } from '../running-losses.ts';
import { SHAPE_FIGURES } from './shape.ts';
import type { Shape } from './shape.ts';

/** Levels of the quantiles that go through the gate. */
export const GATE_LEVELS = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95] as const;
const [LOW, LOWER, MIDDLE, UPPER, HIGH] = [1, 2, 5, 8, 9] as const;

/** Scaled values beyond it tell nothing more. */
const LIMIT = 12;
const DEVIATION_LIMIT = 3;
const SMALL_LOSS = 1e-3;
const SMALL_SPREAD = 0.02;
/** Power of the losses in the rough mixture that opinions are compared with. */
const ROUGH_POWER = 3;
const REFERENCE_STEP_SECONDS = 300;

export const inputSize = (experts: number): number =>
  SHAPE_FIGURES + RESOURCES.length + BUCKETS + 2 + 5 + 4 * experts;

/** Which of the inputs differ between leads of an origin that lie in the same bucket. */
export function inputsOfLead(experts: number): number[] {
  const logOfLead = SHAPE_FIGURES + RESOURCES.length + BUCKETS;
  const rough = logOfLead + 4;
  const ofExperts = rough + 3;
  const own = Array.from({ length: experts }, (_, e) => [
    ofExperts + 4 * e + 2,
    ofExperts + 4 * e + 3,
  ]).flat();
  return [logOfLead, rough, rough + 1, rough + 2, ...own];
}

export interface Lead {
  readonly lead: number;
  readonly stepSeconds: number;
  readonly resource: Resource | undefined;
}

/** Buffers of one question to the gate, used again for the next. */
export class GateInput {
  readonly experts: number;
  /** What the network reads. */
  readonly x: Float64Array;
  /** Logarithm of each expert's running loss, less the mean of these; 0 where unknown. */
  readonly relative: Readonly<Record<Memory, Float64Array>>;
  /** The experts' quantiles, `(value - location) / scale`: `[expert * levels + level]`. */
  readonly scaled: Float64Array;
  readonly has: Uint8Array;
  readonly #rough: Float64Array;
  readonly #roughWeights: Float64Array;
  /** What the inputs that are not of the lead itself were last made from. */
  #madeFrom: { bucket: number; shape: Shape; losses: RunningLosses; version: number } | undefined;
  #means = { slow: 0, fast: 0 };
  #revision = 0;

  constructor(experts: number) {
    this.experts = experts;
    this.x = new Float64Array(inputSize(experts));
    this.relative = { slow: new Float64Array(experts), fast: new Float64Array(experts) };
    this.scaled = new Float64Array(experts * GATE_LEVELS.length);
    this.has = new Uint8Array(experts);
    this.#rough = new Float64Array(GATE_LEVELS.length);
    this.#roughWeights = new Float64Array(experts);
  }

  /** As long as it is the same, only the inputs of the lead (`inputsOfLead`) have changed. */
  get revision(): number {
    return this.#revision;
  }

  fill({ lead, stepSeconds, resource }: Lead, shape: Shape, opinions: Opinions, losses: RunningLosses): void {
    const { x, experts, has } = this;
    const bucket = bucketOf(lead);
    const isNew = this.#isNew(bucket, shape, opinions, losses);
    if (isNew) this.#relateAll(bucket, shape, opinions, losses);
    this.#scale(shape, opinions);
    this.#mixRoughly();

    let i = 0;
    for (const figure of shape.figures) x[i++] = figure;
    for (const r of RESOURCES) x[i++] = r === resource ? 1 : 0;
    for (let b = 0; b < BUCKETS; b++) x[i++] = b === bucket ? 1 : 0;
    x[i++] = Math.log(lead);
    x[i++] = Math.log(Math.min(1, stepSeconds / REFERENCE_STEP_SECONDS));
    x[i++] = this.#means.slow;
    x[i++] = this.#means.fast;
    for (const level of [LOW, MIDDLE, HIGH]) x[i++] = this.#rough[level] ?? 0;
    const { slow, fast } = this.relative;
    const middle = this.#rough[MIDDLE] ?? 0;
    for (let e = 0; e < experts; e++) {
      const row = e * GATE_LEVELS.length;
      const spread = (this.scaled[row + UPPER] ?? 0) - (this.scaled[row + LOWER] ?? 0);
      const known = has[e] === 1;
      x[i++] = slow[e] ?? 0;
      x[i++] = fast[e] ?? 0;
      x[i++] = Math.log((known ? spread : 0) + SMALL_SPREAD);
      x[i++] = known ? clamp((this.scaled[row + MIDDLE] ?? 0) - middle, DEVIATION_LIMIT) : 0;
    }
  }

  #isNew(bucket: number, shape: Shape, { has }: Opinions, losses: RunningLosses): boolean {
    const made = this.#madeFrom;
    if (made?.bucket !== bucket || made.shape !== shape) return true;
    if (made.losses !== losses || made.version !== losses.version) return true;
    for (let e = 0; e < this.experts; e++) if (has[e] !== this.has[e]) return true;
    return false;
  }

  #relateAll(bucket: number, shape: Shape, opinions: Opinions, losses: RunningLosses): void {
    this.#madeFrom = { bucket, shape, losses, version: losses.version };
    this.#revision += 1;
    this.has.set(opinions.has);
    this.#means.slow = this.#relate('slow', bucket, shape.scale, losses);
    this.#means.fast = this.#relate('fast', bucket, shape.scale, losses);
    for (let e = 0; e < this.experts; e++) {
      const isKnown = this.has[e] === 1;
      this.#roughWeights[e] = isKnown ? Math.exp(-ROUGH_POWER * (this.relative.slow[e] ?? 0)) : 0;
    }
  }

  #scale({ location, scale }: Shape, opinions: Opinions): void {
    const levels = GATE_LEVELS.length;
    for (let e = 0; e < this.experts; e++) {
      for (let l = 0; l < levels; l++) {
        const i = e * levels + l;
        const value = ((opinions.quantiles[i] ?? 0) - location) / scale;
        this.scaled[i] = this.has[e] === 1 ? clamp(value, LIMIT) : 0;
      }
    }
  }

  /** Returns the mean of the logarithms. */
  #relate(memory: Memory, bucket: number, scale: number, losses: RunningLosses): number {
    const into = this.relative[memory];
    let sum = 0;
    let count = 0;
    for (let e = 0; e < this.experts; e++) {
      const loss = this.has[e] === 1 ? losses.mean(memory, bucket, e) : NaN;
      into[e] = Math.log(loss / scale + SMALL_LOSS);
      if (Number.isNaN(loss)) continue;
      sum += into[e] ?? 0;
      count += 1;
    }
    const mean = count === 0 ? 0 : sum / count;
    for (let e = 0; e < this.experts; e++) {
      const log = into[e] ?? NaN;
      into[e] = Number.isNaN(log) ? 0 : log - mean;
    }
    return mean;
  }

  #mixRoughly(): void {
    const rough = this.#rough.fill(0);
    const levels = GATE_LEVELS.length;
    let total = 0;
    for (let e = 0; e < this.experts; e++) {
      const weight = this.#roughWeights[e] ?? 0;
      if (weight === 0) continue;
      total += weight;
      for (let l = 0; l < levels; l++) {
        rough[l] = (rough[l] ?? 0) + weight * (this.scaled[e * levels + l] ?? 0);
      }
    }
    for (let l = 0; l < levels && total > 0; l++) rough[l] = (rough[l] ?? 0) / total;
  }
}

const clamp = (value: number, limit: number): number => Math.min(limit, Math.max(-limit, value));
