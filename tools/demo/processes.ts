/**
 * Processes that stay when the demo's command has ended, and are found again by the demo's folder, which all of them
 * have in their command lines.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { isAlive, processesOf, signal } from '../control-plane/leftovers.ts';

const stopTimeoutMs = 30_000;
const lastLines = 15;

/** A process of the demo. */
export interface Background {
  readonly pid: number;
  /** Where its standard output and error go. */
  readonly log: string;
}

/** Starts one that outlives this process; `args` must name a file of `folder`. Its output goes to `<folder>/<name>.log`. */
export function startBackground(folder: string, name: string, args: readonly string[]): Background {
  const log = join(folder, `${name}.log`);
  const output = openSync(log, 'a');
  try {
    // A session of its own: a Ctrl-C in the terminal goes to the demo, which then ends all of them in order.
    const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', output, output] });
    child.unref();
    if (child.pid === undefined) throw new Error(`${name} could not be started: ${args.join(' ')}`);
    return { pid: child.pid, log };
  } finally {
    closeSync(output);
  }
}

/** The first line of JSON that a process writes. Fails when it ends before, with the last it said. */
export async function firstReport<T>({ pid, log }: Background): Promise<T> {
  for (;;) {
    const ended = !isAlive(pid);
    const line = (await readFile(log, 'utf8')).split('\n').find((text) => text.startsWith('{'));
    if (line !== undefined) return JSON.parse(line) as T;
    if (ended) throw new Error(`The process that writes ${log} has ended.\n${await tail(log)}`);
    await sleep(100);
  }
}

/** The end of a log. */
export async function tail(log: string): Promise<string> {
  return (await readFile(log, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-lastLines).join('\n');
}

/** Asks everything that runs for `folder` to end, and waits; what does not heed is left for `removeCluster`. */
export async function stopBackground(folder: string): Promise<void> {
  for (const { pid } of await processesOf(folder)) signal(pid, 'SIGTERM');
  const deadline = performance.now() + stopTimeoutMs;
  while ((await processesOf(folder)).length > 0 && performance.now() < deadline) await sleep(100);
}

/** Resident memory of a process in bytes, now and at most; undefined where the system does not tell. */
export async function memoryOf(pid: number): Promise<{ now: number; most: number } | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const bytes = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
  const [now, most] = [bytes('VmRSS'), bytes('VmHWM')];
  return Number.isNaN(now) || Number.isNaN(most) ? undefined : { now, most };
}
