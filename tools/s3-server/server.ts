/** An S3-compatible server on 127.0.0.1 over a temporary folder, with one bucket. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../control-plane/ports.ts';
import { startServer } from '../history/server-process.ts';

export const BUCKET = 'history';
export const ACCESS_KEY = 'test-key';
export const SECRET_KEY = 'test-secret';

export interface S3Server {
  readonly endpoint: string;
  /** Where the objects are as files, below a folder for each bucket. */
  readonly folder: string;
  /** What the clients of this and other processes find their way by. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export async function startS3Server(binary: string): Promise<S3Server> {
  const folder = await mkdtemp(join(tmpdir(), 'foreshard-s3-'));
  const [objects, attributes] = [join(folder, 'objects'), join(folder, 'attributes')];
  await mkdir(join(objects, BUCKET), { recursive: true });
  await mkdir(attributes);
  const address = `127.0.0.1:${String(await freePort())}`;
  const endpoint = `http://${address}`;
  const keys = ['--access', ACCESS_KEY, '--secret', SECRET_KEY];
  const args = [
    ...keys,
    '--port',
    address,
    '--health',
    '/health',
    '--quiet',
    'posix',
    '--sidecar',
    attributes,
    objects,
  ];
  const server = await startServer(binary, args, `${endpoint}/health`);
  return {
    endpoint,
    folder: objects,
    environment: {
      AWS_ACCESS_KEY_ID: ACCESS_KEY,
      AWS_SECRET_ACCESS_KEY: SECRET_KEY,
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_REGION: 'us-east-1',
    },
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
