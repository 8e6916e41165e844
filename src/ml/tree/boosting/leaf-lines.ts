import { factorCholesky, solveFactored } from '../../linear/cholesky.ts';
import type { TrainingWasm } from '../../parallel/training-wasm.ts';
import { runToEnd } from '../../steps.ts';
import type { MatrixShare } from '../binning/binned-matrix.ts';
import { type LeafPenalty, newtonStep } from '../splitting/newton-step.ts';

/** The most slopes of a leaf: as many as compiled loops have room for. */
export const MAX_SLOPES = 8;

/** Numbers of a slot and of its sums: see src/ml/assembly/linear-leaves.ts. */
const SLOT_LENGTH = 5;
const SUMS_LENGTH = 10;

/**
 * The penalty on slopes beside l2, for each as if its feature had a standard deviation of 1 over the training rows. Of 0.1, 1, 5
 * and 20 see benchmarks/linear-leaves.txt.
 */
const SLOPE_L2 = 1;

/** A slope of a leaf: for each bin that a row's own is above the middle the leaf adds so much. */
export interface Slope {
  readonly feature: number;
  /** The lowest bin, 256 times the middle one and 65,536 times the highest, see LeafSlopes. */
  readonly bins: number;
  readonly slope: number;
}

/** The lines of the leaves of a step, in shared memory: MAX_SLOPES numbers for each leaf. */
export interface SharedLines {
  /** How many slopes each leaf may have, then has. */
  readonly counts: Int32Array;
  /** The features that they are of, and their bins. */
  readonly features: Int32Array;
  readonly bins: Int32Array;
  readonly slopes: Float64Array;
  /** For each feature the variance of its bins over the training rows. */
  readonly variances: Float64Array;
}

/** Makes the arrays for so many leaves. */
export function createLines(matrix: MatrixShare, leaves: number, wasm: TrainingWasm): SharedLines {
  const variances = wasm.doubles(matrix.featureCount);
  for (let f = 0; f < variances.length; f++) if (matrix.isCategory[f] === 0) variances[f] = binVariance(matrix, f);
  return {
    counts: wasm.integers(leaves),
    features: wasm.integers(leaves * MAX_SLOPES),
    bins: wasm.integers(leaves * MAX_SLOPES),
    slopes: wasm.doubles(leaves * MAX_SLOPES),
    variances,
  };
}

/** Over the rows whose value is known; 0 without any. */
function binVariance({ columns, binCounts }: MatrixShare, feature: number): number {
  const counts = new Float64Array(binCounts[feature]!);
  for (const bin of columns[feature]!) counts[bin]!++;
  const known = counts.subarray(0, -1);
  const rows = known.reduce((sum, count) => sum + count, 0) || 1;
  const mean = known.reduce((sum, count, bin) => sum + count * bin, 0) / rows;
  return known.reduce((sum, count, bin) => sum + count * (bin - mean) ** 2, 0) / rows;
}

/** Room of one thread for the slots of a leaf, what is summed over its rows, and its slopes; in wasm memory. */
export interface LineRoom {
  readonly slots: Int32Array;
  readonly sums: Float64Array;
  readonly slopes: Float64Array;
}

export function createLineRoom(wasm: TrainingWasm): LineRoom {
  return {
    slots: wasm.integers(MAX_SLOPES * SLOT_LENGTH),
    sums: wasm.doubles(MAX_SLOPES * SUMS_LENGTH),
    slopes: wasm.doubles(MAX_SLOPES),
  };
}

/** Where the rows of a leaf are in the order of rows. */
export type RowRanges = readonly (readonly [from: number, to: number])[];

/** What is summed over the rows of a leaf: addresses, 0 where every row counts 1, or where all rows are fitted to. */
export interface LineRows {
  readonly gradients: number;
  readonly hessians: number;
  readonly roles: number;
  readonly rows: number;
  readonly ranges: RowRanges;
}

/** Sets up a feature's slot. */
export function setSlot(
  { slots }: LineRoom,
  at: number,
  { columns, binCounts }: MatrixShare,
  wasm: TrainingWasm,
  { feature, bins }: Omit<Slope, 'slope'>,
): void {
  const from = at * SLOT_LENGTH;
  slots[from] = wasm.addressOf(columns[feature]!);
  slots[from + 1] = binCounts[feature]! - 1;
  for (let i = 0; i < 3; i++) slots[from + 2 + i] = (bins >>> (8 * i)) & 255;
}

/** Where the bins of a feature lie over a leaf's rows; null where they are all one. */
export function spanOf(
  room: LineRoom,
  matrix: MatrixShare,
  wasm: TrainingWasm,
  feature: number,
  { hessians, roles, rows, ranges }: LineRows,
): number | null {
  setSlot(room, 0, matrix, wasm, { feature, bins: 0 });
  const span = room.sums.subarray(0, 4);
  span.set([255, 0, 0, 0]);
  const [slot, sums] = [wasm.addressOf(room.slots), wasm.addressOf(span)];
  for (const [from, to] of ranges) wasm.functions.spanBins(slot, hessians, roles, rows, from, to, sums);
  // Four numbers.
  const [lowest, highest, weight, sum] = [span[0]!, span[1]!, span[2]!, span[3]!];
  if (lowest >= highest || !(weight > 0)) return null;
  const middle = Math.max(lowest, Math.min(highest, Math.round(sum / weight)));
  return lowest + 256 * middle + 65_536 * highest;
}

/**
 * Newton's step of a leaf's value and slopes together, from its rows' sums of gradients and hessians and those of its distances
 * (see sumDistances), of slots of these features: the minimum of the sum over the rows of g s + h s^2 / 2, where
 * s = value + the sum of slope * distance, plus the penalty on the value and that on the slopes. Writes the slopes to `room`, and
 * returns the value.
 */
export function solveLine(
  room: LineRoom,
  features: readonly number[],
  variances: Float64Array,
  [gradient, hessian]: readonly [gradient: number, hessian: number],
  penalty: LeafPenalty,
): number {
  const { sums, slopes } = room;
  const count = features.length;
  const matrix = new Float64Array(count * count);
  const ofGradients = new Float64Array(count);
  const ofHessians = new Float64Array(count);
  for (const [i, feature] of features.entries()) {
    const from = i * SUMS_LENGTH;
    ofGradients[i] = sums[from]!;
    ofHessians[i] = sums[from + 1]!;
    matrix.set(sums.subarray(from + 2, from + 3 + i), i * count);
    matrix[i * count + i]! += (penalty.l2 + SLOPE_L2) * variances[feature]!;
  }
  const coupling = ofHessians.slice();
  runToEnd(factorCholesky(matrix, count));
  solveFactored(matrix, ofGradients);
  solveFactored(matrix, ofHessians);
  // The slopes as functions of the value, put into the sum: what is left is a step of one number.
  const value = newtonStep(
    gradient - product(coupling, ofGradients),
    Math.max(0, hessian - product(coupling, ofHessians)),
    penalty,
  );
  for (let i = 0; i < count; i++) slopes[i] = -(ofGradients[i]! + ofHessians[i]! * value);
  return value;
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
