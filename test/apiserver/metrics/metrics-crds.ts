/**
 * `metrics.k8s.io` on a real API server without metrics-server: kinds of its own that hold what a test puts there,
 * at the same paths, with the same rights. (An aggregated API cannot be served from 127.0.0.1.)
 */

function crd(plural: string, kind: string, scope: 'Cluster' | 'Namespaced'): object {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.metrics.k8s.io`,
      annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' },
    },
    spec: {
      group: 'metrics.k8s.io',
      scope,
      names: { plural, kind, singular: kind.toLowerCase() },
      versions: [{ name: 'v1beta1', served: true, storage: true, schema }],
    },
  };
}

export const METRICS_CRDS = [
  crd('nodes', 'NodeMetrics', 'Cluster'),
  crd('pods', 'PodMetrics', 'Namespaced'),
] as const;

interface Amounts {
  readonly cpu: string;
  readonly memory: string;
}

export function nodeMetrics(name: string, time: number, usage: Amounts): object {
  return {
    apiVersion: 'metrics.k8s.io/v1beta1',
    kind: 'NodeMetrics',
    metadata: { name },
    timestamp: new Date(time).toISOString(),
    window: '15s',
    usage,
  };
}

export function podMetrics(
  namespace: string,
  name: string,
  time: number,
  labels: Readonly<Record<string, string>>,
  usage: Amounts,
): object {
  return {
    apiVersion: 'metrics.k8s.io/v1beta1',
    kind: 'PodMetrics',
    metadata: { namespace, name, labels },
    timestamp: new Date(time).toISOString(),
    window: '15s',
    containers: [{ name: 'main', usage }],
  };
}
