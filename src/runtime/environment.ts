/**
 * What every part of the runtime is given: time, randomness, a log and metrics.
 */
import { type Clock, systemClock } from './clock.ts';
import { type Logger, silentLogger } from './log.ts';
import { RuntimeMetrics } from './metrics.ts';
import { type Random, seededRandom } from './random.ts';

export interface Environment {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: RuntimeMetrics;
}

/** An environment of the given parts; by default the machine's clock, no log and a registry of its own. */
export function createEnvironment(parts: Partial<Environment> = {}): Environment {
  const clock = parts.clock ?? systemClock;
  return {
    clock,
    // Replicas must not retry in step, so each process has its own seed.
    random: parts.random ?? seededRandom(process.pid ^ clock.now()),
    log: parts.log ?? silentLogger,
    metrics: parts.metrics ?? new RuntimeMetrics(),
  };
}
