import { binOf } from './encode-features.ts';

/** Cells of the grid: several for each of at most 254 edges, and small enough (4 KB) for the processor's first cache. */
const CELLS = 2048;

/** Edges in one cell beyond which a binary search, of eight steps, is faster. */
const MAX_STEPS = 8;

/** For each cell a bin that no value of the cell lies below. */
interface BinGrid {
  readonly edgeCount: number;
  /** With infinite ones at the end, so that steps beyond the last edge go nowhere. */
  readonly edges: Float64Array;
  readonly first: number;
  readonly last: number;
  readonly scale: number;
  readonly lowestBin: Uint16Array;
  /** The most edges that a cell holds. */
  readonly steps: number;
}

/**
 * A grid of equal cells from the first edge to the last, which says how many edges lie below a cell; from there it is a step
 * or two to the bin of a value. Null where edges crowd into few cells, so that the steps would be many.
 */
function createGrid(edges: Float64Array): BinGrid | null {
  const edgeCount = edges.length;
  const first = edges[0] ?? 0;
  const last = edges[edgeCount - 1] ?? 0;
  const scale = CELLS / (last - first);
  if (edgeCount < 2 || !Number.isFinite(scale) || !Number.isFinite(last - first)) return null;
  // More cells than CELLS: the last edge is in the one after those, give or take a rounding.
  const lowestBin = new Uint16Array(CELLS + 3).fill(edgeCount);
  // Rounding is monotone: a value in a later cell than an edge's is above that edge.
  for (let edge = edgeCount - 1; edge >= 0; edge--) {
    lowestBin.fill(edge, 0, Math.floor((edges[edge]! - first) * scale) + 1);
  }
  let steps = 0;
  for (let cell = 0; cell + 1 < lowestBin.length; cell++) {
    steps = Math.max(steps, lowestBin[cell + 1]! - lowestBin[cell]!);
  }
  if (steps > MAX_STEPS) return null;
  const padded = new Float64Array(edgeCount + steps).fill(Number.POSITIVE_INFINITY);
  padded.set(edges);
  return { edgeCount, edges: padded, first, last, scale, lowestBin, steps };
}

/**
 * The same number of steps for every value: were they to end where the bin is found, the processor would guess the end
 * wrongly as often as a binary search makes it guess at its eight comparisons.
 */
function binInGrid({ edgeCount, edges, first, last, scale, lowestBin, steps }: BinGrid, value: number): number {
  if (value <= first) return 0;
  if (value <= last) {
    let bin = lowestBin[((value - first) * scale) | 0]!;
    for (let step = 0; step < steps; step++) bin += Number(edges[bin]! < value);
    return bin;
  }
  return Number.isNaN(value) ? edgeCount + 1 : edgeCount;
}

/** Finds the same bins as binOf, faster for many values. */
export function createBinFinder(edges: Float64Array): (value: number) => number {
  const grid = createGrid(edges);
  return grid === null ? (value) => binOf(edges, value) : (value) => binInGrid(grid, value);
}

/** Puts down the bins of some numbers, from `at` on. */
export type BinWriter = (numbers: Float64Array, bins: Uint16Array, at: number) => void;

/** The same for many numbers at once, without a call for each. */
export function createBinWriter(edges: Float64Array): BinWriter {
  const grid = createGrid(edges);
  if (grid !== null) return (numbers, bins, at) => writeByGrid(grid, numbers, bins, at);
  return (numbers, bins, at) => {
    for (let i = 0; i < numbers.length; i++) bins[at + i] = binOf(edges, numbers[i]!);
  };
}

/** binInGrid, written out for the loop: what is read of the grid is read once. */
function writeByGrid(grid: BinGrid, numbers: Float64Array, bins: Uint16Array, at: number): void {
  const { edgeCount, edges, first, last, scale, lowestBin, steps } = grid;
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i]!;
    let bin = 0;
    if (value > first && value <= last) {
      bin = lowestBin[((value - first) * scale) | 0]!;
      for (let step = 0; step < steps; step++) bin += Number(edges[bin]! < value);
    } else if (!(value <= first)) bin = value > last ? edgeCount : edgeCount + 1;
    bins[at + i] = bin;
  }
}
