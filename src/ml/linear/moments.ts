import type { NumberReader } from '../../runtime/predict/encode-features.ts';

export interface Moments {
  readonly mean: number;
  /** Of the population. */
  readonly deviation: number;
  /** By weight. */
  readonly missingRows: number;
}

/** Rows that are read at once: two passes over them find them in the processor's first cache. */
const ROWS_AT_ONCE = 2048;

/** Rows of a feature that are read between two yield points: about 10 ms. */
export const ROWS_PER_STEP = 2 ** 20;

/** Reads the numbers of some consecutive rows into the beginning of `values`; NaN where they are missing. */
export function readNumbers(
  numberAt: NumberReader,
  rows: Int32Array,
  start: number,
  count: number,
  values: Float64Array,
): void {
  for (let i = 0; i < count; i++) values[i] = numberAt(rows[start + i]!);
}

/**
 * Mean and deviation of the known numbers: those of some rows at a time, merged by the formula of Chan, Golub and LeVeque
 * (1979). Nothing cancels, and numbers that are all alike have a deviation of exactly 0. `weights`: how much each row counts;
 * null: 1. Yields now and then.
 */
export function* momentsOf(
  numberAt: NumberReader,
  rows: Int32Array,
  weights: Float64Array | null = null,
): Generator<void, Moments> {
  const values = new Float64Array(ROWS_AT_ONCE);
  let total = 0;
  let known = 0;
  let mean = 0;
  let squares = 0;
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
    if (start % ROWS_PER_STEP === ROWS_PER_STEP - ROWS_AT_ONCE) yield;
    const count = Math.min(ROWS_AT_ONCE, rows.length - start);
    readNumbers(numberAt, rows, start, count, values);
    const part = momentsOfPart(values, count, weights?.subarray(start, start + count) ?? null);
    total += part.total;
    if (part.known === 0) continue;
    const distance = part.mean - mean;
    const share = part.known / (known + part.known);
    squares += part.squares + distance * distance * known * share;
    mean += distance * share;
    known += part.known;
  }
  return { mean, deviation: known > 0 ? Math.sqrt(squares / known) : 0, missingRows: total - known };
}

interface PartMoments {
  /** What its rows weigh together, and those that are known. */
  readonly total: number;
  readonly known: number;
  readonly mean: number;
  /** The sum of the squared distances from the mean. */
  readonly squares: number;
}

/** By distances from the first number: alike numbers then have exactly that mean. */
function momentsOfPart(values: Float64Array, count: number, weights: Float64Array | null): PartMoments {
  const weightAt = (i: number): number => (weights === null ? 1 : weights[i]!);
  let total = 0;
  for (let i = 0; i < count; i++) total += weightAt(i);
  let first = 0;
  while (first < count && Number.isNaN(values[first])) first++;
  if (first === count) return { total, known: 0, mean: 0, squares: 0 };
  const origin = values[first]!;
  let known = 0;
  let sum = 0;
  for (let i = first; i < count; i++) {
    const distance = values[i]! - origin;
    if (Number.isNaN(distance)) continue;
    known += weightAt(i);
    sum += weightAt(i) * distance;
  }
  const mean = origin + sum / known;
  let squares = 0;
  for (let i = first; i < count; i++) {
    const distance = values[i]! - mean;
    if (!Number.isNaN(distance)) squares += weightAt(i) * distance * distance;
  }
  return { total, known, mean, squares };
}
