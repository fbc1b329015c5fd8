import { expect } from 'chai';
import type { Workflow } from '../../../src/api/types.generated.ts';
import { HistoryStore } from '../../../src/history/index.ts';
import type { Cluster } from '../../../tools/control-plane/cluster.ts';
import { findS3Server } from '../../../tools/s3-server/build.ts';
import { BUCKET, startS3Server, type S3Server } from '../../../tools/s3-server/server.ts';
import { eventually, sharedCluster, withNamespace } from '../../support/cluster.ts';
import { installOperator, startOperator } from '../../support/operator.ts';

const NODE = 'bucket-a';
const PLACE = `s3://${BUCKET}/operator`;

function workflow(namespace: string): string {
  const template = {
    name: 'work',
    estimatedDurationSeconds: 2,
    resources: { cpu: '1', memory: '1Gi' },
    nodeSelector: { pool: 'bucket' },
    template: {
      metadata: { annotations: { 'foreshard.dev/simulated-seconds': '2' } },
      spec: { containers: [{ name: 'main', image: 'registry.example.com/work:1' }] },
    },
  };
  return JSON.stringify({
    apiVersion: 'foreshard.dev/v1alpha1',
    kind: 'Workflow',
    metadata: { name: 'flow', namespace },
    spec: { templates: [template], tasks: ['a', 'b', 'c'].map((name) => ({ name, templateRef: 'work' })) },
  });
}

describe('The operator with its history in a bucket', function () {
  this.timeout(900_000); // the first run may have to fetch and build the server
  let cluster: Cluster;
  let server: S3Server;
  let stop = (): Promise<void> => Promise.resolve();
  let environment: NodeJS.ProcessEnv;

  before(async function () {
    const found = await findS3Server();
    if (found.binary === undefined) {
      console.log(`      ${found.reason}`);
      this.skip();
    }
    server = await startS3Server(found.binary);
    environment = { ...process.env };
    Object.assign(process.env, server.environment, { AWS_ENDPOINT_URL_S3: '' });
    cluster = await sharedCluster();
    await cluster.addNodes([{ name: NODE, cpu: 8, memory: '32Gi', labels: { pool: 'bucket' } }]);
    await installOperator(cluster);
    stop = async () => {
      process.env = environment;
      await cluster.deleteNode(NODE);
      await server.stop();
    };
  });

  after(() => stop());

  it('writes runs there, and reads them when it is started again', () =>
    withNamespace(cluster, async (namespace) => {
      const bucket = { url: PLACE, endpoint: server.endpoint };
      const start = () =>
        startOperator(cluster, {
          history: { bucket, flushSeconds: 1 },
          observe: { intervalSeconds: 1 },
        });
      const history = await HistoryStore.open(PLACE, { now: () => Date.now(), readOnly: true, bucket });
      const first = await start();
      try {
        await cluster.kubectl(['apply', '--server-side', '-f', '-'], workflow(namespace));
        await eventually(
          'three runs in the bucket',
          async () => (await history.readTaskRuns()).length,
          (runs) => runs === 3,
          60,
        );
        // A run is recorded when its Pod is seen to have ended, which may be before the status says so.
        await eventually(
          'three tasks succeeded',
          async () => {
            const args = ['-n', namespace, 'get', 'workflows.foreshard.dev', 'flow', '-o', 'json'];
            return (JSON.parse(await cluster.kubectl(args)) as Workflow).status?.taskCounts?.succeeded;
          },
          (succeeded) => succeeded === 3,
        );
      } finally {
        await first.stop();
      }
      const second = await start();
      try {
        const log = await eventually(
          'the second operator to have read them',
          () => Promise.resolve(second.log()),
          (lines) => lines.includes('task runs read'),
          40,
        );
        expect(log).to.include(PLACE);
        expect(log).to.match(/task runs read.*\b3\b/);
      } finally {
        await second.stop();
      }
      await history.close();
    }));
});
