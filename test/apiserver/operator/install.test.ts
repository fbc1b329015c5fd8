/**
 * `config/default`, as the README says to install it, on a real API server: objects, the operator's pod, and who may
 * do what. There is no image to run: KWOK plays the pod, and the operator itself runs in the other tests.
 */
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import yaml from 'js-yaml';
import type { Cluster } from '../../../tools/control-plane/cluster.ts';
import { clusterStartTimeoutMs, eventually, sharedCluster, withNamespace } from '../../support/cluster.ts';

const CONFIG = fileURLToPath(new URL('../../../config/default', import.meta.url));
const NAMESPACE = 'foreshard-system';
const NODE = 'install-a';
const OPERATOR = `system:serviceaccount:${NAMESPACE}:foreshard-operator`;

interface Named {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

interface Pod extends Named {
  readonly spec: { readonly serviceAccountName: string; readonly nodeName?: string };
  readonly status: { readonly phase: string };
}

describe('config/default, applied as the README says', function () {
  this.timeout(60_000);
  let cluster: Cluster;
  let applied: Named[];

  const apply = async (): Promise<Named[]> => {
    const out = ['apply', '--server-side', '--force-conflicts', '-k', CONFIG, '-o', 'json'];
    return (JSON.parse(await cluster.kubectl(out)) as { items: Named[] }).items;
  };
  const get = async <T>(...args: string[]): Promise<T> =>
    JSON.parse(await cluster.kubectl(['get', ...args, '-o', 'json'])) as T;
  const operatorPods = async (): Promise<Pod[]> =>
    (await get<{ items: Pod[] }>('-n', NAMESPACE, 'pods', '-l', 'app.kubernetes.io/name=foreshard')).items;

  before(async function () {
    this.timeout(clusterStartTimeoutMs);
    cluster = await sharedCluster();
    await cluster.addNode({ name: NODE, cpu: 4, memory: '8Gi' });
    await cluster.kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(volume()));
    applied = await apply();
  });

  // Other tests run an operator with this namespace and its ServiceAccount: those stay, the pod must not.
  after(async () => {
    await cluster.kubectl([
      '-n',
      NAMESPACE,
      'delete',
      'deployment',
      'foreshard-operator',
      '--cascade=foreground',
    ]);
    expect(await operatorPods()).to.deep.equal([]);
    await cluster.deleteNode(NODE);
  });

  it('is accepted whole, and changes nothing when it is applied again', async () => {
    const written = yaml.loadAll(await cluster.kubectl(['kustomize', CONFIG])) as Named[];
    expect(applied.map(identity)).to.have.members(written.map(identity));
    await cluster.kubectl(['diff', '--server-side', '--force-conflicts', '-k', CONFIG]);
  });

  it('has kinds that are established', async () => {
    const crds = applied.filter(({ kind }) => kind === 'CustomResourceDefinition');
    expect(crds).to.have.length(3);
    for (const { metadata } of crds) {
      await cluster.kubectl(['wait', '--for=condition=Established', '--timeout=20s', `crd/${metadata.name}`]);
    }
  });

  it('starts one pod of the operator, with its ServiceAccount and its volume', async () => {
    const [pod, ...others] = await eventually(
      'the pod to run',
      operatorPods,
      ([first]) => first?.status.phase === 'Running',
    );
    expect(others).to.deep.equal([]);
    expect(pod?.spec.serviceAccountName).to.equal('foreshard-operator');
    expect(pod?.spec.nodeName).to.be.a('string');
    const claim = await get<{ status: { phase: string } }>('-n', NAMESPACE, 'pvc', 'foreshard-history');
    expect(claim.status.phase).to.equal('Bound');
  });

  it('keeps pods with more rights than that out of its namespace', async () => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'root', namespace: NAMESPACE } };
    const spec = { containers: [{ name: 'main', image: 'registry.example.com/root:1' }] };
    const refusal = await cluster
      .kubectl(['create', '--dry-run=server', '-f', '-'], JSON.stringify({ ...pod, spec }))
      .catch((error: unknown) => String(error));
    expect(refusal).to.include('violates PodSecurity "restricted');
  });

  describe('gives rights', () => {
    /** What the API server's authorizer says of each right (`verb resource.group/subresource`) of a user. */
    const rightsOf = async (
      user: string,
      namespace: string | undefined,
      rights: readonly string[],
    ): Promise<Record<string, boolean>> => {
      const items = rights.map((right) => accessReview(user, namespace, right));
      const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
      const output = String.raw`jsonpath={.status.allowed}{"\n"}`;
      const answers = (await cluster.kubectl(['create', '-o', output, '-f', '-'], list)).trim().split('\n');
      expect(answers).to.have.length(rights.length);
      return Object.fromEntries(rights.map((right, i) => [right, answers[i] === 'true']));
    };
    /** Eventually: roles are aggregated, and bindings reach the authorizer, a moment after they are written. */
    const expectRights = async (
      user: string,
      namespace: string | undefined,
      expected: Record<string, boolean>,
    ): Promise<void> => {
      const read = (): Promise<Record<string, boolean>> => rightsOf(user, namespace, Object.keys(expected));
      const isAsExpected = (found: Record<string, boolean>): boolean =>
        Object.entries(expected).every(([right, allowed]) => found[right] === allowed);
      await eventually(`${user} may do exactly what is expected`, read, isAsExpected);
    };

    it('of view, edit and admin to those who have these roles in a namespace', async () => {
      await withNamespace(cluster, async (namespace) => {
        for (const role of ['view', 'edit', 'admin']) {
          const binding = ['rolebinding', role, `--clusterrole=${role}`, `--user=${role}@example.com`];
          await cluster.kubectl(['-n', namespace, 'create', ...binding]);
        }
        await expectRights('view@example.com', namespace, {
          'get workflows.foreshard.dev': true,
          'watch workflows.foreshard.dev': true,
          'list shardplans.foreshard.dev': true,
          'create workflows.foreshard.dev': false,
          'patch shardplans.foreshard.dev': false,
          'delete workflows.foreshard.dev': false,
        });
        await expectRights('edit@example.com', namespace, {
          'get workflows.foreshard.dev': true,
          'create workflows.foreshard.dev': true,
          'patch workflows.foreshard.dev': true,
          'delete workflows.foreshard.dev': true,
          'create shardplans.foreshard.dev': true,
          'patch workflows.foreshard.dev/status': false,
          'patch shardplans.foreshard.dev/status': false,
        });
        await expectRights('admin@example.com', namespace, {
          'create workflows.foreshard.dev': true,
          'deletecollection workflows.foreshard.dev': true,
          'patch workflows.foreshard.dev/status': true,
        });
        await expectRights('nobody@example.com', namespace, { 'get workflows.foreshard.dev': false });
        await expectRights('admin@example.com', 'default', { 'get workflows.foreshard.dev': false });
      });
    });

    it('to read forecasts, which belong to no namespace, to those who may view the whole cluster', async () => {
      const name = 'test-install-view';
      await cluster.kubectl([
        'create',
        'clusterrolebinding',
        name,
        '--clusterrole=view',
        '--user=all@example.com',
      ]);
      try {
        await expectRights('all@example.com', undefined, {
          'get nodeforecasts.foreshard.dev': true,
          'create nodeforecasts.foreshard.dev': false,
          'patch nodeforecasts.foreshard.dev/status': false,
        });
      } finally {
        await cluster.kubectl(['delete', 'clusterrolebinding', name]);
      }
    });

    it('to the operator for what it does, in every namespace, and no others', async () => {
      await expectRights(OPERATOR, 'default', {
        'watch workflows.foreshard.dev': true,
        'patch workflows.foreshard.dev/status': true,
        'patch workflows.foreshard.dev': false,
        'delete workflows.foreshard.dev': false,
        'create shardplans.foreshard.dev': true,
        'delete shardplans.foreshard.dev': false,
        'create jobs.batch': true,
        'create pods': false,
        'delete pods': false,
        'get secrets': false,
        'create events.events.k8s.io': true,
      });
      await expectRights(OPERATOR, undefined, {
        'patch nodeforecasts.foreshard.dev/status': true,
        'patch nodes': false,
      });
      await expectRights(OPERATOR, NAMESPACE, { 'update leases.coordination.k8s.io': true });
      await expectRights(OPERATOR, 'kube-system', { 'update leases.coordination.k8s.io': false });
    });
  });
});

function identity({ apiVersion, kind, metadata }: Named): string {
  return [apiVersion, kind, metadata.namespace ?? '', metadata.name].join(' ');
}

/** Without a namespace it asks for what belongs to none. */
function accessReview(user: string, namespace: string | undefined, right: string): object {
  const [, verb, resource, group, subresource] =
    /^([a-z]+) ([a-z]+)(?:\.([a-z0-9.]+))?(?:\/([a-z]+))?$/.exec(right) ?? [];
  return {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user, resourceAttributes: { verb, resource, group, subresource, namespace } },
  };
}

/** Nothing here provisions volumes, so the history's claim needs one that is there already. */
function volume(): object {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'test-install-history' },
    spec: {
      capacity: { storage: '20Gi' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        namespace: NAMESPACE,
        name: 'foreshard-history',
      },
      hostPath: { path: '/var/lib/foreshard' },
    },
  };
}
