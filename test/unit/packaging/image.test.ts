/** The Dockerfile, the Deployment and package.json say the same. */
import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import yaml from 'js-yaml';
import { readConfiguration } from '../../../src/api/configuration.ts';
import { operatorCommand } from '../../../src/cli/operator.ts';

interface Deployment {
  kind: string;
  spec: {
    template: {
      spec: {
        securityContext: { runAsUser: number; runAsGroup: number; fsGroup: number };
        containers: {
          image: string;
          args: string[];
          ports: { name: string; containerPort: number }[];
          volumeMounts: { name: string; mountPath: string }[];
        }[];
      };
    };
  };
}

const read = (path: string): Promise<string> =>
  readFile(new URL(`../../../${path}`, import.meta.url), 'utf8');

describe("the operator's image", () => {
  let dockerfile: string;
  let manifest: { version: string; devDependencies: { node: string } };
  let pod: Deployment['spec']['template']['spec'];
  let container: (typeof pod)['containers'][number];

  before(async () => {
    dockerfile = await read('Dockerfile');
    manifest = JSON.parse(await read('package.json')) as typeof manifest;
    const objects = yaml.loadAll(await read('config/manager/deployment.yaml')) as Deployment[];
    pod = objects.find(({ kind }) => kind === 'Deployment')!.spec.template.spec;
    container = pod.containers[0]!;
  });

  it('has the Node.js that the tests run on', () => {
    expect(dockerfile).to.include(`\nARG NODE_VERSION=${manifest.devDependencies.node}\n`);
  });

  it('has the version of the package as its tag', () => {
    expect(container.image).to.equal(`foreshard/operator:${manifest.version}`);
    expect(dockerfile).to.include(`docker build -t ${container.image} .`);
  });

  it('runs as the user, and owns its volume as the group, that the Deployment says', () => {
    const { runAsUser, runAsGroup, fsGroup } = pod.securityContext;
    expect(dockerfile).to.include(`\nUSER ${runAsUser}:${runAsGroup}\n`);
    expect(fsGroup).to.equal(runAsGroup);
  });

  it('starts `foreshard operator`, which takes the arguments of the Deployment', () => {
    expect(dockerfile.trim().split('\n').at(-1)).to.match(/^ENTRYPOINT \[.*"operator"\]$/);
    const command = operatorCommand().exitOverride();
    const { operands, unknown } = command.parseOptions(container.args);
    expect({ operands, unknown }).to.deep.equal({ operands: [], unknown: [] });
    expect(command.opts().config).to.equal('/etc/foreshard/operator.yaml');
  });

  it('listens on the ports, and writes below the mounts, that the Deployment says', async () => {
    const configuration = readConfiguration(yaml.load(await read('config/manager/operator.yaml')));
    const port = (name: string): string =>
      `:${container.ports.find((p) => p.name === name)?.containerPort ?? 'none'}`;
    expect(configuration.metrics.bindAddress).to.equal(port('metrics'));
    expect(configuration.health.bindAddress).to.equal(port('health'));
    const mount = container.volumeMounts.find(({ name }) => name === 'history')?.mountPath ?? 'none';
    expect(configuration.history.directory).to.match(new RegExp(`^${mount}/`));
  });
});
