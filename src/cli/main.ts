#!/usr/bin/env node
/**
 * The program `foreshard`, and, under the name `kubectl-foreshard`, the kubectl plugin.
 *
 * This file imports nothing, so that it runs on any Node and can say which one is needed.
 */

// The first that @kubernetes/client-node 2 runs on; package.json says it as well.
const REQUIRED: readonly [number, number] = [22, 19];

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const isNewEnough = major > REQUIRED[0] || (major === REQUIRED[0] && minor >= REQUIRED[1]);

if (isNewEnough) {
  const { run } = await import('./program.ts');
  await run(process.argv);
} else {
  const [wantedMajor, wantedMinor] = REQUIRED;
  console.error(
    `error: foreshard needs Node.js ${wantedMajor}.${wantedMinor} or newer, and this is ${process.versions.node}: install a newer one (nodejs.org), or put it first on PATH.`,
  );
  process.exitCode = 1;
}
