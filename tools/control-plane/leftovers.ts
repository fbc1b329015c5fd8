/**
 * Finds and removes what a cluster left behind whose supervisor was itself killed: its processes are known by the
 * cluster's folder in their command lines.
 */
import { execFile } from 'node:child_process';
import { readdir, readFile, realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** A process and its command line, arguments separated by blanks. */
export interface ProcessInfo {
  readonly pid: number;
  readonly command: string;
}

/** The name of a temporary cluster folder: who made it, then random letters (`mkdtemp` adds them). */
export function temporaryPrefix(ownerPid: number): string {
  return `foreshard-cluster-${String(ownerPid)}-`;
}

const temporaryName = /^foreshard-cluster-(\d+)-/;

/** The processes whose command line names the folder. */
export async function processesOf(folder: string): Promise<ProcessInfo[]> {
  const all = await listProcesses();
  const inFolder = (command: string): boolean =>
    command.includes(`${folder}/`) || command.includes(`${folder} `);
  return all.filter(({ pid, command }) => pid !== process.pid && inFolder(`${command} `));
}

/** Whether the supervisor of the cluster in `folder` runs; its pid. */
export async function supervisorOf(folder: string): Promise<number | undefined> {
  const found = await processesOf(folder);
  return found.find(({ command }) => command.includes('supervisor.ts '))?.pid;
}

/** Ends by force what still runs in a folder, and removes it. */
export async function removeCluster(folder: string): Promise<void> {
  for (let left = await processesOf(folder); left.length > 0; left = await processesOf(folder)) {
    for (const { pid } of left) signal(pid, 'SIGKILL');
    await sleep(50);
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Removes this user's temporary clusters in `parent` that have neither owner nor supervisor any more. */
export async function sweep(parent: string): Promise<void> {
  // As `startCluster` names it: command lines are compared by text.
  const realParent = await realpath(parent);
  for (const name of await readdir(realParent)) {
    const ownerPid = temporaryName.exec(name)?.[1];
    if (ownerPid === undefined || isAlive(Number(ownerPid))) continue;
    const folder = join(realParent, name);
    const owner = await stat(folder).catch(() => undefined);
    if (owner?.uid !== process.getuid?.()) continue;
    // A supervisor that outlives its owner is on its way out, and removes the folder itself.
    if ((await supervisorOf(folder)) === undefined) await removeCluster(folder);
  }
}

/** Whether a process exists. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Sends a signal to a process that may be gone. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function listProcesses(): Promise<ProcessInfo[]> {
  if (process.platform !== 'linux') return await listWithPs();
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const processes = await Promise.all(
    pids.map(async (pid) => {
      const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return { pid: Number(pid), command: commandLine.split('\0').join(' ').trim() };
    }),
  );
  return processes.filter(({ command }) => command !== '');
}

async function listWithPs(): Promise<ProcessInfo[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axww', '-o', 'pid=,command='], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout.split('\n').flatMap((line) => {
    const match = /^\s*(\d+) (.*)$/.exec(line);
    return match === null ? [] : [{ pid: Number(match[1]), command: match[2] ?? '' }];
  });
}
