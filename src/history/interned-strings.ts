/**
 * Strings of a column, decoded once each: a million rows name a thousand nodes. What is equal is the same string, whose
 * hash is known, so that looking it up in a Map costs next to nothing.
 */

/** A power of two; a file of more different strings decodes some of them again. */
const SLOTS = 4096;

interface Entry {
  readonly bytes: Uint8Array;
  readonly text: string;
}

export class InternedStrings {
  readonly #slots: (Entry | undefined)[] = new Array<Entry | undefined>(SLOTS).fill(undefined);
  readonly #texts = new Map<string, string>();
  readonly #decoder = new TextDecoder();

  decode(bytes: Uint8Array): string {
    const slot = hashOf(bytes) & (SLOTS - 1);
    const entry = this.#slots[slot];
    if (entry !== undefined && isEqual(entry.bytes, bytes)) return entry.text;
    const decoded = this.#decoder.decode(bytes);
    const text = this.#texts.get(decoded) ?? decoded;
    this.#texts.set(text, text);
    // A copy: the bytes are a view of a whole page.
    this.#slots[slot] = { bytes: bytes.slice(), text };
    return text;
  }
}

/** FNV-1a, 32 bits. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash ^ (hash >>> 15);
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
