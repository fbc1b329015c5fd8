/**
 * The shape of those parts of a PodSpec that are read or added to here. The Workflow's schema leaves a PodSpec
 * open, and the API server checks it only when a Job is made; until then nothing is known of it.
 */
import type { Problem } from '../../api/problem.ts';

type Shape =
  | { readonly type: 'string' | 'number' }
  | { readonly type: 'list'; readonly items: Shape }
  | { readonly type: 'map'; readonly values: Shape }
  | {
      readonly type: 'object';
      readonly fields: Readonly<Record<string, Shape>>;
      readonly required?: readonly string[];
    };

const STRING: Shape = { type: 'string' };
const list = (items: Shape): Shape => ({ type: 'list', items });
const map = (values: Shape): Shape => ({ type: 'map', values });
const object = (fields: Readonly<Record<string, Shape>>, required: readonly string[] = []): Shape => ({
  type: 'object',
  fields,
  required,
});

const REQUIREMENTS = list(
  object({ key: STRING, operator: STRING, values: list(STRING) }, ['key', 'operator']),
);
const TERM = object({ matchExpressions: REQUIREMENTS, matchFields: REQUIREMENTS });
const NODE_AFFINITY = object({
  requiredDuringSchedulingIgnoredDuringExecution: object({ nodeSelectorTerms: list(TERM) }, [
    'nodeSelectorTerms',
  ]),
  preferredDuringSchedulingIgnoredDuringExecution: list(
    object({ weight: { type: 'number' }, preference: TERM }, ['weight', 'preference']),
  ),
});
const SELECTOR = object({
  matchLabels: map(STRING),
  matchExpressions: list(
    object({ key: STRING, operator: STRING, values: list(STRING) }, ['key', 'operator']),
  ),
});
const POD_TERM = object(
  {
    topologyKey: STRING,
    labelSelector: SELECTOR,
    matchLabelKeys: list(STRING),
    mismatchLabelKeys: list(STRING),
    namespaces: list(STRING),
    namespaceSelector: SELECTOR,
  },
  ['topologyKey'],
);
const POD_AFFINITY = object({
  requiredDuringSchedulingIgnoredDuringExecution: list(POD_TERM),
  preferredDuringSchedulingIgnoredDuringExecution: list(
    object({ weight: { type: 'number' }, podAffinityTerm: POD_TERM }, ['weight', 'podAffinityTerm']),
  ),
});
const SPREAD = list(
  object(
    {
      topologyKey: STRING,
      maxSkew: { type: 'number' },
      whenUnsatisfiable: STRING,
      labelSelector: SELECTOR,
      matchLabelKeys: list(STRING),
      minDomains: { type: 'number' },
      nodeAffinityPolicy: STRING,
      nodeTaintsPolicy: STRING,
    },
    ['topologyKey', 'maxSkew', 'whenUnsatisfiable'],
  ),
);
// Amounts are looked at one by one in requests.ts, which says what a quantity is.
const RESOURCES = object({ requests: object({}), limits: object({}) });
const CONTAINERS = list(
  object({ image: STRING, env: list(object({ name: STRING }, ['name'])), resources: RESOURCES }),
);
const POD_SPEC = object({
  containers: CONTAINERS,
  initContainers: CONTAINERS,
  resources: RESOURCES,
  overhead: object({}),
  nodeSelector: map(STRING),
  affinity: object({
    nodeAffinity: NODE_AFFINITY,
    podAffinity: POD_AFFINITY,
    podAntiAffinity: POD_AFFINITY,
  }),
  topologySpreadConstraints: SPREAD,
  tolerations: list(
    object({
      key: STRING,
      operator: STRING,
      value: STRING,
      effect: STRING,
      tolerationSeconds: { type: 'number' },
    }),
  ),
  priorityClassName: STRING,
});

/** `field` is the path of the PodSpec. */
export function podShapeProblems(podSpec: unknown, field: string): Problem[] {
  return check(podSpec, POD_SPEC, field);
}

function check(value: unknown, shape: Shape, field: string): Problem[] {
  const wrong = [
    { field, reason: 'InvalidPodTemplate', message: `must be ${NAMES[shape.type]}, as in a Pod` },
  ];
  switch (shape.type) {
    case 'string':
    case 'number':
      return typeof value === shape.type ? [] : wrong;
    case 'list':
      if (!Array.isArray(value)) return wrong;
      return value.flatMap((item, i) => check(item, shape.items, `${field}[${i}]`));
    case 'map':
      if (!isObject(value)) return wrong;
      return Object.entries(value).flatMap(([key, item]) => check(item, shape.values, `${field}.${key}`));
    case 'object': {
      if (!isObject(value)) return wrong;
      const present = Object.entries(shape.fields).filter(([name]) => value[name] !== undefined);
      const missing = (shape.required ?? []).filter((name) => value[name] === undefined);
      return [
        ...missing.map((name) => ({
          field: `${field}.${name}`,
          reason: 'InvalidPodTemplate',
          message: 'is required, as in a Pod: add it',
        })),
        ...present.flatMap(([name, inner]) => check(value[name], inner, `${field}.${name}`)),
      ];
    }
  }
}

const NAMES: Readonly<Record<Shape['type'], string>> = {
  string: 'a string',
  number: 'a number',
  list: 'a list',
  map: 'an object',
  object: 'an object',
};

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
