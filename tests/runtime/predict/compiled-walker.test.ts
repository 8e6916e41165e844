import { describe, expect, test } from 'vitest';
import type { AlgorithmName } from '../../../src/ml/registry.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import { LEAF, type Model, outputCount } from '../../../src/runtime/model.ts';
import { compiledWalker } from '../../../src/runtime/predict/compiled-walker.ts';
import { predictTable } from '../../../src/runtime/predict/predict.ts';
import { walkTrees } from '../../../src/runtime/predict/predict-trees.ts';
import { predictionsFromSums } from '../../../src/runtime/predict/predictions.ts';
import { MIXED_FEATURES, mixedTable, request, train } from '../../ml/made-tables.ts';

const data = mixedTable(1_500);

const LEARNERS: readonly (readonly [AlgorithmName, object])[] = [
  ['RANDOM_FOREST', { trees: 12 }],
  ['EXTRA_TREES', { trees: 12 }],
  ['DECISION_TREE', { maxDepth: 20 }],
  ['GRADIENT_BOOSTING', { trees: 12, maxDepth: 16, maxLeaves: 80, minSamplesLeaf: 1 }],
];

const TARGETS = [
  ['yes', 'CLASSIFICATION'],
  ['size', 'CLASSIFICATION'],
  ['amount', 'REGRESSION'],
] as const;

const CASES = LEARNERS.flatMap(([algorithm, parameters]) =>
  TARGETS.map(([target, task]) => ({ algorithm, parameters, target, task })),
);

function treesOf(model: Model) {
  const { estimator } = model;
  if (estimator.kind !== 'TREES' && estimator.kind !== 'FOREST') throw new Error('trees were trained');
  return estimator;
}

describe('trees of any depth', () => {
  test.each(CASES)('say the same bits of many rows in a compiled loop: $algorithm of $target', (wanted) => {
    const { algorithm, parameters, target, task } = wanted;
    const model = parseModel(
      train(request(data, target, task, algorithm, MIXED_FEATURES, { ...parameters })).trained.modelBytes,
    );
    const trees = treesOf(model);
    expect(compiledWalker(trees, model.features)).not.toBeNull();
    const columns = model.features.map(({ name }) => data.columns.find((column) => column.name === name) ?? null);
    const rows = Int32Array.from({ length: data.rowCount }, (_, row) => row);
    const oneByOne = predictionsFromSums(model, walkTrees(trees, model, columns, outputCount(model))(rows));
    expect(predictTable(model, data)).toEqual(oneByOne);
  });

  test('that would take too much memory are walked one row after the other', () => {
    const model = parseModel(
      train(request(data, 'yes', 'CLASSIFICATION', 'DECISION_TREE', MIXED_FEATURES)).trained.modelBytes,
    );
    const nodes = 5_000_001;
    const nodeFeatures = new Uint16Array(nodes).fill(LEAF);
    nodeFeatures.fill(0, 0, nodes - 1);
    expect(compiledWalker({ ...treesOf(model), nodeFeatures }, model.features)).toBeNull();
  });
});
