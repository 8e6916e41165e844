import { type ForestModel, isCategory, LEAF, type ModelFeature, type TreesModel } from '../../../runtime/model.ts';
import {
  type Attribute,
  bytesAttribute,
  doublesAttribute,
  intAttribute,
  intsAttribute,
  ML_DOMAIN,
  type OnnxGraph,
} from './onnx-graph.ts';

type Trees = TreesModel | ForestModel;

/** How a node of TreeEnsemble asks: x <= split, or x among some numbers. */
const AT_MOST = 0;
const MEMBER = 6;

const SUM = 1;

/** Where a leaf adds to, and what. */
interface LeafVote {
  readonly target: number;
  readonly weight: number;
}

/** The nodes of trees in the lists that TreeEnsemble takes: those that split, and the leaves, each numbered by itself. */
class NodeLists {
  readonly roots: number[] = [];
  readonly features: number[] = [];
  readonly modes: number[] = [];
  readonly splits: number[] = [];
  readonly missingLeft: number[] = [];
  readonly lefts: number[] = [];
  readonly leftIsLeaf: number[] = [];
  readonly rights: number[] = [];
  readonly rightIsLeaf: number[] = [];
  /** The sets of the nodes that have one, each with NaN behind it. */
  readonly members: number[] = [];
  readonly leafTargets: number[] = [];
  readonly leafWeights: number[] = [];

  attributes(targetCount: number): readonly Attribute[] {
    return [
      intAttribute('n_targets', targetCount),
      intAttribute('aggregate_function', SUM),
      intsAttribute('tree_roots', this.roots),
      intsAttribute('nodes_featureids', this.features),
      bytesAttribute('nodes_modes', Uint8Array.from(this.modes)),
      doublesAttribute('nodes_splits', Float64Array.from(this.splits)),
      intsAttribute('nodes_missing_value_tracks_true', this.missingLeft),
      intsAttribute('nodes_truenodeids', this.lefts),
      intsAttribute('nodes_trueleafs', this.leftIsLeaf),
      intsAttribute('nodes_falsenodeids', this.rights),
      intsAttribute('nodes_falseleafs', this.rightIsLeaf),
      ...(this.members.length === 0 ? [] : [doublesAttribute('membership_values', Float64Array.from(this.members))]),
      intsAttribute('leaf_targetids', this.leafTargets),
      doublesAttribute('leaf_weights', Float64Array.from(this.leafWeights)),
    ];
  }
}

/**
 * Adds all trees as one operator, which computes in doubles: for each row and target the sum of what the leaves add to it, of shape
 * [rows, targets].
 */
export function addTreeSums(
  graph: OnnxGraph,
  trees: Trees,
  features: readonly ModelFeature[],
  columns: string,
  targetCount: number,
  voteOf: (vector: number, tree: number) => LeafVote,
): string {
  const lists = new NodeLists();
  const { roots, nodeFeatures } = trees;
  for (const [tree, first] of roots.entries()) {
    const end = roots[tree + 1] ?? nodeFeatures.length;
    addTree(lists, trees, features, first, end, (vector) => voteOf(vector, tree));
  }
  return graph.add('TreeEnsemble', [columns], lists.attributes(targetCount), ML_DOMAIN);
}

function addTree(
  lists: NodeLists,
  trees: Trees,
  features: readonly ModelFeature[],
  first: number,
  end: number,
  voteOf: (vector: number) => LeafVote,
): void {
  const { nodeFeatures, nodeRights } = trees;
  // For each node its number in the list that it comes into.
  const numbers = new Uint32Array(end - first);
  let splitCount = lists.features.length;
  lists.roots.push(splitCount);
  for (let node = first; node < end; node++) {
    if (nodeFeatures[node] !== LEAF) {
      numbers[node - first] = splitCount++;
      continue;
    }
    const { target, weight } = voteOf(nodeRights[node]!);
    numbers[node - first] = lists.leafTargets.push(target) - 1;
    lists.leafWeights.push(weight);
  }
  for (let node = first; node < end; node++) {
    // A root has to split: a tree of one leaf does so without a difference.
    if (nodeFeatures[node] === LEAF && end - first > 1) continue;
    const split = splitOf(trees, features, node);
    lists.features.push(split.feature);
    lists.modes.push(split.mode);
    lists.splits.push(split.bound);
    lists.missingLeft.push(split.missingIsTrue ? 1 : 0);
    lists.members.push(...split.members);
    lists.lefts.push(numbers[split.whenTrue - first]!);
    lists.leftIsLeaf.push(nodeFeatures[split.whenTrue] === LEAF ? 1 : 0);
    lists.rights.push(numbers[split.whenFalse - first]!);
    lists.rightIsLeaf.push(nodeFeatures[split.whenFalse] === LEAF ? 1 : 0);
  }
}

/** What a node asks, and where it leads. */
interface Split {
  readonly feature: number;
  readonly mode: number;
  readonly bound: number;
  readonly missingIsTrue: boolean;
  /** Under MEMBER the numbers of the set, and NaN. */
  readonly members: readonly number[];
  readonly whenTrue: number;
  readonly whenFalse: number;
}

function splitOf(trees: Trees, features: readonly ModelFeature[], node: number): Split {
  const feature = trees.nodeFeatures[node]!;
  const always = { mode: AT_MOST, bound: Number.MAX_VALUE, missingIsTrue: true, members: [] };
  if (feature === LEAF) return { ...always, feature: 0, whenTrue: node, whenFalse: node };
  const split = trees.nodeSplits[node]!;
  const left = node + 1;
  const right = trees.nodeRights[node]!;
  const asked = features[feature]!;
  if (!isCategory(asked)) {
    // Of the last bin every number goes left.
    const bound = trees.edges[feature]![split >>> 1] ?? Number.MAX_VALUE;
    const missingIsTrue = (split & 1) === 1;
    return { feature, mode: AT_MOST, bound, missingIsTrue, members: [], whenTrue: left, whenFalse: right };
  }
  const codes = Array.from({ length: asked.categories.length + 2 }, (_, code) => code);
  const isLeft = (code: number) => ((trees.categorySets[split + (code >>> 5)]! >>> (code & 31)) & 1) === 1;
  const [lefts, rights] = [codes.filter(isLeft), codes.filter((code) => !isLeft(code))];
  // The smaller set is searched.
  const [members, whenTrue, whenFalse] = lefts.length <= rights.length ? [lefts, left, right] : [rights, right, left];
  if (members.length === 0) return { ...always, feature, whenTrue: whenFalse, whenFalse: whenTrue };
  return {
    feature,
    mode: MEMBER,
    bound: 0,
    missingIsTrue: false,
    members: [...members, Number.NaN],
    whenTrue,
    whenFalse,
  };
}
