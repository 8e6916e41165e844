import type { BinnedMatrix } from '../binning/binned-matrix.ts';
import type { Split } from './split.ts';

/**
 * Reorders rows[start, end) so that those that the split sends left come first, and returns where the others begin. Both
 * parts keep their order: rows stay ascending, which memory likes, and sums over them do not depend on the path.
 * `rows` and `scratch`, which is as long, are in wasm memory. Cost: about 1.5 ns a row.
 */
export function partitionRows(
  { wasm, columns, leftBins }: BinnedMatrix,
  split: Split,
  rows: Int32Array,
  start: number,
  end: number,
  scratch: Int32Array,
): number {
  leftBins.set(split.leftBins);
  return wasm.functions.partitionRows(
    wasm.addressOf(rows),
    start,
    end,
    wasm.addressOf(columns[split.feature]!),
    wasm.addressOf(leftBins),
    wasm.addressOf(scratch),
  );
}

/** For each bin of a feature how many of rows[start, end) are in it. */
export function countRows(
  matrix: BinnedMatrix,
  feature: number,
  rows: Int32Array,
  start: number,
  end: number,
): Uint32Array {
  const bins = matrix.columns[feature]!;
  const counts = new Uint32Array(matrix.binCounts[feature]!);
  for (let i = start; i < end; i++) counts[bins[rows[i]!]!]!++;
  return counts;
}

/** Whether both sides have as many rows, by the rows of each bin. */
export function hasEnoughRows(counts: Uint32Array, leftBins: Uint8Array, minimum: number): boolean {
  let left = 0;
  let all = 0;
  for (let bin = 0; bin < counts.length; bin++) {
    all += counts[bin]!;
    if (leftBins[bin] === 1) left += counts[bin]!;
  }
  return left >= minimum && all - left >= minimum;
}
