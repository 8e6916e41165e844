import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/ml/random.ts';
import { mapSteps, runToEnd } from '../../../src/ml/steps.ts';
import { type TrainingCheckpoint, trainModel } from '../../../src/ml/train-model.ts';
import { defaultLinearLeaves } from '../../../src/ml/tree/boosting/boosting-defaults.ts';
import { pathFeatures } from '../../../src/ml/tree/boosting/path-features.ts';
import { createRowExplainer } from '../../../src/runtime/contributions/explain-row.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import type { Model, TreesModel } from '../../../src/runtime/model.ts';
import { predictTable } from '../../../src/runtime/predict/predict.ts';
import { createRowPredictor } from '../../../src/runtime/predict/predict-row.ts';
import { MIXED_FEATURES, mixedTable, numbers, request, table, train } from '../made-tables.ts';

const LINEAR = { trees: 12, linearLeaves: true, rowFraction: 0.8, featureFraction: 0.7 };

function wantedOf(parameters: Readonly<Record<string, unknown>>, rows = 400, target = 'amount') {
  const task = target === 'amount' ? 'REGRESSION' : 'CLASSIFICATION';
  return request(mixedTable(rows), target, task, 'GRADIENT_BOOSTING', MIXED_FEATURES, parameters);
}

function modelOf(wanted: ReturnType<typeof wantedOf>): Model {
  return parseModel(train(wanted).trained.modelBytes);
}

function treesOf({ estimator }: Model): TreesModel {
  if (estimator.kind !== 'TREES') throw new Error('trees are expected');
  return estimator;
}

/** The numbers of a column. */
function numbersOf(data: ReturnType<typeof mixedTable>, wanted: string): Float64Array {
  const column = data.columns.find(({ name }) => name === wanted);
  if (column?.storage !== 'number') throw new Error('numbers are expected');
  return column.values;
}

function valuesOf(model: Model, data: ReturnType<typeof mixedTable>): Float64Array {
  const predictions = predictTable(model, data);
  if (predictions.task !== 'REGRESSION') throw new Error('values are predicted');
  return predictions.values;
}

/** A straight line, noise around it, and a column that tells nothing. */
function lineTable(rowCount: number) {
  const random = createRandom(5);
  const x = Array.from({ length: rowCount }, () => random.uniform());
  return table(
    numbers('x', x),
    numbers(
      'noise',
      x.map(() => random.uniform()),
    ),
    numbers(
      'target',
      x.map((value) => 10 * value + random.uniform()),
    ),
    numbers(
      'weight',
      x.map((_, row) => 1 + (row % 7)),
    ),
  );
}

const SINGLE = { trees: 1, learningRate: 1, l2: 0, maxLeaves: 4, rowFraction: 1, featureFraction: 1 };

