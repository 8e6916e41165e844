import {
  type ForestModel,
  isLinearCode,
  type LinearModel,
  type MemberModel,
  type Model,
  outputCount,
  type TreesModel,
} from '../model.ts';
import { codeReader, numberReader } from '../predict/encode-features.ts';
import type { InputColumn } from '../predict/input-column.ts';
import { featureBinner, slopeAmount, treeWalker } from '../predict/predict-trees.ts';
import { type LeafOutput, TreeShap } from './tree-shap.ts';

/** Adds the contributions to an output to `values`, which has a number for each feature; returns the base. */
type Explain = (output: number, values: Float64Array) => number;

/** An explainer of the one row of a table. */
export interface BoundExplainer {
  readonly explain: Explain;
  readonly stepsPerRow: number;
}

/** Binds a model that is no blend, which may be a member of one. Null where its trees do not tell how many rows end in each leaf. */
export function bindMember(
  model: Model,
  estimator: MemberModel,
  columns: readonly (InputColumn | null)[],
): BoundExplainer | null {
  switch (estimator.kind) {
    case 'CONSTANT':
      return { explain: (output) => estimator.outputs[output]!, stepsPerRow: 1 };
    case 'LINEAR':
      return { explain: linearExplainer(model, estimator, columns), stepsPerRow: columns.length };
    case 'TREES':
    case 'FOREST':
      return treesExplainer(model, estimator, columns);
  }
}

/** The margin of an output, and its sign: of two labels the first has the margin of the second with the other sign. */
function marginOf(
  model: Model,
  output: number,
  marginCount: number,
): { readonly margin: number; readonly sign: 1 | -1 } {
  if (marginCount === 1) return { margin: 0, sign: outputCount(model) === 2 && output === 0 ? -1 : 1 };
  return { margin: output, sign: 1 };
}

/** The base is the intercept; a feature contributes what it adds to the margin. */
function linearExplainer(
  model: Model,
  { marginCount, intercepts, terms }: LinearModel,
  columns: readonly (InputColumn | null)[],
): Explain {
  const readers = model.features.map((feature, i) => {
    const { mean, scale, weights } = terms[i]!;
    const column = columns[i] ?? null;
    if (isLinearCode(feature)) {
      const codeAt = codeReader(column, feature, model.reading);
      return (margin: number) => weights[codeAt(0) * marginCount + margin]!;
    }
    const numberAt = numberReader(column, feature, model.reading);
    return (margin: number) => {
      const value = numberAt(0);
      return Number.isNaN(value) ? weights[marginCount + margin]! : (weights[margin]! * (value - mean)) / scale;
    };
  });
  return (output, values) => {
    const { margin, sign } = marginOf(model, output, marginCount);
    for (const [i, added] of readers.entries()) values[i] = sign * added(margin);
    return sign * intercepts[margin]!;
  };
}

/**
 * Shapley values of the leaves' numbers; what a slope of the row's own leaves adds, its feature contributes. Slopes are of numbers,
 * whose output has no sign.
 */
function treesExplainer(
  model: Model,
  trees: TreesModel | ForestModel,
  columns: readonly (InputColumn | null)[],
): BoundExplainer | null {
  // A model of no trees is its start; no leaf has to be counted.
  const leafRows = trees.leafRows ?? (trees.roots.length === 0 ? new Uint32Array(0) : null);
  if (leafRows === null) return null;
  const shap = new TreeShap(trees, model.features, leafRows);
  const binners = model.features.map((feature, i) =>
    featureBinner(trees.edges[i]!, feature, columns[i] ?? null, model.reading),
  );
  const bins = new Uint8Array(model.features.length);
  const walk = treeWalker(trees, model.features);
  const { slopes } = trees;
  const bases = new Map<number, number>();
  const explain: Explain = (output, values) => {
    const { roots, leafOutput, start } = partOf(model, trees, output);
    for (let f = 0; f < bins.length; f++) bins[f] = binners[f]!(0);
    shap.addTo(values, roots, bins, leafOutput);
    if (slopes) {
      for (const root of roots) {
        const vector = trees.nodeRights[walk(root, bins, 0)]!;
        for (let i = slopes.ends[vector - 1] ?? 0; i < slopes.ends[vector]!; i++) {
          const feature = slopes.features[i]!;
          values[feature]! += slopeAmount(slopes, trees.edges, i, bins[feature]!);
        }
      }
    }
    const base = bases.get(output) ?? start + shap.base(roots, leafOutput);
    bases.set(output, base);
    return base;
  };
  return { explain, stepsPerRow: shap.stepsPerRow };
}

/** The trees that add to an output, what their leaves add, and where it begins. */
interface TreesOfOutput {
  readonly roots: Uint32Array;
  readonly leafOutput: LeafOutput;
  readonly start: number;
}

function partOf(model: Model, trees: TreesModel | ForestModel, output: number): TreesOfOutput {
  const { roots, nodeRights, leafValues } = trees;
  if (trees.kind === 'FOREST') {
    const share = (1 - trees.prior.reduce((sum, each) => sum + each, 0)) / roots.length;
    return {
      roots,
      leafOutput: (leaf) => share * shareOf(trees, nodeRights[leaf]!, output),
      start: trees.prior[output] ?? 0,
    };
  }
  if (trees.combine === 'LEAVES') {
    const { leafSize } = trees;
    return {
      roots,
      leafOutput: (leaf) => leafValues[nodeRights[leaf]! * leafSize + output]! / roots.length,
      start: 0,
    };
  }
  const marginCount = trees.startMargins.length;
  const { margin, sign } = marginOf(model, output, marginCount);
  // A leaf has a number for each margin, or each margin its own trees.
  const { leafSize } = trees;
  const at = leafSize > 1 ? margin : 0;
  return {
    roots: leafSize > 1 ? roots : roots.filter((_, tree) => tree % marginCount === margin),
    leafOutput: (leaf) => sign * leafValues[nodeRights[leaf]! * leafSize + at]!,
    start: sign * trees.startMargins[margin]!,
  };
}

/** What a forest's vector says of a label; of a regression its one value. */
function shareOf({ leafEnds, leafLabels, leafValues }: ForestModel, vector: number, label: number): number {
  if (leafEnds.length === 0) return leafValues[vector]!;
  for (let i = vector === 0 ? 0 : leafEnds[vector - 1]!; i < leafEnds[vector]!; i++) {
    if (leafLabels[i] === label) return leafValues[i]!;
  }
  return 0;
}
