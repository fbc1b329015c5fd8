/** In a thread that a `Thread` has started: answers its calls, one after the other. */
import { parentPort } from 'node:worker_threads';
import type { Ask, Reply } from './thread.ts';

/**
 * @param answer takes what the `Thread` of the same types is called with
 * @param buffersOf of an answer: what is handed over instead of copied
 */
export function serveThread<Told>(
  answer: (call: never) => Told,
  buffersOf: (told: Told) => ArrayBuffer[] = () => [],
): void {
  parentPort?.on('message', ({ id, call }: Ask<never>) => {
    let reply: Reply<Told>;
    try {
      reply = { id, told: answer(call) };
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      reply = { id, error: { name, message } };
    }
    parentPort?.postMessage(reply, 'told' in reply ? buffersOf(reply.told) : []);
  });
}
