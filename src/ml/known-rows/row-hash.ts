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

/** The finished hash, from 0 to 2^32 - 1. */
export function finishHash(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function mix(hash: number, word: number): number {
  let mixed = Math.imul(word, 0xcc9e2d51);
  mixed = (mixed << 15) | (mixed >>> 17);
  mixed = hash ^ Math.imul(mixed, 0x1b873593);
  mixed = (mixed << 13) | (mixed >>> 19);
  return (Math.imul(mixed, 5) + 0xe6546b64) | 0;
}
