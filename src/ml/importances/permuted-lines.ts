import type { LeafSlopes, TreesModel } from '../../runtime/model.ts';
import { slopeAmount } from '../../runtime/predict/predict-trees.ts';
import { PERMUTATIONS, type Permutation } from './permutation.ts';

/** Where the bins of some rows are, and those of their shuffled columns: see PermutedTrees. */
export interface RowBins {
  readonly bins: Int16Array;
  readonly permutedBins: Int16Array;
}

/**
 * What leaves with slopes say of the variants of a row, to the last bit as the predictor does. A variant in the row's own leaf
 * differs from the row only if one of the leaf's slopes is of its column.
 */
export class PermutedLines {
  readonly #slopes: LeafSlopes;
  readonly #leafValues: Float64Array;
  readonly #edges: TreesModel['edges'];
  readonly #binOffsets: Int32Array;
  readonly #permutedOf: Int32Array;
  /** For each shuffled column whether the row's own leaf has a slope of it. */
  readonly #isAsked: Uint8Array;

  /** `binOffsets`: see binOffsetsOf. */
  constructor(
    { leafValues, edges }: TreesModel,
    slopes: LeafSlopes,
    binOffsets: Int32Array,
    { permutedOf, permutedCount }: Permutation,
  ) {
    this.#slopes = slopes;
    this.#leafValues = leafValues;
    this.#edges = edges;
    this.#binOffsets = binOffsets;
    this.#permutedOf = permutedOf;
    this.#isAsked = new Uint8Array(permutedCount);
  }

  /** Adds what a tree says to the sums of a row's variants, from `at` on; `leafOf` has the leaf of each, the row's own last. */
  addTo(sums: Float64Array, at: number, leafOf: Int32Array, rows: RowBins, binsAt: number): void {
    const { ends, features } = this.#slopes;
    const isAsked = this.#isAsked.fill(0);
    const own = leafOf.at(-1)!;
    for (let i = ends[own - 1] ?? 0; i < ends[own]!; i++) {
      const column = this.#permutedOf[features[i]!]!;
      if (column >= 0) isAsked[column] = 1;
    }
    const unchanged = this.#lineOf(own, -1, rows, binsAt);
    for (let v = 0; v < leafOf.length; v++) {
      const leaf = leafOf[v]!;
      const column = Math.floor(v / PERMUTATIONS);
      const isUnchanged = leaf === own && isAsked[column] !== 1;
      sums[at + v]! += isUnchanged ? unchanged : this.#lineOf(leaf, v, rows, binsAt);
    }
  }

  /** What a leaf says of a variant; -1 is the row itself. */
  #lineOf(leaf: number, variant: number, { bins, permutedBins }: RowBins, binsAt: number): number {
    const { ends, features } = this.#slopes;
    const column = Math.floor(variant / PERMUTATIONS);
    const shuffle = variant - column * PERMUTATIONS;
    let line = this.#leafValues[leaf]!;
    for (let i = ends[leaf - 1] ?? 0; i < ends[leaf]!; i++) {
      const feature = features[i]!;
      // Slopes are of features that their trees split on.
      const at = binsAt + this.#binOffsets[feature]!;
      const isPermuted = variant >= 0 && this.#permutedOf[feature] === column;
      const bin = isPermuted ? permutedBins[at * PERMUTATIONS + shuffle]! : bins[at]!;
      line += slopeAmount(this.#slopes, this.#edges, i, bin);
    }
    return line;
  }
}
