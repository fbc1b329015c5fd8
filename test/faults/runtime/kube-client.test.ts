import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { expect } from 'chai';
import type { ApiError } from '../../../src/runtime/index.ts';
import {
  KubeClient,
  createEnvironment,
  isAlreadyExists,
  isConflict,
  isNotFound,
  resources,
} from '../../../src/runtime/index.ts';
import { FakeApiServer, type RecordedRequest, faults } from '../../support/fake-api-server.ts';
import { clientOf } from './harness.ts';

const widgets = { group: 'example.dev', version: 'v1', plural: 'widgets', kind: 'Widget', namespaced: true };
const key = { namespace: 'default', name: 'w' };

describe('The client', () => {
  let server: FakeApiServer;
  let client: KubeClient;

  beforeEach(async () => {
    server = await FakeApiServer.start();
    client = clientOf(server, { requestTimeoutMs: 150 });
  });

  afterEach(async () => {
    client.close();
    await server.close();
  });

  const last = (): RecordedRequest => server.requests.at(-1)!;
  const failure = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => undefined,
      (error: unknown) => error,
    );

  it('applies server-side with its content type, manager and force, to the object and to its status', async () => {
    await client.serverSideApply(widgets, { metadata: key }, { fieldManager: 'me' });
    expect(last().contentType).to.equal('application/apply-patch+yaml');
    expect(last().path).to.equal('/apis/example.dev/v1/namespaces/default/widgets/w');
    expect(Object.fromEntries(last().query)).to.deep.equal({ fieldManager: 'me', force: 'true' });
    expect(last().body).to.include({ apiVersion: 'example.dev/v1', kind: 'Widget' });
    await client.applyStatus(widgets, { metadata: key }, { fieldManager: 'me', force: false });
    expect(last().contentType).to.equal('application/apply-patch+yaml');
    expect(last().path).to.match(/\/widgets\/w\/status$/);
    expect(last().query.get('force')).to.equal('false');
  });

  it('patches with a merge unless told otherwise', async () => {
    server.put(widgets, { metadata: key });
    await client.patch(widgets, key, { status: { x: 1 } }, { subresource: 'status' });
    expect(last().contentType).to.equal('application/merge-patch+json');
    await client.patch(widgets, key, [], { contentType: 'json' });
    expect(last().contentType).to.equal('application/json-patch+json');
  });

  it('deletes with the policy and the preconditions that were asked for', async () => {
    server.put(widgets, { metadata: key });
    await client.delete(widgets, key, { propagationPolicy: 'Background', uid: 'u' });
    expect(last().body).to.deep.include({ propagationPolicy: 'Background', preconditions: { uid: 'u' } });
    expect(server.get(widgets, 'default/w')).to.equal(undefined);
  });

  it('throws errors that say what, where and why', async () => {
    const missing = await failure(client.get(widgets, key));
    expect(isNotFound(missing)).to.equal(true);
    expect((missing as ApiError).message).to.contain(
      'GET /apis/example.dev/v1/namespaces/default/widgets/w: 404',
    );
    await client.create(widgets, { metadata: key });
    const taken = await failure(client.create(widgets, { metadata: key }));
    expect([isAlreadyExists(taken), isConflict(taken)]).to.deep.equal([true, false]);
    const stale = await failure(client.update(widgets, { metadata: { ...key, resourceVersion: '1' } }));
    expect([isAlreadyExists(stale), isConflict(stale)]).to.deep.equal([false, true]);
  });

  it('gives up a call that is not answered', async () => {
    server.next('get', faults.hang());
    const startedAt = performance.now();
    const error = await failure(client.get(widgets, key));
    expect((error as Error).message).to.contain('no answer within 150 ms');
    expect(performance.now() - startedAt).to.be.lessThan(3000);
  });

  it('gives up a body that does not end', async () => {
    server.next('get', faults.bytes('{"kind":', { end: false }));
    const error = await failure(client.get(widgets, key));
    expect((error as Error).message).to.contain('no answer within 150 ms');
  });

  it('waits as long as Retry-After says, and no oftener than it was told to', async () => {
    server.put(widgets, { metadata: key });
    const busy = faults.httpError(429, 'TooManyRequests', { 'Retry-After': '0' });
    server.next('get', busy, busy);
    await client.get(widgets, key);
    expect(server.count('get')).to.equal(3);
    server.always('get', busy);
    expect(await failure(client.get(widgets, key))).to.include({ code: 429, retryAfterSeconds: 0 });
    expect(server.count('get')).to.equal(3 + 6);
  });

  it('does not repeat a write whose connection broke: it may have been done', async () => {
    server.put(widgets, { metadata: key });
    await client.get(widgets, key);
    server.next('create', faults.resetAtOnce());
    expect(await failure(client.create(widgets, { metadata: { ...key, name: 'x' } }))).to.be.instanceOf(
      Error,
    );
    expect(server.count('create')).to.equal(1);
  });

  it('keeps a connection for the next call', async () => {
    server.put(resources.nodes, { metadata: { name: 'a' } });
    const ports = new Set<number | undefined>();
    server.always('get', (exchange) => {
      ports.add(exchange.response.socket?.remotePort);
      exchange.serve();
    });
    for (let i = 0; i < 5; i++) await client.get(resources.nodes, { name: 'a' });
    expect(ports.size).to.equal(1);
  });

  it('sends the token of a file, as in a pod', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'runtime-token-'));
    const tokenFile = path.join(folder, 'token');
    writeFileSync(tokenFile, 'from-the-file');
    const config = new KubeConfig();
    config.loadFromOptions({
      clusters: [{ name: 'c', server: server.url, skipTLSVerify: true }],
      users: [{ name: 'u', authProvider: { name: 'tokenFile', config: { tokenFile } } }],
      contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
      currentContext: 'x',
    });
    let authorization: string | undefined;
    server.next('list', (exchange) => {
      authorization = exchange.response.req.headers.authorization;
      exchange.serve();
    });
    const inPod = new KubeClient(config, createEnvironment());
    await inPod.list(resources.nodes);
    inPod.close();
    rmSync(folder, { recursive: true });
    expect(authorization).to.equal('Bearer from-the-file');
  });
});
