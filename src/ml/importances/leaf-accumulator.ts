import type { ForestModel, TreesModel } from '../../runtime/model.ts';

/** Adds the leaf vectors of one tree to the sums of several variants of a row, from `at` on. */
export type LeafAccumulator = (leafOf: Int32Array, sums: Float64Array, at: number, tree: number) => void;

/** Up to this many outputs, the vectors of a forest are stored densely, including labels that do not occur. */
const MAX_DENSE_OUTPUTS = 8;

/** `width`: the number of sums per variant. The order of additions is that of the predictor: adding 0 changes nothing. */
export function createLeafAccumulator(model: TreesModel | ForestModel, width: number): LeafAccumulator {
  if (model.kind === 'TREES') {
    return model.leafSize === width ? vectorAdder(model.leafValues, width) : valueAdder(model.leafValues, width);
  }
  if (model.leafEnds.length === 0) return valueAdder(model.leafValues, 1);
  return width <= MAX_DENSE_OUTPUTS ? vectorAdder(toDense(model, width), width) : sparseAdder(model, width);
}

/** Leaves of one value, which each tree adds to one of the sums. */
function valueAdder(values: Float64Array, width: number): LeafAccumulator {
  return (leafOf, sums, at, tree) => {
    for (let v = 0, to = at + (tree % width); v < leafOf.length; v++, to += width) sums[to]! += values[leafOf[v]!]!;
  };
}

function vectorAdder(vectors: Float64Array, width: number): LeafAccumulator {
  return (leafOf, sums, at) => {
    for (let v = 0, to = at; v < leafOf.length; v++, to += width) {
      const from = leafOf[v]! * width;
      for (let k = 0; k < width; k++) sums[to + k]! += vectors[from + k]!;
    }
  };
}

function sparseAdder({ leafEnds, leafLabels, leafValues }: ForestModel, width: number): LeafAccumulator {
  return (leafOf, sums, at) => {
    for (let v = 0, to = at; v < leafOf.length; v++, to += width) {
      const vector = leafOf[v]!;
      const end = leafEnds[vector]!;
      for (let i = vector === 0 ? 0 : leafEnds[vector - 1]!; i < end; i++) sums[to + leafLabels[i]!]! += leafValues[i]!;
    }
  };
}

function toDense({ leafEnds, leafLabels, leafValues }: ForestModel, width: number): Float64Array {
  const vectors = new Float64Array(leafEnds.length * width);
  for (let vector = 0, i = 0; vector < leafEnds.length; vector++) {
    for (; i < leafEnds[vector]!; i++) vectors[vector * width + leafLabels[i]!] = leafValues[i]!;
  }
  return vectors;
}
