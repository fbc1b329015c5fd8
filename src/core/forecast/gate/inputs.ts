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

  constructor(experts: number) {
    this.experts = experts;
    this.x = new Float64Array(inputSize(experts));
    this.relative = { slow: new Float64Array(experts), fast: new Float64Array(experts) };
    this.scaled = new Float64Array(experts * GATE_LEVELS.length);
    this.has = new Uint8Array(experts);
    this.#rough = new Float64Array(GATE_LEVELS.length);
  }

  fill({ lead, stepSeconds, resource }: Lead, shape: Shape, opinions: Opinions, losses: RunningLosses): void {
    const { x, experts, has } = this;
    const bucket = bucketOf(lead);
    has.set(opinions.has);
    this.#scale(shape, opinions);
    const meanSlow = this.#relate('slow', bucket, shape.scale, losses);
    const meanFast = this.#relate('fast', bucket, shape.scale, losses);
    this.#mixRoughly();

    let i = 0;
    for (const figure of shape.figures) x[i++] = figure;
    for (const r of RESOURCES) x[i++] = r === resource ? 1 : 0;
    for (let b = 0; b < BUCKETS; b++) x[i++] = b === bucket ? 1 : 0;
    x[i++] = Math.log(lead);
    x[i++] = Math.log(Math.min(1, stepSeconds / REFERENCE_STEP_SECONDS));
    x[i++] = meanSlow;
    x[i++] = meanFast;
    for (const level of [LOW, MIDDLE, HIGH]) x[i++] = this.#rough[level] ?? 0;
    const levels = GATE_LEVELS.length;
    for (let e = 0; e < experts; e++) {
      const known = has[e] === 1;
      const at = (level: number): number => this.scaled[e * levels + level] ?? 0;
      const deviation = at(MIDDLE) - (this.#rough[MIDDLE] ?? 0);
      x[i++] = this.relative.slow[e] ?? 0;
      x[i++] = this.relative.fast[e] ?? 0;
      x[i++] = known ? Math.log(at(UPPER) - at(LOWER) + SMALL_SPREAD) : Math.log(SMALL_SPREAD);
      x[i++] = known ? clamp(deviation, DEVIATION_LIMIT) : 0;
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
      if (this.has[e] !== 1) continue;
      const weight = Math.exp(-ROUGH_POWER * (this.relative.slow[e] ?? 0));
      total += weight;
      for (let l = 0; l < levels; l++) {
        rough[l] = (rough[l] ?? 0) + weight * (this.scaled[e * levels + l] ?? 0);
      }
    }
    for (let l = 0; l < levels && total > 0; l++) rough[l] = (rough[l] ?? 0) / total;
  }
}

const clamp = (value: number, limit: number): number => Math.min(limit, Math.max(-limit, value));
