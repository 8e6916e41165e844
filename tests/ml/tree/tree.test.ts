import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/ml/random.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import { LEAF, type Model, type TreesModel } from '../../../src/runtime/model.ts';
import { predictTable } from '../../../src/runtime/predict/predict.ts';
import type { Table } from '../../../src/tabular/types/column.ts';
import { numbers, request, table, texts, train } from '../made-tables.ts';

interface Reference {
  readonly x: number[][];
  readonly number: number[];
  readonly several: number[];
  readonly binary: number[];
  readonly regression: number[];
  readonly regressionLeaves: number;
  readonly pruned: number[];
  readonly prunedLeaves: number;
  readonly severalLeaves: { readonly count: number; readonly impurity: number };
  readonly binaryLeaves: { readonly count: number; readonly impurity: number };
  readonly importances: number[];
}
const reference: Reference = JSON.parse(readFileSync(new URL('../reference/tree.json', import.meta.url), 'utf8'));
const rowCount = reference.x.length;

/** The table with its last row twice: that one is the test row, so all rows of the reference are trained on. */
function withOneMore<T>(values: readonly T[]): T[] {
  return [...values, values[rowCount - 1]!];
}

const data = table(
  ...[0, 1, 2].map((j) => numbers(`x${j}`, withOneMore(reference.x.map((row) => row[j]!)))),
  numbers('number', withOneMore(reference.number)),
  numbers('several', withOneMore(reference.several)),
  numbers('binary', withOneMore(reference.binary)),
);
const FEATURES = ['x0', 'x1', 'x2'];
const LAST_ROW = { strategy: 'LAST', testFraction: 1 / (rowCount + 1), column: null, seed: 0 } as const;
const SETTINGS = { maxDepth: 4, minSamplesLeaf: 7 };

function fitTree(target: string, parameters: object) {
  const task = target === 'number' ? 'REGRESSION' : 'CLASSIFICATION';
  const wanted = request(data, target, task, 'DECISION_TREE', FEATURES, { ...SETTINGS, ...parameters });
  const { trained } = train({ ...wanted, split: LAST_ROW });
  expect(trained.trainRows).toBe(rowCount);
  const model = parseModel(trained.modelBytes);
  const predictions = predictTable(model, data);
  const outputs = predictions.task === 'CLASSIFICATION' ? predictions.probabilities : predictions.values;
  return { trained, model, outputs: outputs.slice(0, (outputs.length / (rowCount + 1)) * rowCount) };
}

function treesOf(model: Model): TreesModel {
  if (model.estimator.kind !== 'TREES') throw new Error('not a model of trees');
  return model.estimator;
}

function leafCount(model: Model): number {
  return treesOf(model).nodeFeatures.filter((feature) => feature === LEAF).length;
}

describe('a decision tree grows as scikit-learn', () => {
  test('a regression tree has the leaves, values and importances of scikit-learn', () => {
    const { trained, model, outputs } = fitTree('number', {});
    expect(leafCount(model)).toBe(reference.regressionLeaves);
    for (const [row, value] of reference.regression.entries()) expect(outputs[row]).toBeCloseTo(value, 9);
    for (const { feature, gain } of trained.featureImportances) {
      expect(gain).toBeCloseTo(reference.importances[FEATURES.indexOf(feature)]!, 6);
    }
  });

  test('a pruned tree equals that of scikit-learn', () => {
    const { model, outputs } = fitTree('number', { pruningAlpha: 0.3 });
    expect(leafCount(model)).toBe(reference.prunedLeaves);
    for (const [row, value] of reference.pruned.entries()) expect(outputs[row]).toBeCloseTo(value, 9);
  });

  test.each([
    ['binary', reference.binary, reference.binaryLeaves],
    ['several', reference.several, reference.severalLeaves],
  ] as const)(
    'a classification tree on %s has as many leaves as that of scikit-learn, and as pure ones',
    (target, actual, leaves) => {
      const { model, outputs } = fitTree(target, {});
      expect(leafCount(model)).toBe(leaves.count);
      const width = outputs.length / rowCount;
      const countsOfLeaf = new Map<string, Map<number, number>>();
      for (const [row, label] of actual.entries()) {
        const leaf = outputs.slice(row * width, (row + 1) * width).join();
        const counts = countsOfLeaf.get(leaf) ?? new Map<number, number>();
        countsOfLeaf.set(leaf, counts.set(label, (counts.get(label) ?? 0) + 1));
      }
      let impurity = 0;
      for (const counts of countsOfLeaf.values()) {
        const rows = [...counts.values()].reduce((sum, count) => sum + count, 0);
        for (const count of counts.values()) impurity += (count * (rows - count)) / rows;
      }
      expect(impurity).toBeCloseTo(leaves.impurity, 9);
    },
  );
});

/** Noise that only a tree without limits can follow. */
function noiseTable(rows: number): Table {
  const random = createRandom(5);
  return table(
    numbers(
      'x',
      Array.from({ length: rows }, (_, i) => i),
    ),
    numbers(
      'number',
      Array.from({ length: rows }, () => random.uniform() * 1e9),
    ),
    texts(
      'label',
      Array.from({ length: rows }, () => ['a', 'b', 'c'][random.below(3)]!),
    ),
  );
}

