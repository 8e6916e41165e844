import { describe, expect, test } from 'vitest';
import type { AlgorithmName } from '../../../src/ml/registry.ts';
import { createRowExplainer, type RowExplanation } from '../../../src/runtime/contributions/explain-row.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import type { Model } from '../../../src/runtime/model.ts';
import { createRowPredictor } from '../../../src/runtime/predict/predict-row.ts';
import { MIXED_FEATURES, mixedTable, request, train } from '../../ml/made-tables.ts';
import { type PlainRow, shapleyValues } from './brute-force-shapley.ts';

const data = mixedTable(300);

/** Rows as applications have them: usual, missing and unseen values. */
const ROWS = [
  { x: 1.5, y: -1, place: 'Bern', constant: 7 },
  { x: 8, y: null, place: 'Lima', constant: 7 },
  { x: 4.2, y: 1.9, place: 'elsewhere', constant: 7 },
  { x: null, y: 0.1, place: null, constant: 7 },
];

const TARGETS = [
  { target: 'yes', task: 'CLASSIFICATION' },
  { target: 'size', task: 'CLASSIFICATION' },
  { target: 'amount', task: 'REGRESSION' },
] as const;

const ALGORITHMS: readonly (readonly [AlgorithmName, object])[] = [
  ['BASELINE', {}],
  ['LINEAR', {}],
  ['DECISION_TREE', {}],
  ['RANDOM_FOREST', { trees: 10 }],
  ['EXTRA_TREES', { trees: 10 }],
  ['GRADIENT_BOOSTING', { trees: 20 }],
  ['GRADIENT_BOOSTING', { trees: 20, sharedTrees: true }],
];

function trained(algorithm: AlgorithmName, { target, task }: (typeof TARGETS)[number], parameters: object): Model {
  return parseModel(
    train(request(data, target, task, algorithm, MIXED_FEATURES, { ...parameters })).trained.modelBytes,
  );
}

function total({ base, contributions }: RowExplanation): number {
  return contributions.reduce((sum, { contribution }) => sum + contribution, base);
}

/** What the explanation of an output has to sum to, from the model's own prediction. */
function outputOf(model: Model, row: object, output: number): number {
  const predictions = createRowPredictor(model)({ ...row });
  if (predictions.task === 'REGRESSION') return predictions.values[0]!;
  const { probabilities } = predictions;
  const { estimator } = model;
  const hasMargins = estimator.kind === 'LINEAR' || (estimator.kind === 'TREES' && estimator.combine === 'MARGINS');
  if (!hasMargins) return probabilities[output]!;
  if (probabilities.length === 2) return Math.log(probabilities[output]! / probabilities[1 - output]!);
  // Margins of several labels are known but for a constant: here their differences from the first one.
  return Math.log(probabilities[output]! / probabilities[0]!);
}

test('where the output is the exponential of a margin, contributions sum to its logarithm', () => {
  const model = trained('GRADIENT_BOOSTING', TARGETS[2], { trees: 20 });
  const { estimator } = model;
  if (estimator.kind !== 'TREES') throw new Error('trees are expected');
  const exponential: Model = { ...model, estimator: { ...estimator, combine: 'EXP_MARGINS' } };
  const { explain } = createRowExplainer(exponential)!;
  for (const row of ROWS) expect(total(explain(row, 0))).toBeCloseTo(Math.log(outputOf(exponential, row, 0)), 9);
});

describe.each(ALGORITHMS)('%s', (algorithm, parameters) => {
  test.each(TARGETS)('the base and all contributions sum to the output: $target', (wanted) => {
    const model = trained(algorithm, wanted, parameters);
    const { explain } = createRowExplainer(model)!;
    const isDifference = model.labels?.length === 3 && algorithm !== 'BASELINE';
    const hasMargins = ['LINEAR', 'GRADIENT_BOOSTING'].includes(algorithm);
    for (const row of ROWS) {
      const first = total(explain(row, 0));
      for (let output = 0; output < (model.labels?.length ?? 1); output++) {
        const sum = total(explain(row, output)) - (isDifference && hasMargins ? first : 0);
        expect(sum).toBeCloseTo(outputOf(model, row, output), 9);
      }
    }
  });

  test.each(TARGETS)('the largest effects come first, one for each column: $target', (wanted) => {
    const model = trained(algorithm, wanted, parameters);
    const { contributions } = createRowExplainer(model)!.explain(ROWS[0]!, 0);
    const sizes = contributions.map(({ contribution }) => Math.abs(contribution));
    expect(sizes).toEqual(sizes.toSorted((one, other) => other - one));
    expect(contributions.map(({ column }) => column).toSorted()).toEqual(
      [...new Set(model.features.map(({ name }) => name))].toSorted(),
    );
  });
});

const TREE_ALGORITHMS = ALGORITHMS.filter(([name]) => !['BASELINE', 'LINEAR'].includes(name));

describe.each(TREE_ALGORITHMS)('the trees of %s', (algorithm, parameters) => {
  test.each(TARGETS)('the contributions are the Shapley values by their definition: $target', (wanted) => {
    const model = trained(algorithm, wanted, parameters);
    const { estimator } = model;
    if (estimator.kind !== 'TREES' && estimator.kind !== 'FOREST') throw new Error('not a model of trees');
    const explainable = createRowExplainer(model)!;
    const output = (model.labels?.length ?? 1) - 1;
    // Trees of one margin take turns.
    const turns =
      estimator.kind === 'TREES' && estimator.leafSize === 1 ? Math.max(1, estimator.startMargins.length) : 1;
    const roots = [...estimator.roots].filter((_, tree) => turns === 1 || tree % turns === output);
    for (const row of ROWS) {
      const plain: PlainRow = model.features.map(({ name }) => ({ ...row })[name as 'x'] ?? null);
      const reference = shapleyValues(model, estimator, roots, plain, (leaf) => leafValue(estimator, leaf, output));
      const { contributions } = explainable.explain(row, output);
      for (const [i, { name }] of model.features.entries()) {
        const own = contributions.find(({ column }) => column === name);
        expect(own?.contribution, name).toBeCloseTo(reference.values[i]!, 9);
      }
    }
  });
});

/** What a leaf adds to an output. */
function leafValue(estimator: Model['estimator'], leaf: number, output: number): number {
  if (estimator.kind === 'TREES') {
    const vector = estimator.nodeRights[leaf]! * estimator.leafSize;
    if (estimator.combine === 'MARGINS') return estimator.leafValues[vector + (estimator.leafSize > 1 ? output : 0)]!;
    return estimator.leafValues[vector + output]! / estimator.roots.length;
  }
  if (estimator.kind !== 'FOREST') throw new Error('not a model of trees');
  const { prior, roots, nodeRights, leafEnds, leafLabels, leafValues } = estimator;
  const share = (1 - prior.reduce((sum, each) => sum + each, 0)) / roots.length;
  const vector = nodeRights[leaf]!;
  if (leafEnds.length === 0) return share * leafValues[vector]!;
  const from = vector === 0 ? 0 : leafEnds[vector - 1]!;
  const at = [...leafLabels.subarray(from, leafEnds[vector])].indexOf(output);
  return at < 0 ? 0 : share * leafValues[from + at]!;
}

test('trees whose leaves were not counted have no contributions', () => {
  const model = trained('GRADIENT_BOOSTING', TARGETS[0], { trees: 3 });
  if (model.estimator.kind !== 'TREES') throw new Error('not a model of trees');
  const { leafRows: _leafRows, ...estimator } = model.estimator;
  expect(createRowExplainer({ ...model, estimator })).toBeNull();
});
