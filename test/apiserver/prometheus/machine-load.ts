/** Load made on this machine on purpose, and what the kernel itself says of the machine's load. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';

const BUSY_LOOP = 'for (;;);';
const MIB = 2 ** 20;

/** One core at work, and memory taken, until `stop`. */
export async function makeLoad(memoryMiB: number): Promise<{ stop(): Promise<void> }> {
  const worker = new Worker(BUSY_LOOP, { eval: true });
  await once(worker, 'online');
  // Written to page by page: memory that nobody has touched is not used.
  const held = Array.from({ length: memoryMiB }, () => Buffer.alloc(MIB, 1));
  return {
    stop: async () => {
      held.length = 0;
      await worker.terminate();
    },
  };
}

/** Sends so much over the loopback device, evenly: it receives the same. */
export async function sendOverLoopback(bytesPerSecond: number, signal: AbortSignal): Promise<void> {
  const receiver = createSocket('udp4');
  receiver.bind(0, '127.0.0.1');
  await once(receiver, 'listening');
  const sender = createSocket('udp4');
  const { port } = receiver.address();
  const [everyMs, header] = [10, 28];
  const packet = Buffer.alloc(Math.round((bytesPerSecond * everyMs) / 1000 / 10) - header);
  const timer = setInterval(() => {
    for (let i = 0; i < 10; i++) sender.send(packet, port, '127.0.0.1');
  }, everyMs);
  if (!signal.aborted) await once(signal, 'abort');
  clearInterval(timer);
  sender.close();
  receiver.close();
}

/** Seconds that all cores together have worked since the machine began; waiting is not work. `/proc/stat`, 100 Hz. */
export async function workedSeconds(): Promise<number> {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (await readFile('/proc/stat', 'utf8'))
    .split('\n', 1)[0]!
    .split(/ +/)
    .map(Number);
  return (user + nice + system + irq + softirq) / 100;
}

/** Bytes that a new process could not get. */
export async function usedMemory(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'utf8');
  const kibibytes = (name: string): number => Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(text)?.[1]);
  return (kibibytes('MemTotal') - kibibytes('MemAvailable')) * 1024;
}

/** Bytes received and sent by the loopback device since the machine began. */
export async function loopbackBytes(): Promise<number> {
  const text = await readFile('/proc/net/dev', 'utf8');
  const fields = /^ *lo:(.*)$/m.exec(text)?.[1]?.trim().split(/ +/).map(Number) ?? [];
  return (fields[0] ?? NaN) + (fields[8] ?? NaN);
}
