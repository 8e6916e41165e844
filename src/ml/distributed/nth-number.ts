/** Bits of a number that one pass decides on. */
const BITS_PER_PASS = 16;
const PASSES = 64 / BITS_PER_PASS;
const KEYS = 2 ** BITS_PER_PASS;

/**
 * The number at a position, from 0, in the ascending order of numbers that are read in several passes; NaN is none of them. Exact, in four
 * passes and the memory of 65,536 counts, however many numbers there are: a radix selection by the bits of the doubles.
 */
export function nthNumber(pass: () => Iterable<Float64Array>, position: number): number {
  let prefix = 0n;
  let left = position;
  for (let step = 1; step <= PASSES; step++) {
    const counts = new Float64Array(KEYS);
    const shift = BigInt(64 - step * BITS_PER_PASS);
    for (const numbers of pass()) countKeys(numbers, prefix, step, counts);
    let key = 0;
    while (key < KEYS - 1 && left >= counts[key]!) left -= counts[key++]!;
    prefix |= BigInt(key) << shift;
  }
  return numberOfKey(prefix);
}

/** Counts, of the numbers whose leading bits are those that earlier passes decided on, the next bits. */
function countKeys(numbers: Float64Array, prefix: bigint, step: number, counts: Float64Array): void {
  const wanted = Array.from({ length: step - 1 }, (_, i) => Number((prefix >> BigInt(48 - 16 * i)) & 0xffffn));
  const number = new Float64Array(1);
  const words = new Uint16Array(number.buffer);
  for (const value of numbers) {
    if (Number.isNaN(value)) continue;
    // -0 and 0 are one number.
    number[0] = value + 0;
    const flip = words[3]! >= 0x8000 ? 0xffff : 0;
    const keyAt = (i: number): number => (words[3 - i]! ^ flip ^ (i === 0 && flip === 0 ? 0x8000 : 0)) & 0xffff;
    let isWanted = true;
    for (let i = 0; i < wanted.length && isWanted; i++) isWanted = keyAt(i) === wanted[i];
    if (isWanted) counts[keyAt(step - 1)]!++;
  }
}

/** Keys are in the order of their numbers: the bits of a negative one are inverted, and the sign of another one. */
function numberOfKey(key: bigint): number {
  const isNegative = key < 1n << 63n;
  const bits = BigInt.asUintN(64, isNegative ? ~key : key ^ (1n << 63n));
  return new Float64Array(BigUint64Array.of(bits).buffer)[0]!;
}
