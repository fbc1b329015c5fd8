/** Jobs for the tests of the control plane, and the parts of their pods that the tests look at. */
import type { Cluster } from '../../../tools/control-plane/cluster.ts';

export interface PodState {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly nodeName?: string;
    readonly priority?: number;
    readonly tolerations?: readonly { readonly key?: string; readonly tolerationSeconds?: number }[];
  };
  readonly status: {
    readonly phase?: string;
    readonly startTime?: string;
    readonly containerStatuses?: readonly {
      readonly state: { readonly terminated?: { readonly exitCode: number; readonly finishedAt: string } };
    }[];
  };
}

/** Creates a Job of one pod, pinned to `node` by required node affinity, without retries. */
export async function createJob(
  cluster: Cluster,
  namespace: string,
  name: string,
  node: string,
  annotations: Readonly<Record<string, string>>,
): Promise<void> {
  const term = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] };
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace },
    spec: {
      backoffLimit: 0,
      template: {
        metadata: { annotations },
        spec: {
          restartPolicy: 'Never',
          containers: [
            { name: 'task', image: 'example.invalid/task', resources: { requests: { cpu: '1' } } },
          ],
          affinity: {
            nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } },
          },
        },
      },
    },
  };
  await cluster.kubectl(['create', '-f', '-'], JSON.stringify(job));
}

/** The pods of a Job. */
export async function podsOf(cluster: Cluster, namespace: string, job: string): Promise<PodState[]> {
  const answer = await cluster.kubectl([
    'get',
    'pods',
    `--namespace=${namespace}`,
    `--selector=batch.kubernetes.io/job-name=${job}`,
    '--output=json',
  ]);
  return (JSON.parse(answer) as { items: PodState[] }).items;
}

/** The status of a Job's condition of the given type, or an empty string. */
export async function jobCondition(
  cluster: Cluster,
  namespace: string,
  job: string,
  type: string,
): Promise<string> {
  const path = `{.status.conditions[?(@.type=="${type}")].status}`;
  return await cluster.kubectl(['get', 'job', job, `--namespace=${namespace}`, `--output=jsonpath=${path}`]);
}

/** The status of a node's Ready condition. */
export async function nodeReady(cluster: Cluster, node: string): Promise<string> {
  const path = '{.status.conditions[?(@.type=="Ready")].status}';
  return await cluster.kubectl(['get', 'node', node, `--output=jsonpath=${path}`]);
}
