const NUMBER = new Float64Array(1);
const HALVES = new Uint32Array(NUMBER.buffer);

/** Where the hash of a row begins. */
export const ROW_HASH_SEED = 0x9e3779b9;

/** The hash of a row with one more value, in the manner of MurmurHash3; all values that are no number are alike. */
export function addToHash(hash: number, value: number): number {
  // Adding 0 makes 0 of -0.
  NUMBER[0] = Number.isNaN(value) ? Number.NaN : value + 0;
  return mix(mix(hash, HALVES[0]!), HALVES[1]!);
}

/** The same for many rows at once: hashes[i] becomes that with one more value, values[i]. */
export function addNumbersToHashes(hashes: Int32Array, values: Float64Array): void {
  // The words of an array are read where they are: a call for each value takes three times as long.
  const words = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
  for (let i = 0; i < hashes.length; i++) {
    const value = values[i]!;
    if (value === 0 || Number.isNaN(value)) hashes[i] = addToHash(hashes[i]!, value);
    else hashes[i] = mix(mix(hashes[i]!, words[2 * i]!), words[2 * i + 1]!);
  }
}

/** The same for whole numbers of which there are few: `values[codes[i]]` is added to hashes[i]. Each value is scrambled once. */
export function addCodesToHashes(hashes: Int32Array, codes: Int32Array, values: Float64Array): void {
  const words = new Int32Array(2 * values.length);
  for (let code = 0; code < values.length; code++) {
    NUMBER[0] = values[code]! + 0;
    words[2 * code] = scramble(HALVES[0]!);
    words[2 * code + 1] = scramble(HALVES[1]!);
  }
  for (let i = 0; i < hashes.length; i++) {
    const at = 2 * codes[i]!;
    hashes[i] = stir(stir(hashes[i]!, words[at]!), words[at + 1]!);
  }
}

/** The finished hash, from 0 to 2^32 - 1. */
export function finishHash(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function mix(hash: number, word: number): number {
  return stir(hash, scramble(word));
}

/** The part of mixing that depends on the word alone. */
function scramble(word: number): number {
  const mixed = Math.imul(word, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}

function stir(hash: number, scrambled: number): number {
  let mixed = hash ^ scrambled;
  mixed = (mixed << 13) | (mixed >>> 19);
  return (Math.imul(mixed, 5) + 0xe6546b64) | 0;
}
