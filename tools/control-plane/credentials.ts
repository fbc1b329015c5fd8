/**
 * The secrets of a cluster: an admin token, the key that signs service account tokens, and the kubeconfig.
 */
import { generateKeyPair, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

import type { ClusterFiles } from './components.ts';

/** Writes the token file and the service account key pair; returns the admin token. */
export async function writeCredentials(files: ClusterFiles): Promise<string> {
  await mkdir(files.certificates, { recursive: true });
  const token = randomBytes(16).toString('hex');
  const keys = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  await Promise.all([
    writeFile(files.tokens, `${token},admin,admin,system:masters\n`, { mode: 0o600 }),
    writeFile(files.serviceAccountKey, keys.privateKey, { mode: 0o600 }),
    writeFile(files.serviceAccountPublicKey, keys.publicKey),
  ]);
  return token;
}

/** Writes the admin's kubeconfig, with the API server's certificate inside so that the file can be copied. */
export async function writeKubeconfig(files: ClusterFiles, url: string, token: string): Promise<void> {
  const authority = (await readFile(files.servingCertificate)).toString('base64');
  // The token is quoted: 32 hex digits with one e among them would be read as a number.
  const text = `apiVersion: v1
kind: Config
clusters:
  - name: foreshard
    cluster:
      server: "${url}"
      certificate-authority-data: ${authority}
users:
  - name: admin
    user:
      token: "${token}"
contexts:
  - name: foreshard
    context:
      cluster: foreshard
      user: admin
current-context: foreshard
`;
  await writeFile(files.kubeconfig, text, { mode: 0o600 });
}
