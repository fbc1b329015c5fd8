/** Capacities of nodes, from what the caller gives: a List of Nodes, or one capacity for all. */
import { DEFAULT_GPU_RESOURCE } from '../../api/constants.ts';
import { capacityOf } from '../../controllers/gather/nodes.ts';
import type { Node } from '../../controllers/gather/kubernetes.ts';
import { QuantityError, parseQuantity } from '../../core/quantity/index.ts';
import { RESOURCES, resourceVector } from '../../core/resources.ts';
import type { Resource, ResourceVector } from '../../core/resources.ts';
import { readManifests } from '../manifests/read.ts';
import { InputError } from '../support/errors.ts';

export type CapacityOf = (node: string) => ResourceVector | undefined;

/** Of a node that has no annotation of its bandwidth; the operator's own default. */
const NETWORK_BANDWIDTH = parseQuantity('1G');

/** From a file of Nodes, as `kubectl get nodes -o yaml` writes it. */
export async function capacitiesOfFile(file: string): Promise<CapacityOf> {
  const { manifests, failures } = await readManifests([file]);
  const [failure] = failures;
  if (failure !== undefined) {
    const { line, column, reason } = failure;
    throw new InputError(`${file}:${line}:${column}: this is no YAML: ${reason}`);
  }
  const nodes = manifests.map(({ object }) => object as Node).filter((object) => object.kind === 'Node');
  if (nodes.length === 0) {
    throw new InputError(`${file}: no Node is in there: write it with kubectl get nodes -o yaml`);
  }
  const settings = { gpuResourceName: DEFAULT_GPU_RESOURCE, defaultNetworkBandwidth: NETWORK_BANDWIDTH };
  const capacities = new Map(nodes.map((node) => [node.metadata?.name, capacityOf(node, settings)]));
  return (node) => capacities.get(node);
}

/** From `cpu=16,memory=64Gi,gpu=4,network=10G`; a resource that is not named is 0. */
export function parseCapacity(text: string): ResourceVector {
  const amounts = new Map(text.split(',').map((part) => parseAmount(part.trim())));
  return resourceVector((resource) => amounts.get(resource) ?? 0);
}

function parseAmount(part: string): [Resource, number] {
  const [name = '', quantity = ''] = part.split('=');
  const resource = RESOURCES.find((r) => r === name);
  if (resource === undefined) {
    throw new InputError(
      `--capacity: "${part}" names no resource: write it as cpu=16,memory=64Gi,gpu=4,network=10G`,
    );
  }
  try {
    return [resource, parseQuantity(quantity)];
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
    throw new InputError(`--capacity: ${resource}: ${error.message}`);
  }
}
