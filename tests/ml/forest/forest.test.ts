import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prepareCells, prepareForest } from '../../../src/ml/forest/forest-memory.ts';
import type { ForestTree } from '../../../src/ml/forest/forest-tree.ts';
import { pcaCategoryOrder } from '../../../src/ml/forest/pca-category-order.ts';
import { drawSample, prepareSample, type RowSample } from '../../../src/ml/forest/row-sample.ts';
import { ClassificationSplitter } from '../../../src/ml/forest/splitting/classification-splitter.ts';
import type { NodeSplitter } from '../../../src/ml/forest/splitting/node-splitter.ts';
import { RegressionSplitter } from '../../../src/ml/forest/splitting/regression-splitter.ts';
import { type ForestSettings, TreeGrower } from '../../../src/ml/forest/tree-grower.ts';
import { SINGLE_THREAD } from '../../../src/ml/parallel/pool-jobs.ts';
import { TrainingWasm } from '../../../src/ml/parallel/training-wasm.ts';
import { createRandom } from '../../../src/ml/random.ts';
import { runToEnd } from '../../../src/ml/steps.ts';
import { TrainingDataError } from '../../../src/ml/train-model.ts';
import { binFeatures } from '../../../src/ml/tree/binning/bin-features.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import { type ForestModel, LEAF, type Model } from '../../../src/runtime/model.ts';
import { predictTable } from '../../../src/runtime/predict/predict.ts';
import type { Table } from '../../../src/tabular/types/column.ts';
import { MIXED_FEATURES, mixedTable, numbers, request, table, texts, train } from '../made-tables.ts';

const NO_WEIGHTS = { ofClasses: null, ofRows: null };

function forestOf(model: Model): ForestModel {
  if (model.estimator.kind !== 'FOREST') throw new Error('not a forest');
  return model.estimator;
}

/** The model with one of its trees alone, and without the background. */
function withTree(model: Model, tree: number): Model {
  const forest = forestOf(model);
  const from = forest.roots[tree]!;
  const to = forest.roots[tree + 1] ?? forest.nodeFeatures.length;
  const nodeFeatures = forest.nodeFeatures.slice(from, to);
  const estimator: ForestModel = {
    ...forest,
    prior: forest.prior.map(() => 0),
    roots: Uint32Array.of(0),
    nodeFeatures,
    nodeSplits: forest.nodeSplits.slice(from, to),
    nodeRights: forest.nodeRights.slice(from, to).map((right, i) => (nodeFeatures[i] === LEAF ? right : right - from)),
  };
  return { ...model, estimator };
}

function outputsOf(model: Model, data: Table): Float64Array {
  const predictions = predictTable(model, data);
  return predictions.task === 'CLASSIFICATION' ? predictions.probabilities : predictions.values;
}

const SEED = 5;

/** The samples of the trees, drawn again: the first number of the fitting's generator is the forest's seed. */
function bootstraps(rowCount: number, trees: number): RowSample[] {
  const seed = createRandom(SEED).uint32();
  using wasm = TrainingWasm.take();
  const memory = prepareSample(wasm, rowCount);
  return Array.from({ length: trees }, (_, t) => {
    const { draws, rows, others } = drawSample('BOOTSTRAP', memory, rowCount, createRandom(seed + t), wasm);
    return { draws: draws.slice(), rows: rows.slice(), others };
  });
}

/** The row of the table for each training row, where every fifth is a test row. */
function trainingRows(data: Table): number[] {
  return Array.from({ length: data.rowCount }, (_, row) => row).filter((row) => row % 5 !== 4);
}

describe('the curve is the out-of-bag loss', () => {
  const data = mixedTable(400);
  const trees = 9;

  test.each([
    ['yes', 'CLASSIFICATION'],
    ['size', 'CLASSIFICATION'],
    ['amount', 'REGRESSION'],
  ] as const)('the curve is the out-of-bag loss computed by hand: %s', (target, task) => {
    const parameters = { trees, seed: SEED };
    const { trained } = train(request(data, target, task, 'RANDOM_FOREST', MIXED_FEATURES, parameters));
    const model = parseModel(trained.modelBytes);
    const rows = trainingRows(data);
    const width = model.labels?.length ?? 1;
    const sums = new Float64Array(rows.length * width);
    const counts = new Float64Array(rows.length);
    for (const [t, { draws }] of bootstraps(rows.length, trees).entries()) {
      const outputs = outputsOf(withTree(model, t), data);
      for (const [i, row] of rows.entries()) {
        if (draws[i]! > 0) continue;
        counts[i]!++;
        for (let k = 0; k < width; k++) sums[i * width + k]! += outputs[row * width + k]!;
      }
    }
    const { prior } = forestOf(model);
    const share = prior.reduce((sum, part) => sum + part, 0);
    const column = data.columns.find(({ name }) => name === target)!;
    let loss = 0;
    for (const [i, row] of rows.entries()) {
      if (counts[i] === 0) continue;
      if (column.storage === 'number') loss += (sums[i]! / counts[i]! - column.values[row]!) ** 2 / 2;
      else {
        const k = model.labels!.indexOf(column.labels[column.codes[row]!]!);
        loss -= Math.log(prior[k]! + ((1 - share) * sums[i * width + k]!) / counts[i]!);
      }
    }
    const last = trained.curve.at(-1);
    expect(trained.curve.length).toBe(trees);
    expect(last?.trainLoss).toBe(null);
    expect(last?.validationLoss).toBeCloseTo(loss / counts.filter((count) => count > 0).length, 10);
  });
});

