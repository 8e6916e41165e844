// Numbers, straight from bytes.

import { allocate } from '../../runtime/assembly/arena';

const ZERO: u32 = 48;
const POINT: u32 = 46;
const PLUS: u32 = 43;
const MINUS: u32 = 45;
const LOWER_E: u32 = 101;

/** 10^0 to 10^22: all the powers of ten that a double holds exactly. */
const POWERS_OF_TEN = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
]);

/** As in src/tabular/types/number-format.ts. */
const MAX_NUMBER_LENGTH: usize = 400;

/** Whole numbers are exact in a double up to here. */
const MAX_EXACT: u64 = 1 << 53;

/** The powers of five of which the first 128 bits are known, from 5^-MIN_POWER on: what files hold lies well within. */
const MIN_POWER: i32 = -128;
const MAX_POWER: i32 = 127;
export const powersOfFive: usize = allocate((MAX_POWER - MIN_POWER + 1) * 16);

/** Where the last number ended: the address of the first byte after it. */
export let numberEnd: usize = 0;

/**
 * For each offset of the decimal mark and of the end among 16 bytes, where `mark == end` says that there is no mark: which
 * bytes are the last digits, and so on to the first; 0x80, which selects a zero, before it.
 */
const DIGIT_SHUFFLES: usize = allocate(16 * 16 * 16);

for (let mark = 0; mark < 16; mark++) {
  for (let end = mark; end < 16; end++) {
    let from = end - 1;
    for (let to = 15; to >= 0; to--) {
      if (from == mark) from--;
      store<u8>(DIGIT_SHUFFLES + (((mark << 4) + end) << 4) + to, from >= 0 ? <u8>from : 0x80);
      from--;
    }
  }
}

/**
 * The number that begins at `start`: [sign] digits [mark digits] [e exponent], as far as it goes, equal to Number(text)
 * in every bit. NaN where none does, or where only TypeScript can tell: more than 19 digits, many zeros, a magnitude outside
 * the fast range, a decimal that lies too close to the middle of two doubles; and where it may be a code: whole numbers
 * with a zero before them (01234), and those whose exponent has no sign (896e3).
 *
 * Numbers of up to 15 bytes without exponent, as most are, are taken without a loop: how many digits come is hard to
 * predict, and each wrong guess of the processor takes as long as reading the number.
 *
 * @param start 16 bytes more must be there, and a byte that is no part of a number among what follows
 */
export function parseNumber(start: usize, decimal: u32): f64 {
  const sign = <u32>load<u8>(start);
  const isNegative = sign == MINUS;
  const first = start + <usize>(isNegative || sign == PLUS);
  const digits = i8x16.sub(v128.load(first), i8x16.splat(<i8>ZERO));
  const others = i8x16.bitmask(i8x16.gt_u(digits, i8x16.splat(9)));
  const mark = ctz(others);
  let end = mark;
  let count = mark;
  if (<u32>load<u8>(first + mark) == decimal) {
    end = ctz(others & (others - 1));
    count = end - 1;
  }
  // 32 where 16 digits and more come.
  if (end >= 16 || (<u32>load<u8>(first + end) | 32) == LOWER_E) return parseLong(start, decimal);
  if (count == 0) return NaN;
  // 01234, but not 0, 0.5 or 00.5.
  if (count > 1 && end == mark && <u32>load<u8>(first) == ZERO) return NaN;
  numberEnd = first + end;
  const aligned = i8x16.swizzle(digits, v128.load(DIGIT_SHUFFLES + (((mark << 4) + end) << 4)));
  // Neighbours are joined to numbers of two digits, those to numbers of four: lanes of 0 to 9,999.
  const pairs = i16x8.add(i16x8.mul(v128.and(aligned, i16x8.splat(0xff)), i16x8.splat(10)), i16x8.shr_u(aligned, 8));
  const fours = i32x4.dot_i16x8_s(pairs, i32x4.splat((1 << 16) | 100));
  const high = <u64>(<u32>i32x4.extract_lane(fours, 0) * 10000 + <u32>i32x4.extract_lane(fours, 1));
  const low = <u64>(<u32>i32x4.extract_lane(fours, 2) * 10000 + <u32>i32x4.extract_lane(fours, 3));
  // At most 15 digits: exact in a double, as is the power of ten.
  const value = <f64>(<i64>(high * 100000000 + low));
  const magnitude = count == mark ? value : value / load<f64>(POWERS_OF_TEN + ((<usize>(end - mark - 1)) << 3));
  return isNegative ? -magnitude : magnitude;
}

