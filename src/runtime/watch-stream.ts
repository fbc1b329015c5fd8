/**
 * The body of a watch: one JSON object a line. A line that cannot be read ends the stream with an error, because
 * what it said is lost: the reader must resume from the last version that it knows (client-node skips the line).
 */
import type { Readable } from 'node:stream';
import type { Status } from './api-error.ts';
import type { KubernetesObject } from './types.ts';

export type WatchEvent<T extends KubernetesObject> =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T }
  | { type: 'BOOKMARK'; object: KubernetesObject }
  | { type: 'ERROR'; object: Status };

const eventTypes = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']);

/** A watch line that is no event. */
export class MalformedWatchError extends Error {
  override readonly name = 'MalformedWatchError';
}

export async function* readWatchEvents<T extends KubernetesObject>(
  body: Readable,
  options: { path: string; onActivity?: (() => void) | undefined },
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const { path, onActivity } = options;
  body.setEncoding('utf8');
  // Parts of an unfinished line, joined only when its end comes: an object may arrive in many chunks.
  let parts: string[] = [];
  for await (const chunk of body as AsyncIterable<string>) {
    onActivity?.();
    let rest = chunk;
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      parts.push(rest.slice(0, end));
      const line = parts.join('');
      parts = [];
      rest = rest.slice(end + 1);
      if (line.trim() !== '') yield parseEvent<T>(line, path);
    }
    if (rest !== '') parts.push(rest);
  }
  const unfinished = parts.join('');
  if (unfinished.trim() !== '') {
    throw new MalformedWatchError(
      `Watch ${path} ended within a line of ${String(unfinished.length)} characters.`,
    );
  }
}

function parseEvent<T extends KubernetesObject>(line: string, path: string): WatchEvent<T> {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch {
    throw new MalformedWatchError(`Watch ${path} sent a line that is not JSON: ${line.slice(0, 100)}`);
  }
  if (!isEvent<T>(event)) throw new MalformedWatchError(`Watch ${path} sent no event: ${line.slice(0, 100)}`);
  return event;
}

function isEvent<T extends KubernetesObject>(value: unknown): value is WatchEvent<T> {
  if (typeof value !== 'object' || value === null || !('type' in value) || !('object' in value)) return false;
  const { type, object } = value;
  return typeof type === 'string' && eventTypes.has(type) && typeof object === 'object' && object !== null;
}
