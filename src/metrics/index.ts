/** Observed load of nodes (README). */
export { PrometheusSource } from './prometheus.ts';
export type { PrometheusOptions } from './prometheus.ts';
export { DEFAULT_QUERIES } from './queries.ts';
export type { PrometheusQuery } from './queries.ts';
export { MetricsError } from './types.ts';
export type { Observation, ObservedLoadSource } from './types.ts';
