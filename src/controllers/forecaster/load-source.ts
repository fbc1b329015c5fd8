/** The source of observed load that the configuration asks for. */
import type { ObserveConfiguration } from '../../api/configuration.ts';
import { LABEL_WORKFLOW } from '../../api/constants.ts';
import { KubeletSummarySource, MetricsApiSource, PrometheusSource } from '../../metrics/index.ts';
import type { ObservedLoadSource } from '../../metrics/index.ts';
import { objectKey } from '../../runtime/index.ts';
import type { ControllerContext } from '../context.ts';

/** Undefined where nothing is to be observed: forecasts are then made from the history as it is. */
export function createSource(
  { source, prometheus }: ObserveConfiguration,
  { env, client, caches }: ControllerContext,
): ObservedLoadSource | undefined {
  const log = env.log.child('observer');
  const common = {
    client,
    now: () => env.clock.now(),
    onWarning: (warning: string) => log.warn('observed load', { warning }),
  };
  switch (source === 'Auto' ? (prometheus === undefined ? 'MetricsAPI' : 'Prometheus') : source) {
    case 'Prometheus':
      if (prometheus === undefined)
        throw new Error('observe.source is Prometheus: set observe.prometheus.url as well');
      return new PrometheusSource({ ...prometheus, ...common });
    case 'MetricsAPI':
      return new MetricsApiSource({ ...common, podSelector: LABEL_WORKFLOW });
    case 'KubeletSummary':
      return new KubeletSummarySource({ ...common, nodes: () => caches.nodes.store.list().map(objectKey) });
    case 'None':
      return undefined;
  }
}
