/** One running component: a child process with its log, its start and its end. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { ComponentCommand } from './components.ts';

const pollMs = 50;
const logTailBytes = 3_000;

/** A component that has been started. */
export class Component {
  readonly name: string;
  /** Resolves when the process has ended, with its exit code or signal. */
  readonly exited: Promise<string>;
  readonly #child: ChildProcess;
  readonly #log: string;
  #end: string | undefined;

  private constructor(name: string, child: ChildProcess, log: string) {
    this.name = name;
    this.#child = child;
    this.#log = log;
    this.exited = new Promise((resolve) => {
      const ended = (how: string): void => {
        this.#end = how;
        resolve(how);
      };
      child.on('exit', (code, signal) => ended(signal ?? `exit code ${String(code)}`));
      child.on('error', (error) => ended(error.message));
    });
  }

  /** Starts it; its output goes to `<name>.log` in the folder `logs`. */
  static start(command: ComponentCommand, logs: string): Component {
    const log = join(logs, `${command.name}.log`);
    const output = openSync(log, 'a');
    try {
      const child = spawn(command.program, command.args, {
        stdio: ['ignore', output, output],
        env: { ...process.env, ...command.env },
      });
      return new Component(command.name, child, log);
    } finally {
      closeSync(output);
    }
  }

  /** Waits until `probe` says yes. Fails with the end of the log when the process ends first or time is up. */
  async ready(probe: () => Promise<boolean>, timeoutSeconds: number): Promise<void> {
    const deadline = performance.now() + timeoutSeconds * 1_000;
    while (!(await probe())) {
      if (this.#end !== undefined)
        throw new ComponentError(this.name, `ended (${this.#end})`, this.logTail());
      if (performance.now() > deadline) {
        throw new ComponentError(
          this.name,
          `was not ready after ${String(timeoutSeconds)} s`,
          this.logTail(),
        );
      }
      await sleep(pollMs);
    }
  }

  /** Asks it to end and waits; kills it when it has not ended after `graceSeconds`. */
  async stop(graceSeconds: number): Promise<void> {
    if (this.#end !== undefined) return;
    this.#child.kill('SIGTERM');
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), graceSeconds * 1_000);
    await this.exited;
    clearTimeout(killer);
  }

  /** The end of what it has written. */
  logTail(): string {
    return readFileSync(this.#log, 'utf8').slice(-logTailBytes).trim();
  }
}

/** A component that did not start, or ended by itself. */
export class ComponentError extends Error {
  override readonly name = 'ComponentError';

  constructor(component: string, what: string, log: string) {
    super(`${component} ${what}. The end of its log:\n${log || '(nothing)'}`);
  }

  /** Whether another process had taken the port in the meantime. */
  get portTaken(): boolean {
    return /address already in use/i.test(this.message);
  }
}
