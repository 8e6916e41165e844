// Numbers in ascending order.

/** Bits of one digit: 2,048 counters for each of six digits stay in the processor's first cache. */
const DIGIT_BITS: u64 = 11;
const DIGITS: u64 = 6;
const BUCKETS: usize = 1 << 11;

/** Bytes of the counters of all digits. */
export const SORT_COUNTER_BYTES: i32 = 6 * 2048 * 4;

const SIGN: u64 = 1 << 63;

/** Moves the numbers among `count` to the front, without NaN, and with 0 for -0. Returns how many there are. */
export function gatherNumbers(values: usize, count: u32): u32 {
  let to = values;
  const end = values + ((<usize>count) << 3);
  for (let at = values; at < end; at += 8) {
    const value = load<f64>(at) + 0.0;
    store<f64>(to, value);
    to += (<usize>(value == value)) << 3;
  }
  return <u32>((to - values) >> 3);
}

/**
 * Sorts `count` numbers in index, f64; there must be no NaN and no -0 among them. A radix sort over their bits, least
 * significant digit first: with the sign turned over, and all bits of negative numbers, their order is the order of the
 * numbers. Takes 15 ns a number where most digits are the same in all, else 25 to 35 ns.
 *
 * @param spare room for as many more
 * @param counters SORT_COUNTER_BYTES of room
 */
export function sortNumbers(values: usize, spare: usize, count: u32, counters: usize): void {
  const end = values + ((<usize>count) << 3);
  memory.fill(counters, 0, SORT_COUNTER_BYTES);
  for (let at = values; at < end; at += 8) {
    const bits = load<i64>(at);
    const key = <u64>bits ^ (<u64>(bits >> 63) | SIGN);
    store<u64>(at, key);
    for (let digit: u64 = 0; digit < DIGITS; digit++) {
      const counter = counterOf(counters, key, digit);
      store<u32>(counter, load<u32>(counter) + 1);
    }
  }
  let source = values;
  let target = spare;
  for (let digit: u64 = 0; digit < DIGITS; digit++) {
    if (!startOffsets(counters, source, digit, count)) continue;
    const last = source + ((<usize>count) << 3);
    for (let at = source; at < last; at += 8) {
      const key = load<u64>(at);
      const counter = counterOf(counters, key, digit);
      const index = load<u32>(counter);
      store<u32>(counter, index + 1);
      store<u64>(target + ((<usize>index) << 3), key);
    }
    const other = source;
    source = target;
    target = other;
  }
  for (let at: usize = 0; at < (<usize>count) << 3; at += 8) {
    const key = load<i64>(source + at);
    store<u64>(values + at, <u64>key ^ (<u64>(~key >> 63) | SIGN));
  }
}

function counterOf(counters: usize, key: u64, digit: u64): usize {
  const value = <usize>((key >> (digit * DIGIT_BITS)) & (BUCKETS - 1));
  return counters + ((<usize>digit * BUCKETS + value) << 2);
}

/** Turns the counters of a digit into start offsets; false where all numbers have the same. */
function startOffsets(counters: usize, source: usize, digit: u64, count: u32): bool {
  if (load<u32>(counterOf(counters, load<u64>(source), digit)) == count) return false;
  let sum: u32 = 0;
  for (let value: usize = 0; value < BUCKETS; value++) {
    const counter = counters + ((<usize>digit * BUCKETS + value) << 2);
    const digitCount = load<u32>(counter);
    store<u32>(counter, sum);
    sum += digitCount;
  }
  return true;
}

/**
 * Joins equal neighbours of `count` ascending numbers: the distinct ones are moved to the front, and how often each
 * occurs goes to `counts`, f64. Returns how many there are.
 */
export function countRuns(values: usize, count: u32, counts: usize): u32 {
  let runs: usize = 0;
  let start: usize = 0;
  for (let index: usize = 0; index < count; index++) {
    const value = load<f64>(values + (index << 3));
    if (index + 1 < count && load<f64>(values + ((index + 1) << 3)) == value) continue;
    store<f64>(values + (runs << 3), value);
    store<f64>(counts + (runs << 3), <f64>(index + 1 - start));
    start = index + 1;
    runs++;
  }
  return <u32>runs;
}
