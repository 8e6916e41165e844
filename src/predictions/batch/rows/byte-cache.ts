/** Longer texts are hardly ever the same. */
const MAX_TEXT_BYTES = 64;
/** With more distinct texts than that a column has names or numbers, and a cache does not help. */
const MAX_TEXTS = 1 << 14;
const SLOTS = MAX_TEXTS * 2;

/** What was made of texts before, found by their bytes: most cells of a column are like some other. */
export class ByteCache {
  /** For each slot the number of its entry, from 1; 0 is empty. */
  readonly #slots = new Uint16Array(SLOTS);
  readonly #ends = new Uint32Array(MAX_TEXTS + 1);
  #bytes = new Uint8Array(1 << 12);
  #count = 0;
  #slot = 0;

  /** The number of the text, from 0; -1 where it is not known. */
  find(bytes: Uint8Array, start: number, end: number): number {
    let hash = 0x811c9dc5;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    this.#slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    for (;;) {
      const entry = this.#slots[this.#slot]!;
      if (entry === 0) return -1;
      if (this.#isEntry(entry, bytes, start, end)) return entry - 1;
      this.#slot = (this.#slot + 1) & (SLOTS - 1);
    }
  }

  /** Remembers the text that `find` has just not found, and returns its number; -1 where there is no room for it. */
  add(bytes: Uint8Array, start: number, end: number): number {
    if (end - start > MAX_TEXT_BYTES || this.#count === MAX_TEXTS) return -1;
    const from = this.#ends[this.#count]!;
    const to = from + end - start;
    if (to > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(to, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    for (let at = start, into = from; at < end; at++, into++) this.#bytes[into] = bytes[at]!;
    this.#count += 1;
    this.#ends[this.#count] = to;
    this.#slots[this.#slot] = this.#count;
    return this.#count - 1;
  }

  #isEntry(entry: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.#ends[entry - 1]!;
    if (this.#ends[entry]! - from !== end - start) return false;
    for (let at = start, own = from; at < end; at++, own++) if (this.#bytes[own] !== bytes[at]) return false;
    return true;
  }
}
