/** Free TCP ports on 127.0.0.1. */
import { createServer } from 'node:net';

/**
 * Ports that were free a moment ago, all different. Another process may take one before it is used: who starts a
 * server on it must be ready to try again with others.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listen));
  return await Promise.all(servers.map(async ({ port, close }) => (await close(), port)));
}

/** One such port. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error('The system gave no port on 127.0.0.1.');
  return port;
}

function listen(): Promise<{ port: number; close: () => Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') {
        reject(new Error('The system gave no port on 127.0.0.1.'));
        return;
      }
      const close = (): Promise<void> => new Promise((closed) => server.close(() => closed()));
      resolve({ port: address.port, close });
    });
  });
}
