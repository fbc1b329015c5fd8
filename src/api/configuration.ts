/**
 * The operator's configuration file: its schema, its defaults, and reading it.
 *
 * Quantities and durations are written as in the CRDs: quantities as strings, durations as `…Seconds`.
 */
import { Ajv, type ErrorObject } from 'ajv';

import { DEFAULT_GPU_RESOURCE } from './constants.ts';

export interface PrometheusQueryConfiguration {
  /** PromQL: an instant vector with one element a node. */
  query: string;
  /** Label that holds the node's name. */
  nodeLabel?: string;
  /** To base units: cores, bytes, devices, bits per second. */
  multiplier?: number;
}

export interface PrometheusPodQueryConfiguration {
  /** PromQL: an instant vector with one element a pod; `$pods` stands for a pattern of the names asked for. */
  query: string;
  /** Labels that hold the pod's namespace and name. */
  namespaceLabel?: string;
  podLabel?: string;
  /** To base units, as above. */
  multiplier?: number;
}

type ByResource<T> = Partial<Record<'cpu' | 'memory' | 'gpu' | 'network', T>>;

export interface ObserveConfiguration {
  intervalSeconds: number;
  staleSeconds: number;
  driftSampleSeconds: number;
  /** `Auto`: Prometheus where its URL is set, else `MetricsAPI`. */
  source: 'Auto' | 'Prometheus' | 'MetricsAPI' | 'KubeletSummary' | 'None';
  /**
   * What the source measures: the `Whole` node, of which Foreshard's own pods are then subtracted; or the
   * `Background` load already, with GPUs as devices that are not free: queries that leave these pods out themselves.
   */
  load: 'Whole' | 'Background';
  /** Devices that other pods have taken, or how much devices are used; `Auto`: used where they are shared. */
  gpu: 'Auto' | 'Allocated' | 'Utilised';
  prometheus?: {
    url: string;
    /** Over which the default queries take rates: at least two scrapes, better four. */
    rateWindowSeconds: number;
    /** In place of those for node-exporter and the DCGM exporter. */
    queries?: ByResource<PrometheusQueryConfiguration>;
    /** In place of those for cAdvisor: what Foreshard's own pods use. */
    podQueries?: ByResource<PrometheusPodQueryConfiguration>;
  };
}

export interface OperatorConfiguration {
  apiVersion: 'config.foreshard.dev/v1alpha1';
  kind: 'OperatorConfiguration';
  history: {
    directory: string;
    /** In place of the directory. */
    bucket?: {
      /** s3://bucket/prefix */
      url: string;
      /** Of a server other than AWS's own. */
      endpoint?: string;
      region?: string;
      /** Is the bucket in the URL's path, and not in its host? Unless told: where there is an endpoint. */
      forcePathStyle?: boolean;
    };
    retentionDays: number;
    flushSeconds: number;
  };
  forecast: {
    periodSeconds: number;
    validSeconds: number;
    seriesStepSeconds: number;
    training: {
      /** Each model is trained anew so often. */
      periodSeconds: number;
      /** Trained in any case: what a NodeForecast names is trained as well. None: nothing else is. */
      models: ('LSTM' | 'Gate')[];
      /** A training of the LSTM takes no longer. */
      mostSeconds: number;
    };
  };
  observe: ObserveConfiguration;
  planning: {
    sharing: 'Proportional' | 'BackgroundFirst';
    /** A plan that takes longer is given up. */
    limitSeconds: number;
  };
  nodes: { gpuResourceName: string; defaultNetworkBandwidth: string };
  leaderElection: { enabled: boolean; namespace: string; name: string };
  metrics: { bindAddress: string };
  health: { bindAddress: string };
}

const seconds = (fallback: number, minimum = 1): object => ({
  type: 'integer',
  minimum,
  maximum: 31_536_000,
  default: fallback,
});
const text = (fallback?: string): object => ({
  type: 'string',
  minLength: 1,
  ...(fallback === undefined ? {} : { default: fallback }),
});
const section = (properties: Record<string, object>, required: string[] = []): object => ({
  type: 'object',
  additionalProperties: false,
  default: {},
  properties,
  required,
});

