/** A valid object of each kind, and small changes of it. */

export type Json = Record<string, unknown>;
export type Change = (object: Json) => void;
type Path = readonly (string | number)[];

export function workflow(...changes: readonly Change[]): Json {
  return changed(
    {
      apiVersion: 'foreshard.dev/v1alpha1',
      kind: 'Workflow',
      metadata: { name: 'nightly', namespace: 'default' },
      spec: {
        parallelism: 5,
        planning: { mode: 'Auto', contentionCeilingPercent: 20 },
        resharding: { onDrift: 'Reroute', cooldownSeconds: 300 },
        templates: [
          {
            name: 'step',
            estimatedDurationSeconds: 600,
            resources: { cpu: '500m', memory: '1Gi', gpu: '1', network: '100M' },
            retryStrategy: { limit: 2, backoff: { durationSeconds: 30, factor: 2, maxDurationSeconds: 600 } },
            template: { spec: { containers: [{ name: 'main', image: 'registry.example.com/step:1' }] } },
          },
        ],
        tasks: [
          { name: 'a', templateRef: 'step', outputs: [{ name: 'raw', size: '20Gi' }] },
          { name: 'b', templateRef: 'step', dependencies: ['a'], inputs: [{ name: 'raw' }] },
          { name: 'c', templateRef: 'step', dependencies: ['b'], nodeSelector: { zone: 'east' } },
        ],
      },
    },
    changes,
  );
}

export function shardPlan(...changes: readonly Change[]): Json {
  return changed(
    {
      apiVersion: 'foreshard.dev/v1alpha1',
      kind: 'ShardPlan',
      metadata: { name: 'nightly', namespace: 'default' },
      spec: {
        workflowRef: { name: 'nightly', generation: 1 },
        plannedTime: '2026-11-24T00:59:30Z',
        assignments: [
          {
            task: 'a',
            node: 'cpu-1',
            startTime: '2026-11-24T01:00:00Z',
            endTime: '2026-11-24T01:10:00Z',
            contentionPermille: 12,
            binding: 'Bound',
            reason: 'EarliestFinish',
            alternatives: [{ node: 'cpu-2', endTime: '2026-11-24T01:11:00Z', contentionPermille: 40 }],
          },
          { task: 'b', node: 'cpu-2' },
        ],
      },
    },
    changes,
  );
}

export function nodeForecast(...changes: readonly Change[]): Json {
  return changed(
    {
      apiVersion: 'foreshard.dev/v1alpha1',
      kind: 'NodeForecast',
      metadata: { name: 'cpu-1' },
      spec: { horizonSeconds: 86400, stepSeconds: 900, resources: ['cpu', 'memory'], model: 'Auto' },
    },
    changes,
  );
}

function changed(object: Json, changes: readonly Change[]): Json {
  for (const change of changes) change(object);
  return object;
}

/** `spec.tasks[1].name` as a path. */
function parse(path: string): Path {
  return path.split(/\.|(?=\[)/).map((part) => (part.startsWith('[') ? Number(part.slice(1, -1)) : part));
}

export function set(path: string, value: unknown): Change {
  const parts = parse(path);
  return (object) => {
    let holder = object;
    for (const part of parts.slice(0, -1)) holder = (holder[part] ??= {}) as Json;
    holder[parts.at(-1) ?? ''] = value;
  };
}

export function remove(path: string): Change {
  const parts = parse(path);
  return (object) => {
    let holder = object;
    for (const part of parts.slice(0, -1)) holder = holder[part] as Json;
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- The path is the caller's.
    delete holder[parts.at(-1) ?? ''];
  };
}

/** A workflow of `count` tasks, one after the other. */
export function chain(count: number): Change {
  return set(
    'spec.tasks',
    Array.from({ length: count }, (_, i) => ({
      name: `t${i}`,
      templateRef: 'step',
      dependencies: i === 0 ? [] : [`t${i - 1}`],
    })),
  );
}