describe('leaves with slopes', () => {
  test('a tree of few leaves follows a straight line, where one of numbers makes steps', () => {
    const data = lineTable(2_000);
    const scoreOf = (linearLeaves: boolean) => {
      const parameters = { ...SINGLE, linearLeaves };
      const { metrics } = train(
        request(data, 'target', 'REGRESSION', 'GRADIENT_BOOSTING', ['x', 'noise'], parameters),
      ).trained;
      return metrics.task === 'REGRESSION' ? metrics.r2 : null;
    };
    expect(scoreOf(false)).toBeLessThan(0.95);
    expect(scoreOf(true)).toBeGreaterThan(0.985);
  });

  test.each([
    { weightColumn: undefined, earlyStoppingRounds: 0 },
    { weightColumn: 'weight', earlyStoppingRounds: 0 },
    { weightColumn: 'weight', earlyStoppingRounds: 1 },
  ])('values and slopes are the minimum of the penalised squares: %j', ({ weightColumn, earlyStoppingRounds }) => {
    const data = lineTable(1_000);
    const parameters = { ...SINGLE, earlyStoppingRounds, linearLeaves: true };
    const plain = request(data, 'target', 'REGRESSION', 'GRADIENT_BOOSTING', ['x', 'noise'], parameters);
    const model = modelOf(weightColumn === undefined ? plain : { ...plain, weightColumn });
    const trees = treesOf(model);
    const { slopes, edges, leafValues } = trees;
    if (slopes === undefined) throw new Error('slopes are expected');
    expect(slopes.values.length).toBeGreaterThan(0);
    const columnOf = (name: string) => numbersOf(data, name);
    const [target, weight] = [columnOf('target'), columnOf('weight')];
    const bins = edges.map((ofFeature, f) =>
      columnOf(model.features[f]!.name).map((value) => ofFeature.filter((edge) => edge < value).length),
    );
    const predicted = valuesOf(model, data);
    // Every fifth row is a test row.
    const rows = Array.from({ length: 1_000 }, (_, row) => row).filter((row) => row % 5 !== 4);
    const leafOf = (row: number) => {
      let node = 0;
      while (trees.nodeFeatures[node] !== 0xffff) {
        const isLeft = bins[trees.nodeFeatures[node]!]![row]! <= trees.nodeSplits[node]! >> 1;
        node = isLeft ? node + 1 : trees.nodeRights[node]!;
      }
      return trees.nodeRights[node]!;
    };
    const variances = bins.map((ofFeature) => {
      const known = rows.map((row) => ofFeature[row]!);
      const mean = known.reduce((sum, bin) => sum + bin, 0) / known.length;
      return known.reduce((sum, bin) => sum + (bin - mean) ** 2, 0) / known.length;
    });
    for (let leaf = 0; leaf < leafValues.length; leaf++) {
      const own = rows.filter((row) => leafOf(row) === leaf);
      const residual = (row: number) =>
        (weightColumn === undefined ? 1 : weight[row]!) * (predicted[row]! - target[row]!);
      expect(Math.abs(own.reduce((sum, row) => sum + residual(row), 0))).toBeLessThan(1e-6);
      for (let i = slopes.ends[leaf - 1] ?? 0; i < slopes.ends[leaf]!; i++) {
        const f = slopes.features[i]!;
        const [lowest, middle, highest] = [0, 8, 16].map((bit) => (slopes.bins[i]! >> bit) & 255);
        const ofLeaf = own.map((row) => bins[f]![row]!);
        expect([lowest, highest]).toEqual([Math.min(...ofLeaf), Math.max(...ofLeaf)]);
        const pull = own.reduce((sum, row) => sum + residual(row) * (bins[f]![row]! - middle!), 0);
        expect(Math.abs(pull + variances[f]! * slopes.values[i]!)).toBeLessThan(1e-5);
      }
    }
  });

  test('the curve tells the loss of what the model predicts', () => {
    const wanted = wantedOf({ ...LINEAR, trees: 30 });
    const { trained } = train(wanted);
    const data = mixedTable(400);
    const values = valuesOf(parseModel(trained.modelBytes), data);
    const amounts = numbersOf(data, 'amount');
    const rows = Array.from({ length: 400 }, (_, row) => row).filter((row) => row % 5 !== 4);
    const squares = rows.reduce((sum, row) => sum + (values[row]! - amounts[row]!) ** 2, 0) / rows.length;
    const { trainLoss } = trained.curve.at(-1)!;
    expect(Math.min(Math.abs(trainLoss! - squares), Math.abs(trainLoss! - squares / 2))).toBeLessThan(1e-9);
  });

  test('a training resumes from each of its checkpoints to the same model, replay included', () => {
    const wanted = wantedOf({ ...LINEAR, earlyStoppingRounds: 5 });
    const checkpoints: TrainingCheckpoint[] = [];
    const trained = runToEnd(
      mapSteps(trainModel(wanted), ({ checkpoint }) => {
        if (checkpoint !== null) checkpoints.push(structuredClone(checkpoint()));
      }),
    );
    expect(checkpoints.length).toBeGreaterThanOrEqual(10);
    for (const checkpoint of checkpoints) {
      expect(runToEnd(trainModel(wanted, { checkpoint })).modelBytes).toEqual(trained.modelBytes);
    }
  });

  test('with more features on a path than a leaf may have slopes, the last ones have them', () => {
    const random = createRandom(3);
    const names = Array.from({ length: 12 }, (_, f) => `f${f}`);
    const drawn = names.map(() => Array.from({ length: 3_000 }, () => random.uniform()));
    const columns = names.map((name, f) => numbers(name, drawn[f]!));
    const target = drawn[0]!.map((_, row) => drawn.reduce((sum, column) => sum + column[row]!, 0));
    const parameters = { trees: 3, maxDepth: 11, minSamplesLeaf: 1, linearLeaves: true };
    const data = table(...columns, numbers('target', target));
    const { slopes } = treesOf(modelOf(request(data, 'target', 'REGRESSION', 'GRADIENT_BOOSTING', names, parameters)));
    const counts = [...slopes!.ends].map((end, leaf) => end - (slopes!.ends[leaf - 1] ?? 0));
    expect(Math.max(...counts)).toBe(8);
  });

  test('the features of a path come once, without categories', () => {
    const leaf = { split: null, children: null };
    type Node = { split: { feature: number } | null; children: readonly [Node, Node] | null };
    const at = (feature: number, left: Node, right: Node): Node => ({ split: { feature }, children: [left, right] });
    const [deep, middle]: [Node, Node] = [{ ...leaf }, { ...leaf }];
    const root = at(0, at(2, at(1, at(0, deep, { ...leaf }), { ...leaf }), middle), { ...leaf });
    const paths = pathFeatures(root, Uint8Array.of(0, 0, 1), 8);
    expect([paths.get(deep), paths.get(middle), paths.size]).toEqual([[1, 0], [0], 5]);
    expect(pathFeatures(root, Uint8Array.of(0, 0, 0), 2).get(deep)).toEqual([1, 0]);
  });
});