const query = {
  type: 'object',
  additionalProperties: false,
  required: ['query'],
  properties: { query: text(), nodeLabel: text(), multiplier: { type: 'number', exclusiveMinimum: 0 } },
};

const podQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['query'],
  properties: {
    query: text(),
    namespaceLabel: text(),
    podLabel: text(),
    multiplier: { type: 'number', exclusiveMinimum: 0 },
  },
};

const byResource = (schema: object): object => ({
  type: 'object',
  additionalProperties: false,
  properties: { cpu: schema, memory: schema, gpu: schema, network: schema },
});

export const CONFIGURATION_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind'],
  properties: {
    apiVersion: { const: 'config.foreshard.dev/v1alpha1' },
    kind: { const: 'OperatorConfiguration' },
    history: section({
      directory: text('/var/lib/foreshard/history'),
      bucket: {
        type: 'object',
        additionalProperties: false,
        required: ['url'],
        properties: {
          url: { type: 'string', pattern: '^s3://[a-z0-9][a-z0-9.-]+[a-z0-9](/[^/]+)*/?$' },
          endpoint: { type: 'string', pattern: '^https?://' },
          region: text(),
          forcePathStyle: { type: 'boolean' },
        },
      },
      retentionDays: { type: 'integer', minimum: 1, maximum: 3650, default: 90 },
      flushSeconds: seconds(300),
    }),
    forecast: section({
      periodSeconds: seconds(300),
      validSeconds: seconds(900),
      seriesStepSeconds: seconds(300, 30),
      training: section({
        periodSeconds: seconds(86_400, 60),
        models: {
          type: 'array',
          uniqueItems: true,
          items: { enum: ['LSTM', 'Gate'] },
          default: ['Gate'],
        },
        mostSeconds: seconds(900),
      }),
    }),
    observe: section({
      intervalSeconds: seconds(30),
      staleSeconds: seconds(900),
      driftSampleSeconds: seconds(60),
      source: { enum: ['Auto', 'Prometheus', 'MetricsAPI', 'KubeletSummary', 'None'], default: 'Auto' },
      load: { enum: ['Whole', 'Background'], default: 'Whole' },
      gpu: { enum: ['Auto', 'Allocated', 'Utilised'], default: 'Auto' },
      prometheus: {
        type: 'object',
        additionalProperties: false,
        required: ['url'],
        properties: {
          url: { type: 'string', pattern: '^https?://' },
          rateWindowSeconds: seconds(120, 2),
          queries: byResource(query),
          podQueries: byResource(podQuery),
        },
      },
    }),
    planning: section({
      sharing: { enum: ['Proportional', 'BackgroundFirst'], default: 'Proportional' },
      limitSeconds: { ...seconds(60), maximum: 3600 },
    }),
    nodes: section({ gpuResourceName: text(DEFAULT_GPU_RESOURCE), defaultNetworkBandwidth: text('1G') }),
    leaderElection: section({
      enabled: { type: 'boolean', default: true },
      namespace: text('foreshard-system'),
      name: text('foreshard-operator'),
    }),
    metrics: section({ bindAddress: text(':8080') }),
    health: section({ bindAddress: text(':8081') }),
  },
} as const;

const validate = new Ajv({ useDefaults: true, allErrors: true }).compile<OperatorConfiguration>(
  CONFIGURATION_SCHEMA,
);

/** What is wrong with a configuration, one line a problem. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError';
}

/** Defaults filled in. Throws ConfigurationError. */
export function readConfiguration(document: unknown): OperatorConfiguration {
  const value: unknown = structuredClone(document);
  if (validate(value)) return value;
  throw new ConfigurationError((validate.errors ?? []).map(describe).join('\n'));
}

export function defaultConfiguration(): OperatorConfiguration {
  return readConfiguration({ apiVersion: 'config.foreshard.dev/v1alpha1', kind: 'OperatorConfiguration' });
}

function describe({ instancePath, message, params }: ErrorObject): string {
  const field = instancePath === '' ? 'configuration' : instancePath.slice(1).replaceAll('/', '.');
  const unknown = (params as { additionalProperty?: string }).additionalProperty;
  if (unknown !== undefined) return `${field}: there is no field ${unknown}: remove it, or correct its name`;
  return `${field}: ${message ?? 'is invalid'}`;
}
