/** Observed load of nodes and pods (README). */
export { backgroundLoad } from './background.ts';
export type { OwnPod } from './background.ts';
export { KubeletSummarySource } from './kubelet-summary.ts';
export type { KubeletSummaryOptions } from './kubelet-summary.ts';
export { MetricsApiSource } from './metrics-api.ts';
export type { MetricsApiOptions } from './metrics-api.ts';
export { PrometheusSource } from './prometheus.ts';
export type { PrometheusOptions } from './prometheus.ts';
export { defaultPodQueries, defaultQueries } from './queries.ts';
export type { PrometheusPodQuery, PrometheusQuery } from './queries.ts';
export { MetricsError } from './types.ts';
export type { LoadReport, Observation, ObservedLoadSource, PodReference, PodUsage } from './types.ts';