describe('where leaves cannot have slopes they are numbers', () => {
  test.each([
    ['yes', {}],
    ['size', {}],
    ['amount', { loss: 'QUANTILE' }],
    ['amount', { loss: 'POISSON' }],
  ])('%s %j', (target, more) => {
    const bytesOf = (linearLeaves: boolean) => {
      const wanted = wantedOf({ trees: 5, linearLeaves, ...more }, 400, target);
      const data = mixedTable(400);
      const columns = data.columns.map((column) =>
        column.storage === 'number' ? { ...column, values: column.values.map(Math.abs) } : column,
      );
      return train({ ...wanted, table: { ...data, columns } }).trained.modelBytes;
    };
    expect(bytesOf(true)).toEqual(bytesOf(false));
  });

  test('under monotone constraints', () => {
    const bytesOf = (linearLeaves: boolean) =>
      train({
        ...wantedOf({ trees: 5, linearLeaves }),
        monotone: [{ column: 'x', direction: 'INCREASING' }],
      }).trained.modelBytes;
    expect(bytesOf(true)).toEqual(bytesOf(false));
  });

  const size = { trainRows: 500, features: 5, labels: 0 };

  test.each([
    [size, {}, true],
    [size, { loss: 'SQUARED' }, true],
    [size, { loss: 'POISSON' }, false],
    [{ ...size, labels: 2 }, {}, false],
    [{ ...size, trainRows: 499 }, {}, false],
    [{ ...size, isConstrained: true }, {}, false],
  ] as const)('by default: %j with %j: %s', (of, given, expected) => {
    expect(defaultLinearLeaves(of, given)).toBe(expected);
  });
});

describe('predictions of leaves with slopes', () => {
  const model = modelOf(wantedOf({ ...LINEAR, trees: 40 }, 1_500));
  const predict = createRowPredictor(model);
  const predicted = (row: Readonly<Record<string, number | string | null>>) => {
    const predictions = predict(row);
    return predictions.task === 'REGRESSION' ? predictions.values[0]! : Number.NaN;
  };
  const cell = fc.oneof(fc.double({ min: -20, max: 20, noNaN: true }), fc.constant(null));
  const place = fc.constantFrom('Bern', 'Lima', 'Oslo', 'elsewhere', null);

  test('one row, and the same row among many, are predicted alike to the last bit', () => {
    const rows = 2_000;
    const random = createRandom(9);
    const draw = () => (random.uniform() < 0.1 ? null : random.uniform() * 16 - 3);
    const [x, y] = [Array.from({ length: rows }, draw), Array.from({ length: rows }, draw)];
    const values = valuesOf(model, table(numbers('x', x), numbers('y', y)));
    for (let row = 0; row < rows; row++) expect(values[row]).toBe(predicted({ x: x[row]!, y: y[row]! }));
  });

  test('beyond the training rows predictions stay where they are at their ends', () => {
    const data = numbersOf(mixedTable(1_500), 'x');
    const [lowest, highest] = [Math.min(...data), Math.max(...data)];
    fc.assert(
      fc.property(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }), cell, place, (beyond, y, of) => {
        expect(predicted({ x: highest + beyond, y, place: of })).toBe(predicted({ x: highest, y, place: of }));
        expect(predicted({ x: lowest - beyond, y, place: of })).toBe(predicted({ x: lowest, y, place: of }));
      }),
    );
  });

  test('base and contributions sum to the prediction', () => {
    const { explain } = createRowExplainer(model)!;
    fc.assert(
      fc.property(cell, cell, place, (x, y, of) => {
        const { base, contributions } = explain({ x, y, place: of }, 0);
        const sum = contributions.reduce((total, { contribution }) => total + contribution, base);
        expect(sum).toBeCloseTo(predicted({ x, y, place: of }), 9);
      }),
    );
  });

  test('of one tree the slopes of the row’s own leaf are their features’ contributions', () => {
    const single = modelOf(wantedOf({ trees: 1, learningRate: 1, maxDepth: 2, linearLeaves: true }, 1_500));
    const trees = treesOf(single);
    const { slopes } = trees;
    const plain = { ...single, estimator: { ...trees, slopes: { ...slopes!, values: slopes!.values.map(() => 0) } } };
    const row = { x: 2.5, y: 1.2, place: 'Bern' };
    const [withSlopes, without] = [single, plain].map((each) => createRowExplainer(each)!.explain(row, 0));
    expect(withSlopes!.base).toBe(without!.base);
    const of = ({ contributions }: NonNullable<typeof withSlopes>, name: string) =>
      contributions.find(({ column }) => column === name)?.contribution ?? 0;
    const differences = ['x', 'y', 'place'].map((name) => of(withSlopes!, name) - of(without!, name));
    expect(differences[2]).toBe(0);
    expect(Math.abs(differences[0]!) + Math.abs(differences[1]!)).toBeGreaterThan(0.1);
    const difference = differences.reduce((sum, each) => sum + each, 0);
    const values = [single, plain].map((each) => createRowPredictor(each)(row));
    expect(values[0]!.task === 'REGRESSION' && values[0]!.values[0]! - difference).toBeCloseTo(
      (values[1]!.task === 'REGRESSION' && values[1]!.values[0]) || 0,
      9,
    );
  });
});
