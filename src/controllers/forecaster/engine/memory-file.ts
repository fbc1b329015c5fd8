/**
 * What forecasts have learned, as one file: a head (JSON) that says of which series and models, then their numbers as
 * 32-bit floats, little-endian, and a checksum over all of it.
 *
 *   'FSM' and the version (4 bytes) · length of the head (4) · head · numbers · CRC-32 (4)
 */
import { crc32 } from 'node:zlib';
import type { SeriesMemoryState } from '../../../core/forecast/index.ts';
import type { Resource } from '../../../core/resources.ts';

/** To be raised with whatever makes old numbers mean something else. */
const VERSION = 1;
const MAGIC = [0x46, 0x53, 0x4d, VERSION] as const;
const HEAD_AT = 8;
const WORD = 4;

/** A memory and whose it is. */
export interface KeptMemory {
  readonly node: string;
  readonly resource: Resource;
  /** As in `spec.model`. */
  readonly asked: string;
  readonly state: SeriesMemoryState;
}

interface Head {
  /** Of the grid that origins are counted on. */
  readonly stepSeconds: number;
  readonly models: readonly { readonly asked: string; readonly model: string; readonly experts: string[] }[];
  readonly series: readonly {
    readonly node: string;
    readonly resource: Resource;
    /** Index of `models`. */
    readonly model: number;
    readonly judged: SeriesMemoryState['judged'];
    readonly numbers: number;
  }[];
}

/** The file is damaged, of another version, or of another grid. */
export class UnusableMemoryError extends Error {
  override name = 'UnusableMemoryError';
}

export function encodeMemories(memories: readonly KeptMemory[], stepSeconds: number): Uint8Array {
  const models = new Map<string, { index: number; model: Head['models'][number] }>();
  const series = memories.map(({ node, resource, asked, state }) => {
    const known = models.get(asked) ?? {
      index: models.size,
      model: { asked, model: state.model, experts: [...state.experts] },
    };
    models.set(asked, known);
    return { node, resource, model: known.index, judged: state.judged, numbers: state.values.length };
  });
  const head: Head = { stepSeconds, models: [...models.values()].map(({ model }) => model), series };
  const text = new TextEncoder().encode(JSON.stringify(head));
  const numbers = memories.reduce((sum, { state }) => sum + state.values.length, 0);
  const bytes = new Uint8Array(HEAD_AT + text.length + WORD * numbers + WORD);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint32(WORD, text.length, true);
  bytes.set(text, HEAD_AT);
  let at = HEAD_AT + text.length;
  for (const { state } of memories) {
    for (const value of state.values) {
      view.setFloat32(at, value, true);
      at += WORD;
    }
  }
  view.setUint32(at, crc32(bytes.subarray(0, at)), true);
  return bytes;
}

/** Throws UnusableMemoryError. */
export function decodeMemories(bytes: Uint8Array, stepSeconds: number): KeptMemory[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEAD_AT + WORD || MAGIC.some((byte, i) => i < WORD - 1 && bytes[i] !== byte)) {
    throw new UnusableMemoryError('it is no such file');
  }
  if (bytes[WORD - 1] !== VERSION) throw new UnusableMemoryError(`its version is not ${VERSION}`);
  const end = bytes.length - WORD;
  if (crc32(bytes.subarray(0, end)) !== view.getUint32(end, true)) {
    throw new UnusableMemoryError('it is damaged: its checksum is wrong');
  }
  const length = view.getUint32(WORD, true);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(HEAD_AT, HEAD_AT + length))) as Head;
  if (head.stepSeconds !== stepSeconds) {
    throw new UnusableMemoryError(
      `it is of steps of ${head.stepSeconds} s, and forecasts are now made on steps of ${stepSeconds} s`,
    );
  }
  let at = HEAD_AT + length;
  return head.series.flatMap(({ node, resource, model: index, judged, numbers }): KeptMemory[] => {
    const values = new Float32Array(numbers);
    for (let i = 0; i < numbers; i++, at += WORD) values[i] = view.getFloat32(at, true);
    const of = head.models[index];
    if (of === undefined) return [];
    const { asked, model, experts } = of;
    return [{ node, resource, asked, state: { model, experts, judged, values } }];
  });
}