describe('limits', () => {
  const random = createRandom(8);
  const noise = table(
    numbers(
      'x',
      Array.from({ length: 300 }, (_, i) => i),
    ),
    numbers(
      'number',
      Array.from({ length: 300 }, () => random.uniform()),
    ),
    texts(
      'two',
      Array.from({ length: 300 }, () => ['a', 'b'][random.below(2)]!),
    ),
    texts(
      'three',
      Array.from({ length: 300 }, () => ['a', 'b', 'c'][random.below(3)]!),
    ),
  );

  test.each([
    ['number', 'REGRESSION'],
    ['two', 'CLASSIFICATION'],
    ['three', 'CLASSIFICATION'],
  ] as const)('a forest keeps the minimum of different rows per leaf and the maximum depth: %s', (target, task) => {
    const parameters = { trees: 3, seed: SEED, minSamplesLeaf: 7, maxDepth: 4 };
    const wanted = request(noise, target, task, 'RANDOM_FOREST', ['x'], parameters);
    const forest = forestOf(parseModel(train(wanted).trained.modelBytes));
    const rows = trainingRows(noise);
    let deepest = 0;
    for (const [t, { draws }] of bootstraps(rows.length, 3).entries()) {
      const rowsOfLeaf = new Map<number, number>();
      for (const [i, row] of rows.entries()) {
        if (draws[i] === 0) continue;
        let node = forest.roots[t]!;
        let depth = 0;
        for (; forest.nodeFeatures[node] !== LEAF; depth++) {
          const bin = forest.edges[0]!.filter((edge) => edge < row).length;
          node = bin <= forest.nodeSplits[node]! >>> 1 ? node + 1 : forest.nodeRights[node]!;
        }
        rowsOfLeaf.set(node, (rowsOfLeaf.get(node) ?? 0) + 1);
        deepest = Math.max(deepest, depth);
      }
      expect(rowsOfLeaf.size).toBeGreaterThan(3);
      expect(Math.min(...rowsOfLeaf.values())).toBeGreaterThanOrEqual(7);
    }
    expect(deepest).toBe(4);
  });

  test('a forest too large for a file is refused after its first tree', () => {
    const many = mixedTable(4000);
    const parameters = { trees: 10_000, minSamplesLeaf: 1 };
    const wanted = request(many, 'amount', 'REGRESSION', 'RANDOM_FOREST', MIXED_FEATURES, parameters);
    expect(() => train(wanted)).toThrow(TrainingDataError);
    expect(() => train(wanted)).toThrow(/10000 trees of \d+ leaves, as the last one has, take more than 256 MB/);
  });
});

