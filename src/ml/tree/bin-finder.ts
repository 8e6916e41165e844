import { binOf } from '../../runtime/encode-features.ts';

/** Cells of the grid: several for each of at most 254 edges, and small enough (4 KB) for the processor's first cache. */
const CELLS = 2048;

/**
 * Finds the same bins as runtime's binOf, faster for many values: a grid of equal cells from the first edge to the last
 * says how many edges lie below a cell, and from there it is a step or two. (A binary search guesses wrongly at every
 * other of its eight comparisons.) Where edges crowd into few cells the steps become many, and binOf is used.
 */
export function createBinFinder(edges: Float64Array): (value: number) => number {
  const count = edges.length;
  const first = edges[0] ?? 0;
  const last = edges[count - 1] ?? 0;
  const scale = CELLS / (last - first);
  if (count < 2 || !Number.isFinite(scale) || !Number.isFinite(last - first)) return (value) => binOf(edges, value);
  const cellOf = (value: number): number => Math.min(CELLS - 1, Math.max(0, Math.floor((value - first) * scale)));
  /** For each cell a bin that no value of the cell lies below. */
  const lowestBin = new Uint8Array(CELLS).fill(count);
  // Rounding is monotone: a value in a later cell than an edge's is above that edge.
  for (let edge = count - 1; edge >= 0; edge--) lowestBin.fill(edge, 0, cellOf(edges[edge]!) + 1);
  if (longestRun(lowestBin, count) > 16) return (value) => binOf(edges, value);
  return (value) => {
    if (Number.isNaN(value)) return count + 1;
    let bin = lowestBin[cellOf(value)]!;
    while (bin < count && edges[bin]! < value) bin++;
    return bin;
  };
}

/** The most edges that a cell holds: the most steps that a value can take. */
function longestRun(lowestBin: Uint8Array, count: number): number {
  let longest = 0;
  for (let cell = 0; cell < lowestBin.length; cell++) {
    longest = Math.max(longest, (lowestBin[cell + 1] ?? count) - lowestBin[cell]!);
  }
  return longest;
}
