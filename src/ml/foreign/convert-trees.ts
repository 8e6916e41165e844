import { isCategory, LEAF, type TreesModel } from '../../runtime/model.ts';
import { type CategoryAnswer, CategorySets, categoryAnswers } from './category-sides.ts';
import type { ForeignColumn } from './conversion.ts';
import type { ForeignModel, ForeignTree } from './foreign-model.ts';
import { ForeignModelError } from './foreign-model-error.ts';
import { type LeafTerms, leafTerms } from './leaf-terms.ts';
import { collectEdges, type ModelEdges } from './model-edges.ts';

/** Files tell the rows of each leaf for so many leaves at most. */
const MAX_COUNTED_LEAVES = 1_000_000;

/** The weight of the training rows of a tree is written as shares of so many, so that the weight of a leaf is a whole number. */
const ROWS_OF_TREE = 1_000_000;

/** Our features, and the trees that ask about them. */
export interface ConvertedTrees {
  readonly features: ModelEdges['features'];
  readonly trees: TreesModel;
}

/** Some trees of a foreign model as ours. Throws ForeignModelError where sums of leaves are not finite. */
export function convertTrees(
  model: ForeignModel,
  trees: readonly ForeignTree[],
  columns: readonly ForeignColumn[],
): ConvertedTrees {
  const edges = collectEdges(model, trees, columns);
  const terms = leafTerms(model, trees);
  const writer = new TreesWriter(terms, edges, columns, model.comparison);
  for (const tree of terms.trees) writer.add(tree);
  const leafRows = leafRowsOf(writer.leafShares);
  return {
    features: edges.features,
    trees: {
      kind: 'TREES',
      combine: model.link === 'LOG' ? 'EXP_MARGINS' : 'MARGINS',
      leafSize: terms.leafSize,
      startMargins: terms.startMargins,
      edges: edges.edges,
      ...writer.arrays(),
      ...(leafRows === null ? {} : { leafRows }),
    },
  };
}

class TreesWriter {
  readonly #terms: LeafTerms;
  readonly #edges: ModelEdges;
  readonly #columns: readonly ForeignColumn[];
  readonly #answers: readonly (CategoryAnswer | null)[];
  readonly #sets = new CategorySets();
  readonly #roots: number[] = [];
  readonly #nodeFeatures: Uint16Array;
  readonly #nodeSplits: Uint32Array;
  readonly #nodeRights: Uint32Array;
  readonly #leafValues: number[] = [];
  /** For each leaf the share of its tree's training rows; NaN where the file does not say. */
  readonly leafShares: number[] = [];
  #count = 0;

  constructor(
    terms: LeafTerms,
    edges: ModelEdges,
    columns: readonly ForeignColumn[],
    comparison: ForeignModel['comparison'],
  ) {
    this.#terms = terms;
    this.#edges = edges;
    this.#columns = columns;
    this.#answers = columns.map(({ makerCodes }) =>
      makerCodes === null ? null : categoryAnswers(makerCodes, comparison),
    );
    const nodes = terms.trees.reduce((sum, tree) => sum + (tree === null ? 1 : tree.rights.length), 0);
    this.#nodeFeatures = new Uint16Array(nodes).fill(LEAF);
    this.#nodeSplits = new Uint32Array(nodes);
    this.#nodeRights = new Uint32Array(nodes);
  }

  arrays(): Pick<TreesModel, 'roots' | 'nodeFeatures' | 'nodeSplits' | 'nodeRights' | 'categorySets' | 'leafValues'> {
    return {
      roots: Uint32Array.from(this.#roots),
      nodeFeatures: this.#nodeFeatures,
      nodeSplits: this.#nodeSplits,
      nodeRights: this.#nodeRights,
      categorySets: this.#sets.words,
      leafValues: Float64Array.from(this.#leafValues),
    };
  }

  /** Null for a tree that adds nothing. */
  add(tree: ForeignTree | null): void {
    this.#roots.push(this.#count);
    if (tree === null) {
      this.#addLeaf(this.#count++, [0], 1);
      return;
    }
    const edges = this.#edges.edgesOf(tree);
    const total = tree.covers?.[0] ?? Number.NaN;
    /** A node, and the number of the parent whose right child it becomes, or -1. */
    const open: [node: number, parent: number][] = [[0, -1]];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [node, parent] = next;
      const number = this.#count++;
      if (parent >= 0) this.#nodeRights[parent] = number;
      const right = tree.rights[node]!;
      if (right === 0) {
        this.#addLeaf(number, this.#terms.valuesOf(tree, node), (tree.covers?.[node] ?? Number.NaN) / total);
        continue;
      }
      const isSwapped = this.#addSplit(number, tree, node, edges[node]!);
      const children = isSwapped ? [right, node + 1] : [node + 1, right];
      open.push([children[1]!, number], [children[0]!, -1]);
    }
  }

  #addLeaf(number: number, values: readonly number[], share: number): void {
    if (!values.every(Number.isFinite)) throw new ForeignModelError('INVALID', 'the model', 'a leaf is not finite');
    this.#nodeRights[number] = this.leafShares.push(share) - 1;
    this.#leafValues.push(...values);
  }

  /** Returns whether the two sides change places: where no number goes left, all go to the side that is then left. */
  #addSplit(number: number, tree: ForeignTree, node: number, edge: number): boolean {
    const input = tree.features[node]!;
    const answers = this.#answers[input]!;
    const isMissingLeft = tree.missingLeft[node] === 1;
    const first = this.#edges.firstFeature[input]!;
    if (answers !== null && isCategory(this.#columns[input]!.feature)) {
      const set = tree.sets.get(node) ?? null;
      this.#nodeFeatures[number] = first;
      this.#nodeSplits[number] = this.#sets.add(answers({ set, threshold: tree.thresholds[node]!, isMissingLeft }));
      return false;
    }
    const isSwapped = edge === Number.NEGATIVE_INFINITY;
    const { feature, bin } = Number.isFinite(edge)
      ? this.#edges.binOf(input, edge)
      : { feature: first, bin: this.#edges.edges[first]!.length };
    this.#nodeFeatures[number] = feature;
    this.#nodeSplits[number] = 2 * bin + Number(isMissingLeft !== isSwapped);
    return isSwapped;
  }
}

/** Null where a file does not tell the rows of its leaves, or there are too many. */
function leafRowsOf(shares: readonly number[]): Uint32Array | null {
  if (shares.length > MAX_COUNTED_LEAVES || !shares.every((share) => share >= 0 && share <= 1)) return null;
  return Uint32Array.from(shares, (share) => Math.round(share * ROWS_OF_TREE));
}
