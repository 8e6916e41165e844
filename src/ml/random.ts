/**
 * The one source of chance in this folder: xoshiro128** 1.1 (Blackman and Vigna, 2018), seeded through splitmix32. 128 bits
 * of state, period 2^128 - 1, passes BigCrush; plain 32-bit integer operations, so every machine draws the same numbers.
 */
export interface Random {
  /** A whole number from 0 to 2^32 - 1. */
  uint32(): number;
  /** A number from 0 inclusive to 1 exclusive, in steps of 2^-32. */
  uniform(): number;
  /** A whole number from 0 to count - 1, each equally likely; count is 1 to 2^32. */
  below(count: number): number;
  /** Where the generator is: `resume` puts it, or another one, there again. */
  getState(): RandomState;
  setState(state: RandomState): void;
}

/** The four words of the state. */
export type RandomState = readonly [number, number, number, number];

/** A generator of its own for each whole-number seed; negative and large ones count modulo 2^32. */
export function createRandom(seed: number): Random {
  let mixer = seed | 0;
  const splitmix = (): number => {
    mixer = (mixer + 0x9e3779b9) | 0;
    let z = mixer;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return z ^ (z >>> 15);
  };
  let a = splitmix();
  let b = splitmix();
  let c = splitmix();
  let d = splitmix();

  const uint32 = (): number => {
    const scrambled = Math.imul(b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  const below = (count: number): number => {
    // Numbers from the incomplete last run of `count` are thrown away: without that, small results came up more often.
    const limit = 2 ** 32 - (2 ** 32 % count);
    let drawn = uint32();
    while (drawn >= limit) drawn = uint32();
    return drawn % count;
  };
  return {
    uint32,
    uniform: () => uint32() / 2 ** 32,
    below,
    getState: () => [a, b, c, d],
    setState: (state) => {
      [a, b, c, d] = state;
    },
  };
}

/**
 * A sample of `size` of the items, without repetition, each equally likely, in the order of the items.
 * Selection sampling (Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S). Cost: one draw for each item.
 */
export function sampleInOrder(items: Int32Array, size: number, random: Random): Int32Array {
  const sample = new Int32Array(size);
  let taken = 0;
  for (let i = 0; i < items.length && taken < size; i++) {
    if (random.below(items.length - i) < size - taken) sample[taken++] = items[i]!;
  }
  return sample;
}
