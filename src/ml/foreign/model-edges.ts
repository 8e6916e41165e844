import { isCategory, MAX_CATEGORIES, MAX_FEATURES, type ModelFeature } from '../../runtime/model.ts';
import type { ForeignColumn } from './conversion.ts';
import { edgeAtMost, edgeBelowFloat } from './edge-of-threshold.ts';
import type { ForeignModel, ForeignTree } from './foreign-model.ts';
import { ForeignModelError } from './foreign-model-error.ts';

/** Edges that a feature may have: as many as a category may have codes. */
const MAX_EDGES = MAX_CATEGORIES;

/** Where numbers are split: a feature of our model and its bin. */
export interface BinOfEdge {
  readonly feature: number;
  readonly bin: number;
}

/** Our model's features and edges, and where those of the foreign model are among them. */
export interface ModelEdges {
  /** A number of more than MAX_EDGES edges is read by several features of the same name, which share its edges. */
  readonly features: readonly ModelFeature[];
  readonly edges: readonly Float64Array[];
  /** For each input of the foreign model the first of its features. */
  readonly firstFeature: Uint32Array;
  /** From a tree to the edges of its nodes; -Infinity where no number goes left, Infinity where all do. */
  readonly edgesOf: (tree: ForeignTree) => Float64Array;
  readonly binOf: (input: number, edge: number) => BinOfEdge;
}

/** Collects the edges at which some trees split numbers. Throws ForeignModelError if they are more than a model can have. */
export function collectEdges(
  { comparison }: Pick<ForeignModel, 'comparison'>,
  trees: readonly ForeignTree[],
  columns: readonly ForeignColumn[],
): ModelEdges {
  const exactEdge = comparison === 'BELOW_FLOAT32' ? edgeBelowFloat : edgeAtMost;
  const found = columns.map(() => new Set<number>());
  const ofTrees = new Map<ForeignTree, Float64Array>();
  for (const tree of trees) {
    const edges = tree.thresholds.map((threshold, node) => {
      if (tree.rights[node] === 0 || tree.sets.has(node)) return 0;
      const column = columns[tree.features[node]!]!;
      // A category's codes are compared with the threshold itself.
      if (isCategory(column.feature)) return 0;
      // -0 is 0.
      const edge = (column.edgeOf ?? exactEdge)(threshold) + 0;
      if (Number.isFinite(edge)) found[tree.features[node]!]!.add(edge);
      return edge;
    });
    ofTrees.set(tree, edges);
  }
  const features: ModelFeature[] = [];
  const edges: Float64Array[] = [];
  const firstFeature = new Uint32Array(columns.length);
  const bins = columns.map(({ feature }, input) => {
    firstFeature[input] = features.length;
    const ascending = Float64Array.from(found[input]!).sort();
    const binOfEdge = new Map<number, BinOfEdge>();
    for (let start = 0; start === 0 || start < ascending.length; start += MAX_EDGES) {
      const part = ascending.subarray(start, start + MAX_EDGES);
      for (const [bin, edge] of part.entries()) binOfEdge.set(edge, { feature: features.length, bin });
      edges.push(part);
      features.push(feature);
    }
    return binOfEdge;
  });
  if (features.length > MAX_FEATURES) {
    throw new ForeignModelError(
      'TOO_LARGE',
      'the model',
      `compares numbers with so many thresholds that it needs ${features.length} features of at most ${MAX_EDGES}; a model file has at most ${MAX_FEATURES}`,
    );
  }
  return {
    features,
    edges,
    firstFeature,
    // Both were put there above for every tree and edge that is asked for.
    edgesOf: (tree) => ofTrees.get(tree)!,
    binOf: (input, edge) => bins[input]!.get(edge)!,
  };
}
