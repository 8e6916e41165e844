import type { BinnedMatrix } from '../tree/binning/binned-matrix.ts';
import { sortBinsByRatio } from '../tree/splitting/category-order.ts';
import type { ForestMemory } from './forest-memory.ts';
import type { NodeSplitter, TreeColumn } from './splitting/node-splitter.ts';

/** The features as a tree sees them, and for each category the order in which it puts the codes. */
export interface TreeColumns {
  readonly columns: readonly TreeColumn[];
  /** For a category the rank of each code; null for a number. */
  readonly ranks: readonly (Uint8Array | null)[];
}

/**
 * Sorts the codes of each category once per tree, by that tree's rows, so that splits are cuts of the order as for a number.
 * Sorting in every node finds larger gains, but by chance: with many codes and few rows, any labels can be separated. (Wright
 * and König 2019, "Splitting on categorical predictors in random forests", found a single order to be as accurate or better.)
 * Cost: two passes over the categorical columns. The ranks are written to `memory`.
 */
export function orderCategories(
  matrix: BinnedMatrix,
  splitter: NodeSplitter,
  rows: Int32Array,
  memory: ForestMemory,
): TreeColumns {
  const { wasm } = matrix;
  const ranks = matrix.columns.map((codes, f) =>
    matrix.isCategory[f] === 1 ? ranksOf(splitter.codeScores(codes, matrix.binCounts[f]!, rows)) : null,
  );
  const columns = matrix.columns.map((bins, f) => {
    const rank = ranks[f] ?? null;
    const relabelled = memory.rankColumns[f] ?? bins;
    if (rank !== null) {
      memory.ranks.set(rank);
      wasm.functions.replaceBytes(
        wasm.addressOf(bins),
        wasm.addressOf(memory.ranks),
        bins.length,
        wasm.addressOf(relabelled),
      );
    }
    return {
      bins: relabelled,
      address: wasm.addressOf(relabelled),
      binCount: matrix.binCounts[f]!,
      isCategory: rank !== null,
    };
  });
  return { columns, ranks };
}

/** For each code its rank by score. */
function ranksOf(scores: Float64Array): Uint8Array {
  const order = Uint8Array.from(scores, (_, code) => code);
  sortBinsByRatio(order, scores, scores.length, new Float64Array(scores.length));
  const ranks = new Uint8Array(scores.length);
  for (let rank = 0; rank < order.length; rank++) ranks[order[rank]!] = rank;
  return ranks;
}