describe('growing', () => {
  const data = mixedTable(9000);
  const rows = Int32Array.from({ length: 9000 }, (_, row) => row);

  /** The tree of that number, by a grower that has grown those before it in the list. */
  function grow(target: 'yes' | 'size', order: readonly number[]): ForestTree {
    const column = data.columns.find(({ name }) => name === target)!;
    if (column.storage !== 'label') throw new Error('labels were asked for');
    const features = [
      { name: 'x', kind: 'NUMBER' },
      { name: 'y', kind: 'NUMBER' },
      { name: 'place', kind: 'CATEGORY', categories: ['Bern', 'Lima', 'Oslo'] },
    ] as const;
    const training = {
      features,
      columns: data.columns.slice(0, 3),
      rows,
      target: { task: 'CLASSIFICATION', labels: column.labels, codes: column.codes },
    } as const;
    using wasm = TrainingWasm.take();
    const matrix = runToEnd(binFeatures(training, 255, createRandom(0), wasm, SINGLE_THREAD));
    const [memory] = prepareForest(matrix, training.target, 2, 1);
    const splitter =
      target === 'yes'
        ? new RegressionSplitter(training.target, NO_WEIGHTS, 2, wasm, memory!.cells!)
        : new ClassificationSplitter(training.target, NO_WEIGHTS, 2);
    const settings: ForestSettings = {
      maxDepth: Number.POSITIVE_INFINITY,
      featuresPerSplit: 2,
      sampling: 'BOOTSTRAP',
      sampleSize: rows.length,
      hasRandomThresholds: false,
      seed: 4,
    };
    const grower = new TreeGrower(matrix, splitter, settings, memory!);
    return order.map((number) => runToEnd(grower.grow(number)).tree).at(-1)!;
  }

  test.each(['yes', 'size'] as const)('a tree of a forest depends on its number alone: %s', (target) => {
    const tree = grow(target, [3]);
    expect(tree.nodeFeatures.length).toBeGreaterThan(100);
    expect(grow(target, [7, 0, 3])).toEqual(tree);
    expect(grow(target, [4])).not.toEqual(tree);
  });

  test('a forest yields within a large tree', () => {
    const parameters = { trees: 1, featureFraction: 1 };
    const fitting = (rows: number) => {
      const table = mixedTable(rows);
      const { steps } = train(request(table, 'amount', 'REGRESSION', 'RANDOM_FOREST', MIXED_FEATURES, parameters));
      return steps.filter(({ stage }) => stage === 'FITTING').length;
    };
    // The features are binned in as many steps, and one ends the tree.
    expect(fitting(80_000)).toBeGreaterThan(fitting(500));
  });
});