describe('limits', () => {
  const noise = noiseTable(200);

  test('a tree without limits fits its training rows exactly', () => {
    const { trained } = train(
      request(noise, 'number', 'REGRESSION', 'DECISION_TREE', ['x'], { maxDepth: 32, minSamplesLeaf: 1 }),
    );
    const predictions = predictTable(parseModel(trained.modelBytes), noise);
    const actual = noise.columns[1]!;
    if (predictions.task !== 'REGRESSION' || actual.storage !== 'number') throw new Error('a regression was asked for');
    const trainingRows = (values: Float64Array) => values.subarray(0, 200).filter((_, row) => row % 5 !== 4);
    expect(trainingRows(predictions.values)).toEqual(trainingRows(actual.values));
  });

  test.each([
    ['DECISION_TREE', 'label', 'CLASSIFICATION'],
    ['DECISION_TREE', 'number', 'REGRESSION'],
    ['GRADIENT_BOOSTING', 'label', 'CLASSIFICATION'],
    ['GRADIENT_BOOSTING', 'number', 'REGRESSION'],
  ] as const)('%s on %s keeps minSamplesLeaf, maxDepth and maxLeaves', (algorithm, target, task) => {
    const extra = algorithm === 'GRADIENT_BOOSTING' ? { trees: 3, l2: 0 } : {};
    const wanted = request(noise, target, task, algorithm, ['x'], {
      ...extra,
      minSamplesLeaf: 9,
      maxDepth: 5,
      maxLeaves: 11,
    });
    const model = parseModel(train(wanted).trained.modelBytes);
    const trees = treesOf(model);
    for (const root of trees.roots) {
      const rowsOfLeaf = new Map<number, number>();
      let deepest = 0;
      for (let row = 0; row < 200; row++) {
        if (row % 5 === 4) continue;
        const { leaf, depth } = walk(trees, root, row);
        rowsOfLeaf.set(leaf, (rowsOfLeaf.get(leaf) ?? 0) + 1);
        deepest = Math.max(deepest, depth);
      }
      expect(Math.min(...rowsOfLeaf.values())).toBeGreaterThanOrEqual(9);
      expect(rowsOfLeaf.size).toBeLessThanOrEqual(11);
      expect(deepest).toBeLessThanOrEqual(5);
    }
  });
});

/** The leaf of a value of the only feature, a number. */
function walk(trees: TreesModel, root: number, x: number): { readonly leaf: number; readonly depth: number } {
  let node = root;
  let depth = 0;
  while (trees.nodeFeatures[node] !== LEAF) {
    const bin = trees.edges[0]!.filter((edge) => edge < x).length;
    node = bin <= trees.nodeSplits[node]! >>> 1 ? node + 1 : trees.nodeRights[node]!;
    depth++;
  }
  return { leaf: node, depth };
}

describe('categories and missing values', () => {
  const random = createRandom(9);
  const towns = Array.from({ length: 900 }, () => random.below(30));
  const label = (town: number): string => ((town * 7) % 30 < 15 ? 'wet' : 'dry');

  test.each(['DECISION_TREE', 'GRADIENT_BOOSTING'] as const)(
    '%s separates thirty categories by one split',
    (algorithm) => {
      const weather = table(
        texts(
          'town',
          towns.map((town) => `town ${town}`),
        ),
        texts('label', towns.map(label)),
      );
      const parameters = algorithm === 'DECISION_TREE' ? { maxDepth: 1 } : { maxDepth: 1, trees: 20 };
      const { trained } = train(request(weather, 'label', 'CLASSIFICATION', algorithm, ['town'], parameters));
      expect(trained.metrics.task === 'CLASSIFICATION' && trained.metrics.accuracy).toBe(1);
    },
  );

  test.each(['DECISION_TREE', 'GRADIENT_BOOSTING'] as const)('%s learns from missing values', (algorithm) => {
    const rows = Array.from({ length: 300 }, (_, i) => i);
    const gaps = table(
      numbers(
        'x',
        rows.map((i) => (i % 3 === 0 ? null : i % 7)),
      ),
      texts(
        'label',
        rows.map((i) => (i % 3 === 0 ? 'gone' : 'there')),
      ),
    );
    const { trained } = train(request(gaps, 'label', 'CLASSIFICATION', algorithm, ['x']));
    expect(trained.metrics.task === 'CLASSIFICATION' && trained.metrics.accuracy).toBe(1);
  });

  test('fifty thousand different texts are no problem', () => {
    const rows = Array.from({ length: 50_000 }, (_, i) => i);
    const ids = table(
      texts(
        'id',
        rows.map((i) => `id ${i}`),
      ),
      texts(
        'mostly',
        rows.map((i) => (i % 4 === 0 ? `once ${i}` : 'often')),
      ),
      texts(
        'label',
        rows.map((i) => (i % 4 === 0 ? 'a' : 'b')),
      ),
    );
    const { trained } = train(
      request(ids, 'label', 'CLASSIFICATION', 'GRADIENT_BOOSTING', ['id', 'mostly'], { trees: 20 }),
    );
    expect(trained.metrics.task === 'CLASSIFICATION' && trained.metrics.accuracy).toBe(1);
    expect(trained.warnings).toEqual(['ignored, no text occurs often enough to learn from: id']);
    expect(trained.modelBytes.length).toBeLessThan(10_000);
  });
});
