import type { ForeignModel, ForeignTree } from './foreign-model.ts';

/** What the leaves of some trees add to the margins of our model. */
export interface LeafTerms {
  /** Margins of our model: two classes have one. */
  readonly marginCount: number;
  readonly startMargins: Float64Array;
  /** The trees in our order: where each adds to one margin they take turns, null stands for one that adds nothing. */
  readonly trees: readonly (ForeignTree | null)[];
  /** Numbers of a leaf. */
  readonly leafSize: number;
  /** The numbers of a leaf of ours. */
  readonly valuesOf: (tree: ForeignTree, node: number) => readonly number[];
}

/**
 * Of two classes with a margin each, ours is their difference: softmax of two margins is the logistic function of it.
 *
 * `trees`: those of the model that count.
 */
export function leafTerms(
  { marginCount, startMargins, isAveraged }: Pick<ForeignModel, 'marginCount' | 'startMargins' | 'isAveraged'>,
  trees: readonly ForeignTree[],
): LeafTerms {
  const isOfTwo = marginCount === 2;
  const isVector = trees[0]?.margin === null;
  const ofMargin = Array.from({ length: marginCount }, (_, k) => trees.filter(({ margin }) => margin === k));
  const shareOf = ({ margin }: ForeignTree): number =>
    isAveraged ? 1 / (margin === null ? trees.length : ofMargin[margin]!.length) : 1;
  const signOf = ({ margin }: ForeignTree): number => (isOfTwo && margin === 0 ? -1 : 1);
  const starts = isOfTwo ? Float64Array.of(startMargins[1]! - startMargins[0]!) : startMargins;
  if (isVector) {
    return {
      marginCount: starts.length,
      startMargins: starts,
      trees,
      leafSize: starts.length,
      valuesOf: (tree, node) => {
        const values = Array.from(
          tree.values.subarray(node * marginCount, (node + 1) * marginCount),
          (value) => value * shareOf(tree),
        );
        return isOfTwo ? [values[1]! - values[0]!] : values;
      },
    };
  }
  return {
    marginCount: starts.length,
    startMargins: starts,
    trees: isOfTwo ? trees : takeTurns(ofMargin),
    leafSize: 1,
    valuesOf: (tree, node) => [tree.values[node]! * shareOf(tree) * signOf(tree)],
  };
}

/** The first tree of each margin, then the second of each, and so on. */
function takeTurns(ofMargin: readonly (readonly ForeignTree[])[]): readonly (ForeignTree | null)[] {
  const rounds = ofMargin.reduce((most, { length }) => Math.max(most, length), 0);
  return Array.from({ length: rounds }, (_, round) => ofMargin.map((trees) => trees[round] ?? null)).flat();
}
