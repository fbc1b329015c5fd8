import { expect } from 'chai';

import { startCluster } from '../../../tools/control-plane/cluster.ts';
import type { Cluster } from '../../../tools/control-plane/cluster.ts';
import { clusterStartTimeoutMs, eventually, sharedCluster, withNamespace } from '../../support/cluster.ts';
import { createJob, jobCondition, nodeReady, podsOf } from './jobs.ts';

describe('a local cluster', function () {
  this.timeout(60_000);
  let cluster: Cluster;

  before(async function () {
    this.timeout(clusterStartTimeoutMs);
    cluster = await sharedCluster();
    await cluster.addNodes([
      { name: 'plane-a', cpu: 4, memory: '16Gi' },
      { name: 'plane-b', cpu: 8, memory: '32Gi', gpus: 2, labels: { zone: 'east' } },
      { name: 'plane-c', cpu: 16, memory: '64Gi', annotations: { 'foreshard.dev/network-bandwidth': '10G' } },
    ]);
  });

  after(async () => {
    for (const name of ['plane-a', 'plane-b', 'plane-c']) await cluster.deleteNode(name);
  });

  it('serves the pinned Kubernetes', async () => {
    expect(await cluster.kubectl(['get', '--raw', '/readyz'])).to.equal('ok');
    const version = JSON.parse(await cluster.kubectl(['get', '--raw', '/version'])) as {
      major: string;
      minor: string;
    };
    expect(`${version.major}.${version.minor}`).to.equal('1.36');
  });

  it('has nodes that are Ready with what they were given', async () => {
    for (const node of ['plane-a', 'plane-b', 'plane-c'])
      expect(await nodeReady(cluster, node)).to.equal('True');
    const text = await cluster.kubectl(['get', 'node', 'plane-b', '--output=json']);
    const node = JSON.parse(text) as { metadata: { labels: object }; status: { allocatable: object } };
    expect(node.metadata.labels).to.include({ zone: 'east' });
    expect(node.status.allocatable).to.include({ cpu: '8', memory: '32Gi', 'nvidia.com/gpu': '2' });
  });

  it('runs a pinned Job on its node for as long as its annotation says', async () => {
    await withNamespace(cluster, async (namespace) => {
      await createJob(cluster, namespace, 'three', 'plane-b', { 'foreshard.dev/simulated-seconds': '3' });
      await eventually(
        'the Job is Complete',
        () => jobCondition(cluster, namespace, 'three', 'Complete'),
        (status) => status === 'True',
      );
      const [pod] = await podsOf(cluster, namespace, 'three');
      expect(pod?.spec.nodeName).to.equal('plane-b');
      expect(pod?.status.phase).to.equal('Succeeded');
      const end = pod?.status.containerStatuses?.[0]?.state.terminated;
      expect(end?.exitCode).to.equal(0);
      const seconds = (Date.parse(end?.finishedAt ?? '') - Date.parse(pod?.status.startTime ?? '')) / 1_000;
      expect(seconds).to.be.within(3, 5);
    });
  });

  it('fails a Job whose annotation says so', async () => {
    await withNamespace(cluster, async (namespace) => {
      await createJob(cluster, namespace, 'bad', 'plane-a', { 'foreshard.dev/simulated-exit': 'Failed' });
      await eventually(
        'the Job is Failed',
        () => jobCondition(cluster, namespace, 'bad', 'Failed'),
        (status) => status === 'True',
      );
      const [pod] = await podsOf(cluster, namespace, 'bad');
      expect(pod?.status.phase).to.equal('Failed');
      expect(pod?.status.containerStatuses?.[0]?.state.terminated?.exitCode).to.equal(1);
    });
  });

  it('lets go of a running pod whose Job is deleted', async () => {
    await withNamespace(cluster, async (namespace) => {
      await createJob(cluster, namespace, 'gone', 'plane-a', { 'foreshard.dev/simulated-seconds': '600' });
      const read = () => podsOf(cluster, namespace, 'gone');
      await eventually('the pod runs', read, ([pod]) => pod?.status.phase === 'Running');
      await cluster.kubectl(['delete', 'job', 'gone', `--namespace=${namespace}`]);
      await eventually('the pod is gone', read, (pods) => pods.length === 0);
    });
  });

  it('gives pods the default tolerations and priority', async () => {
    await withNamespace(cluster, async (namespace) => {
      await createJob(cluster, namespace, 'plain', 'plane-c', {});
      const [pod] = await eventually(
        'there is a pod',
        () => podsOf(cluster, namespace, 'plain'),
        (pods) => pods.length === 1,
      );
      expect(pod?.spec.priority).to.equal(0);
      const unreachable = pod?.spec.tolerations?.find(({ key }) => key === 'node.kubernetes.io/unreachable');
      expect(unreachable?.tolerationSeconds).to.equal(300);
    });
  });

  it('leaves the pods of a failed node as they are, and goes on when the node is back', async () => {
    await withNamespace(cluster, async (namespace) => {
      await createJob(cluster, namespace, 'stuck', 'plane-c', { 'foreshard.dev/simulated-seconds': '4' });
      const read = () => podsOf(cluster, namespace, 'stuck');
      await eventually('the pod runs', read, ([pod]) => pod?.status.phase === 'Running');
      await cluster.failNode('plane-c');
      const ready = () => nodeReady(cluster, 'plane-c');
      await eventually('the node is Unknown', ready, (status) => status === 'Unknown');
      // The grace is longer than the pod's run: by now it would have ended.
      expect((await read()).map((pod) => pod.status.phase)).to.deep.equal(['Running']);
      expect(await nodeReady(cluster, 'plane-b')).to.equal('True');
      await cluster.restoreNode('plane-c');
      await eventually('the pod ends', read, ([pod]) => pod?.status.phase === 'Succeeded');
    });
  });

  it('knows service accounts: a token works, with no more rights than RBAC gives it', async () => {
    await withNamespace(cluster, async (namespace) => {
      const token = (
        await cluster.kubectl(['create', 'token', 'default', `--namespace=${namespace}`])
      ).trim();
      const as = ['--token', token, `--namespace=${namespace}`];
      const who = await cluster.kubectl(['auth', 'whoami', ...withoutAdmin(cluster), ...as]);
      expect(who).to.contain(`system:serviceaccount:${namespace}:default`);
      const refused = await cluster.kubectl(['get', 'pods', ...withoutAdmin(cluster), ...as]).catch(String);
      expect(refused).to.contain('forbidden');
    });
  });

  it('runs beside another one', async function () {
    this.timeout(clusterStartTimeoutMs);
    const other = await startCluster();
    try {
      expect(other.url).not.to.equal(cluster.url);
      await other.addNode({ name: 'only-here', cpu: 1, memory: '1Gi' });
      expect(await other.kubectl(['get', 'nodes', '--output=name'])).to.equal('node/only-here\n');
      expect(await cluster.kubectl(['get', 'nodes', '--output=name'])).not.to.contain('only-here');
    } finally {
      await other.stop();
    }
  });
});

/** kubectl flags that leave the admin's kubeconfig aside, whose token would go before the one given. */
function withoutAdmin(cluster: Cluster): string[] {
  return ['--kubeconfig=/dev/null', `--server=${cluster.url}`, '--insecure-skip-tls-verify'];
}