describe('a splitter finds the best cut', () => {
  const MISSING = 5;
  const node = fc.array(
    fc.record({
      bin: fc.integer({ min: 0, max: MISSING }),
      label: fc.integer({ min: 0, max: 1 }),
      draws: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 1, maxLength: 400 },
  );

  test('a splitter finds the best cut of two labels, as an exhaustive search does', () => {
    fc.assert(
      fc.property(node, fc.boolean(), fc.constantFrom(1, 4), (cells, isCategory, minRows) => {
        const codes = Int32Array.from(cells, ({ label }) => label);
        using wasm = TrainingWasm.take();
        const weights = Float64Array.of(1, 2.5);
        const bins = wasm.bytes(cells.length);
        bins.set(cells.map(({ bin }) => bin));
        const column = { bins, address: wasm.addressOf(bins), binCount: MISSING + 1, isCategory };
        const rows = wasm.integers(cells.length);
        rows.set(cells.map((_, i) => i));
        const tried = allCuts(cells, weights, isCategory, minRows);
        const target = { task: 'CLASSIFICATION', labels: ['a', 'b'], codes } as const;
        const weighting = { ofClasses: weights, ofRows: null };
        const splitters: readonly (readonly [NodeSplitter, number])[] = [
          [new ClassificationSplitter(target, weighting, minRows), 1],
          // The variance of 0 and 1 is half the Gini impurity. Weights that are not 0 and 1 change nothing in that.
          [new RegressionSplitter(target, weighting, minRows, wasm, prepareCells(wasm, cells.length)), 2],
        ];
        for (const [splitter, scale] of splitters) {
          splitter.startTree(Int32Array.from(cells, ({ draws }) => draws));
          splitter.open(rows, 0, cells.length);
          splitter.tryFeature(0, column);
          expect(splitter.best.gain * scale).toBeCloseTo(tried, 6);
        }
      }),
      { numRuns: 300 },
    );
  });
});

interface Cell {
  readonly bin: number;
  readonly label: number;
  readonly draws: number;
}

/** The largest gain of any cut of the bins 0 to 5, of which 5 holds the missing values of a number. */
function allCuts(cells: readonly Cell[], weights: Float64Array, isCategory: boolean, minRows: number): number {
  const score = (side: readonly Cell[]): number => {
    const sums = [0, 0];
    for (const { label, draws } of side) sums[label]! += draws * weights[label]!;
    const total = sums[0]! + sums[1]!;
    return (sums[0]! ** 2 + sums[1]! ** 2) / total;
  };
  let best = 0;
  for (let cut = 0; cut < 5; cut++) {
    for (const missingLeft of isCategory ? [false] : [false, true]) {
      const leftBins = ({ bin }: Cell): boolean => (bin === 5 && !isCategory ? missingLeft : bin <= cut);
      const left = cells.filter(leftBins);
      const right = cells.filter((cell) => !leftBins(cell));
      if (left.length < minRows || right.length < minRows) continue;
      best = Math.max(best, score(left) + score(right) - score(cells));
    }
  }
  return best > 1e-9 ? best : 0;
}

test('codes are put on a line along which their labels differ most', () => {
  // Five codes of three labels; from code 0 to code 4 the first label gives way to the second, the third is everywhere.
  const table = Float64Array.from([0, 2, 4, 1, 3].flatMap((step) => [100 * (4 - step), 100 * step, 30]));
  const scores = [...pcaCategoryOrder(table, 5, 3, 0)];
  const order = [0, 1, 2, 3, 4].sort((a, b) => scores[a]! - scores[b]!);
  expect([order, [...order].reverse()]).toContainEqual([0, 3, 1, 4, 2]);
});

describe('a forest', () => {
  /** Two of ten numbers matter, and every fifth label is wrong. */
  function noisyTable(rowCount: number): Table {
    const random = createRandom(2);
    const x = Array.from({ length: 10 }, () => Array.from({ length: rowCount }, () => random.uniform()));
    const labels = Array.from({ length: rowCount }, (_, row) => {
      const isHigh = x[0]![row]! + x[1]![row]! > 1;
      return isHigh !== random.uniform() < 0.2 ? 'high' : 'low';
    });
    return table(...x.map((values, j) => numbers(`x${j}`, values)), texts('label', labels));
  }

  test('a forest beats one tree on noise, in both tasks', () => {
    const data = noisyTable(3000);
    const features = Array.from({ length: 10 }, (_, j) => `x${j}`);
    const accuracy = (algorithm: 'DECISION_TREE' | 'RANDOM_FOREST', extra: Record<string, number>): number => {
      const { metrics } = train(request(data, 'label', 'CLASSIFICATION', algorithm, features, extra)).trained;
      return metrics.task === 'CLASSIFICATION' ? metrics.accuracy : Number.NaN;
    };
    const forest = accuracy('RANDOM_FOREST', { trees: 40 });
    expect(forest).toBeGreaterThan(accuracy('DECISION_TREE', { maxDepth: 32 }) + 0.02);
    expect(forest).toBeGreaterThan(0.75);
    const mixed = mixedTable(2000);
    const r2 = (algorithm: 'DECISION_TREE' | 'RANDOM_FOREST', extra: Record<string, number>): number => {
      const { metrics } = train(request(mixed, 'amount', 'REGRESSION', algorithm, MIXED_FEATURES, extra)).trained;
      return metrics.task === 'REGRESSION' ? metrics.r2! : Number.NaN;
    };
    expect(r2('RANDOM_FOREST', { trees: 40 })).toBeGreaterThan(r2('DECISION_TREE', { maxDepth: 32 }));
  });

  test('a forest separates many labels and many categories', () => {
    const random = createRandom(9);
    const rows = Array.from({ length: 4000 }, () => ({ town: random.below(40), x: random.uniform() }));
    const towns = table(
      texts(
        'town',
        rows.map(({ town }) => `town ${town}`),
      ),
      numbers(
        'x',
        rows.map(({ x }) => x),
      ),
      texts(
        'label',
        rows.map(({ town, x }) => `${(town * 7) % 20} ${x < 0.5}`),
      ),
    );
    const wanted = request(towns, 'label', 'CLASSIFICATION', 'RANDOM_FOREST', ['town', 'x'], { trees: 30 });
    const { metrics } = train(wanted).trained;
    expect(metrics.task === 'CLASSIFICATION' && metrics.accuracy).toBeGreaterThan(0.98);
  });

  test('a forest learns from missing values', () => {
    const rows = Array.from({ length: 300 }, (_, i) => i);
    for (const labels of [
      ['gone', 'there'],
      ['gone', 'there', 'seldom'],
    ]) {
      const gaps = table(
        numbers(
          'x',
          rows.map((i) => (i % 3 === 0 ? null : i % 7)),
        ),
        texts(
          'label',
          rows.map((i) => (i % 3 === 0 ? labels[0]! : labels[i % 7 === 1 ? labels.length - 1 : 1]!)),
        ),
      );
      const { trained } = train(request(gaps, 'label', 'CLASSIFICATION', 'RANDOM_FOREST', ['x'], { trees: 20 }));
      expect(trained.metrics.task === 'CLASSIFICATION' && trained.metrics.accuracy).toBe(1);
    }
  });

  test('a forest predicts permuted labels no better than chance', () => {
    const random = createRandom(3);
    const data = table(
      numbers(
        'x',
        Array.from({ length: 1000 }, () => random.uniform()),
      ),
      texts(
        'label',
        Array.from({ length: 1000 }, () => ['a', 'b'][random.below(2)]!),
      ),
    );
    const { trained } = train(request(data, 'label', 'CLASSIFICATION', 'RANDOM_FOREST', ['x'], { trees: 30 }));
    expect(trained.metrics.task === 'CLASSIFICATION' && trained.metrics.accuracy).toBeLessThan(0.6);
    expect(trained.curve.at(-1)?.validationLoss).toBeGreaterThan(Math.LN2);
  });
});