/** parseNumber for numbers of any length, byte by byte. */
function parseLong(start: usize, decimal: u32): f64 {
  let at = start;
  let digit = <u32>load<u8>(at) - ZERO;
  const isNegative = digit == MINUS - ZERO;
  if (isNegative || digit == PLUS - ZERO) digit = <u32>load<u8>(++at) - ZERO;
  const first = at;
  let mantissa: u64 = 0;
  while (digit < 10) {
    mantissa = mantissa * 10 + digit;
    digit = <u32>load<u8>(++at) - ZERO;
  }
  let digits = <i32>(at - first);
  let exponent: i32 = 0;
  if (digit + ZERO == decimal) {
    const fraction = ++at;
    digit = <u32>load<u8>(at) - ZERO;
    while (digit < 10) {
      mantissa = mantissa * 10 + digit;
      digit = <u32>load<u8>(++at) - ZERO;
    }
    exponent = <i32>(fraction - at);
    digits -= exponent;
  }
  if (digits == 0) return NaN;
  // Leading zeros do not fill the 64 bits.
  if (digits > 19 && digits - leadingZeros(first, decimal) > 19) return NaN;
  const isWhole = exponent == 0 && <u32>load<u8>(at - 1) != decimal;
  if (isWhole && digits > 1 && <u32>load<u8>(first) == ZERO) return NaN;
  if (((digit + ZERO) | 32) == LOWER_E) {
    if (isWhole && <u32>load<u8>(at + 1) - ZERO < 10) return NaN;
    const power = parseExponent(at + 1);
    if (power == NO_EXPONENT) return NaN;
    exponent += power;
    at = exponentEnd;
  }
  if (at - start > MAX_NUMBER_LENGTH) return NaN;
  numberEnd = at;
  const magnitude =
    mantissa <= MAX_EXACT && exponent >= -22 && exponent <= 22
      ? exactly(mantissa, exponent)
      : nearest(mantissa, exponent);
  return isNegative ? -magnitude : magnitude;
}

/** Zeros at the start of a number, also beyond its decimal mark. */
function leadingZeros(start: usize, decimal: u32): i32 {
  let zeros: i32 = 0;
  let byte = <u32>load<u8>(start);
  for (let at = start; byte == ZERO || byte == decimal; byte = <u32>load<u8>(++at)) zeros += <i32>(byte == ZERO);
  return zeros;
}

const NO_EXPONENT: i32 = i32.MIN_VALUE;
let exponentEnd: usize = 0;

/** The whole number that begins at `start`, with its end in `exponentEnd`; NO_EXPONENT where none does. */
function parseExponent(start: usize): i32 {
  let at = start;
  let digit = <u32>load<u8>(at) - ZERO;
  const isNegative = digit == MINUS - ZERO;
  if (isNegative || digit == PLUS - ZERO) digit = <u32>load<u8>(++at) - ZERO;
  const first = at;
  let power: i32 = 0;
  while (digit < 10) {
    // Beyond any double in any case; kept from overflowing.
    power = min(power * 10 + <i32>digit, 100000);
    digit = <u32>load<u8>(++at) - ZERO;
  }
  exponentEnd = at;
  if (at == first) return NO_EXPONENT;
  return isNegative ? -power : power;
}

/**
 * With at most 2^53 as its digits and a power of ten up to 22, a decimal number is one whole number multiplied or
 * divided by another, both exact in a double, and IEEE 754 rounds that one operation correctly (W. D. Clinger, "How to
 * Read Floating Point Numbers Accurately", 1990).
 */
function exactly(mantissa: u64, exponent: i32): f64 {
  const value = <f64>(<i64>mantissa);
  if (exponent == 0) return value;
  if (exponent < 0) return value / load<f64>(POWERS_OF_TEN - ((<usize>exponent) << 3));
  return value * load<f64>(POWERS_OF_TEN + ((<usize>exponent) << 3));
}

let productHigh: u64 = 0;
let productLow: u64 = 0;

/** The 128 bits of a product of two 64-bit numbers, from those of their halves. */
function multiply(left: u64, right: u64): void {
  const leftLow = left & 0xffffffff;
  const leftHigh = left >> 32;
  const rightLow = right & 0xffffffff;
  const rightHigh = right >> 32;
  const low = leftLow * rightLow;
  const cross = leftHigh * rightLow + (low >> 32);
  const middle = leftLow * rightHigh + (cross & 0xffffffff);
  productHigh = leftHigh * rightHigh + (cross >> 32) + (middle >> 32);
  productLow = (middle << 32) | (low & 0xffffffff);
}

/**
 * The double nearest to mantissa * 10^exponent, from the first 128 bits of the power of five (D. Lemire, "Number Parsing
 * at a Gigabyte per Second", 2021); NaN where those do not decide, and beyond the normal range of doubles.
 */
function nearest(mantissa: u64, exponent: i32): f64 {
  if (mantissa == 0) return 0;
  if (exponent < MIN_POWER || exponent > MAX_POWER) return NaN;
  const shift = clz(mantissa);
  const digits = mantissa << shift;
  const power = powersOfFive + ((<usize>(exponent - MIN_POWER)) << 4);
  multiply(digits, load<u64>(power));
  // The bits below those of a double are all ones: what was left out of the power may carry into them.
  if ((productHigh & 0x1ff) == 0x1ff) {
    const high = productHigh;
    const low = productLow;
    multiply(digits, load<u64>(power, 8));
    productLow = low + productHigh;
    productHigh = high + <u64>(productLow < low);
    if (productLow == u64.MAX_VALUE) return NaN;
  }
  const upper = productHigh >> 63;
  let bits = productHigh >> (upper + 9);
  // 217706 / 2^16 is log2(10): the power of two of the result, biased by 1023.
  const binary = <i64>((217706 * exponent) >> 16) + 63 + <i64>upper - <i64>shift + 1023;
  if (binary <= 0) return NaN;
  // Exactly between two doubles: to the even one. Only small powers of five leave no remainder.
  if (productLow <= 1 && exponent >= -4 && exponent <= 23 && (bits & 3) == 1 && bits << (upper + 9) == productHigh) {
    bits &= ~1;
  }
  bits = (bits + (bits & 1)) >> 1;
  // Rounding up may carry into the next power of two; adding the bits does just that.
  const packed = ((<u64>(binary - 1)) << 52) + bits;
  return packed >= 0x7ff0000000000000 ? NaN : reinterpret<f64>(packed);
}
