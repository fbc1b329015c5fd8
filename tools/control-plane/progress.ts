/**
 * Progress of long work on standard error: in place on a terminal, else a line now and then, so that a log of a build
 * of ten minutes neither looks dead nor fills up.
 */

/** Where progress is told. Standard output is never used: it belongs to what a command answers. */
export interface Progress {
  /** One line that stays. */
  line(text: string): void;
  /** Shows `text` with its elapsed seconds until the returned function is called with how it ended. */
  start(text: string): (outcome: 'done' | 'failed') => void;
}

const terminalIntervalMs = 1_000;
const logIntervalMs = 15_000;

/** Progress on a stream, standard error unless told. */
export function progressOn(stream: NodeJS.WriteStream = process.stderr): Progress {
  return {
    line: (text) => stream.write(`${text}\n`),
    start: (text) => {
      const begun = performance.now();
      const status = (): string => `${text} ${String(Math.round((performance.now() - begun) / 1000))} s`;
      const show = stream.isTTY
        ? () => stream.write(`\r\x1b[K${status()}`)
        : () => stream.write(`${status()}\n`);
      show();
      const timer = setInterval(show, stream.isTTY ? terminalIntervalMs : logIntervalMs);
      return (outcome) => {
        clearInterval(timer);
        stream.write(`${stream.isTTY ? '\r\x1b[K' : ''}${status()}, ${outcome}\n`);
      };
    },
  };
}

/** Runs `work` under a progress line. */
export async function withProgress<T>(progress: Progress, text: string, work: () => Promise<T>): Promise<T> {
  const end = progress.start(text);
  try {
    const result = await work();
    end('done');
    return result;
  } catch (error) {
    end('failed');
    throw error;
  }
}
