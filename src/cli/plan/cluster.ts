/** The nodes of the kubeconfig's cluster. */
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import type { Node } from '../../controllers/gather/kubernetes.ts';
import { InputError } from '../support/errors.ts';

/** Throws an InputError where there is no kubeconfig, and whatever the client throws where nobody answers. */
export async function clusterNodes(): Promise<Node[]> {
  const config = new KubeConfig();
  config.loadFromDefault();
  if (config.getCurrentCluster() === null)
    throw new InputError(
      'there is neither --nodes nor a kubeconfig with a current cluster: give one of them',
    );
  const { items } = await config.makeApiClient(CoreV1Api).listNode();
  // As JSON has it: the client makes dates of times.
  return JSON.parse(JSON.stringify(items)) as Node[];
}
