import fc from 'fast-check';
import { Matrix } from 'ml-matrix';
import { LEAF, type LinearModel, type LinearTerm, type Model, type TreesModel } from '../../../src/runtime/model.ts';
import { predictTable } from '../../../src/runtime/predict/predict.ts';
import type { Predictions } from '../../../src/runtime/predict/predictions.ts';
import { currentReading } from '../../../src/runtime/values/cells.ts';
import { numbers, table } from '../made-tables.ts';

/** Rows of numbers, one for each feature of a model. */
export type Rows = readonly (readonly number[])[];

export const finiteNumber = fc.double({ noNaN: true, noDefaultInfinity: true });

/** A tree on `edges.length` features; the questions come from a list that is as long as need be. */
interface MadeSplit {
  readonly feature: number;
  readonly bin: number;
  readonly missingLeft: boolean;
}

type Shape = { readonly split: MadeSplit; readonly left: Shape; readonly right: Shape } | { readonly leaf: number[] };

function shape(edges: readonly Float64Array[], leafSize: number): fc.Arbitrary<Shape> {
  const leafValue = leafSize === 1 ? finiteNumber : fc.double({ min: 0, max: 1, noNaN: true });
  const leaf = fc.record({ leaf: fc.array(leafValue, { minLength: leafSize, maxLength: leafSize }) });
  const asked = edges.flatMap((list, feature) => (list.length > 0 ? [feature] : []));
  if (asked.length === 0) return leaf;
  const split = fc.constantFrom(...asked).chain((feature) =>
    fc.record({
      feature: fc.constant(feature),
      bin: fc.nat(edges[feature]!.length - 1),
      missingLeft: fc.boolean(),
    }),
  );
  return fc.letrec<{ node: Shape }>((tie) => ({
    node: fc.oneof({ maxDepth: 6 }, leaf, fc.record({ split, left: tie('node'), right: tie('node') })),
  })).node;
}

/** The nodes in preorder. */
export function treesModel(root: Shape, edges: readonly Float64Array[], leafSize: number): TreesModel {
  const features: number[] = [];
  const splits: number[] = [];
  const rights: number[] = [];
  const leaves: number[] = [];
  const append = (node: Shape): void => {
    const at = features.length;
    if ('leaf' in node) {
      features.push(LEAF);
      splits.push(0);
      rights.push(leaves.length / leafSize);
      leaves.push(...node.leaf);
      return;
    }
    features.push(node.split.feature);
    splits.push(2 * node.split.bin + (node.split.missingLeft ? 1 : 0));
    rights.push(0);
    append(node.left);
    rights[at] = features.length;
    append(node.right);
  };
  append(root);
  return {
    kind: 'TREES',
    combine: 'LEAVES',
    leafSize,
    startMargins: new Float64Array(0),
    edges,
    roots: Uint32Array.of(0),
    nodeFeatures: Uint16Array.from(features),
    nodeSplits: Uint32Array.from(splits),
    nodeRights: Uint32Array.from(rights),
    categorySets: new Uint32Array(0),
    leafValues: Float64Array.from(leaves),
  };
}

function modelOf(estimator: TreesModel | LinearModel, featureCount: number, labelCount: number): Model {
  return {
    task: labelCount === 0 ? 'REGRESSION' : 'CLASSIFICATION',
    algorithm: estimator.kind === 'TREES' ? 'DECISION_TREE' : 'LINEAR',
    target: 'target',
    labels: labelCount === 0 ? null : Array.from({ length: labelCount }, (_, k) => `label "${k}"`),
    features: Array.from({ length: featureCount }, (_, f) => ({ name: `feature ${f}`, kind: 'NUMBER' })),
    reading: currentReading(),
    estimator,
  };
}

/** A tree on numbers, and rows: of any numbers, and of those at the edges, where < and <= differ. */
export function treeCase(labelCounts: readonly number[]): fc.Arbitrary<{ readonly model: Model; readonly rows: Rows }> {
  const edges = fc
    .uniqueArray(finiteNumber, { maxLength: 6, comparator: (a, b) => a === b })
    .map((list) => Float64Array.from(list).sort());
  return fc
    .tuple(fc.array(edges, { minLength: 1, maxLength: 4 }), fc.constantFrom(...labelCounts))
    .chain(([lists, labelCount]) => {
      const leafSize = Math.max(1, labelCount);
      const row = fc.tuple(...lists.map((list) => fc.oneof(finiteNumber, fc.constantFrom(0, ...list))));
      return fc.record({
        model: shape(lists, leafSize).map((root) =>
          modelOf(treesModel(root, lists, leafSize), lists.length, labelCount),
        ),
        rows: fc.array(row, { minLength: 1, maxLength: 20 }),
      });
    });
}

/** A linear classifier on numbers that were never missing, and rows up to 1000 deviations from its means. */
export function linearCase(): fc.Arbitrary<{ readonly model: Model; readonly rows: Rows }> {
  const number = fc.double({ min: -1000, max: 1000, noNaN: true });
  const numbersOf = (count: number) => fc.array(number, { minLength: count, maxLength: count });
  return fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 2, max: 6 }))
    .chain(([featureCount, labelCount]) => {
      const marginCount = labelCount === 2 ? 1 : labelCount;
      const term = fc
        .tuple(number, fc.double({ min: 0.001, max: 1000, noNaN: true }), numbersOf(marginCount))
        .map(([mean, scale, slopes]): LinearTerm => {
          return { mean, scale, weights: Float64Array.from([...slopes, ...slopes.map(() => 0)]) };
        });
      return fc
        .tuple(
          numbersOf(marginCount).map((intercepts) => Float64Array.from(intercepts)),
          fc.array(term, { minLength: featureCount, maxLength: featureCount }),
          fc.array(numbersOf(featureCount), { minLength: 1, maxLength: 20 }),
        )
        .map(([intercepts, terms, deviations]) => ({
          model: modelOf({ kind: 'LINEAR', marginCount, intercepts, terms }, featureCount, labelCount),
          rows: deviations.map((row) => row.map((deviation, f) => terms[f]!.mean + deviation * terms[f]!.scale)),
        }));
    });
}

/** What the model itself says about the rows. */
export function predictRows(model: Model, rows: Rows): Predictions {
  const columns = model.features.map(({ name }, f) =>
    numbers(
      name,
      rows.map((row) => row[f]!),
    ),
  );
  return predictTable(model, table(...columns));
}

/** The prepared matrix: the rows as they are, and after them `ones` columns of 1. */
export function preparedMatrix(rows: Rows, ones: 0 | 1): Matrix {
  return new Matrix(rows.map((row) => (ones === 1 ? [...row, 1] : [...row])));
}
