/**
 * CPU of a plan against that of SAGA's HEFT on the same classic problem, in one run: the peer once, then each of ours in
 * fresh processes.
 *
 *     node bench/plan/against.ts --workflow FILE --python PATH [--nodes 32] [--runs 5] [--json]
 *
 * `FILE` is a recorded workflow (WfFormat 1.5); `montage-chameleon-dss-15d-001` of WfInstances has 2,122 tasks. `PATH` is
 * a Python with the package anrg-saga. Flags of Node.js itself hold for the fresh processes as well.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    workflow: { type: 'string' },
    python: { type: 'string' },
    nodes: { type: 'string', default: '32' },
    runs: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});
const { workflow, python } = options;
if (workflow === undefined || python === undefined)
  throw new Error('--workflow FILE and --python PATH are needed');

interface Fresh {
  readonly makespan: number;
  readonly cpuSeconds: number;
  readonly warmCpuSeconds: number;
}

const script = (name: string): string => join(import.meta.dirname, name);
const run = (command: string, args: readonly string[]): string =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

function peer(file: string): {
  readonly tasks: number;
  readonly cpuSeconds: number;
  readonly makespan: number;
} {
  const folder = mkdtempSync(join(tmpdir(), 'foreshard-bench-'));
  try {
    symlinkSync(resolve(file), join(folder, basename(file)));
    const problems = join(folder, 'problems');
    const args = ['--workflows', folder, '--nodes', options.nodes, '--export', problems];
    run(process.execPath, [script('classic.ts'), ...args]);
    const tasks =
      (JSON.parse(readFileSync(problems, 'utf8')) as { tasks: unknown[] }[])[0]?.tasks.length ?? 0;
    const [, line = ''] = run(python ?? '', [script('classic/peers.py'), problems, 'Heft'])
      .trim()
      .split('\n');
    const [seconds, makespan] = line.split(',').slice(-2).map(Number);
    return { tasks, cpuSeconds: seconds ?? NaN, makespan: makespan ?? NaN };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const saga = peer(workflow);
const rows = ['heft', 'plan'].map((what) => {
  const fresh = Array.from({ length: Number(options.runs) }, () => {
    const args = [script('classic/fresh.ts'), workflow, options.nodes, what];
    return JSON.parse(run(process.execPath, [...process.execArgv, ...args])) as Fresh;
  });
  const sorted = (of: (one: Fresh) => number): number[] => fresh.map(of).sort((a, b) => a - b);
  const cold = sorted((one) => one.cpuSeconds);
  const warm = sorted((one) => one.warmCpuSeconds);
  const middle = Math.trunc(fresh.length / 2);
  return {
    what: what === 'heft' ? 'our HEFT alone' : 'our whole plan',
    coldCpuSeconds: cold[middle],
    coldSpread: `${cold[0]?.toFixed(3) ?? ''}–${cold.at(-1)?.toFixed(3) ?? ''}`,
    timesLessCold: saga.cpuSeconds / (cold[middle] ?? NaN),
    warmCpuSeconds: warm[middle],
    timesLessWarm: saga.cpuSeconds / (warm[middle] ?? NaN),
    makespanToSaga: (fresh[0]?.makespan ?? NaN) / saga.makespan,
  };
});
if (options.json) console.log(JSON.stringify({ nodes: Number(options.nodes), saga, rows }));
else {
  console.table({ nodes: Number(options.nodes), ...saga });
  console.table(rows);
}
