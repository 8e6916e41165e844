import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exportToOnnx } from '../../../src/ml/export/onnx/export-onnx.ts';
import { TrainingDataError } from '../../../src/ml/train-model.ts';
import { quantileOf } from '../../../src/ml/tree/boosting/regression-loss.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import { bindModel, predictTable } from '../../../src/runtime/predict/predict.ts';
import { errorOf } from '../../support/error-of.ts';
import { MIXED_FEATURES, mixedTable, numbers, request, table, train } from '../made-tables.ts';

const ROWS = Array.from({ length: 60 }, (_, i) => i);

/** Counts that depend on two numbers; every fifth row is a test row. */
const COUNTS = table(
  numbers(
    'x',
    ROWS.map((i) => (i * 7) % 40),
  ),
  numbers(
    'z',
    ROWS.map((i) => (i * 11) % 13),
  ),
  numbers(
    'count',
    ROWS.map((i) => Math.floor(0.02 * ((i * 7) % 40) ** 2 + (((i * 11) % 13) * ((i * 17) % 5)) / 3 + ((i * 29) % 7))),
  ),
);

/** As scikit-learn has them: no rule but the fewest rows of a leaf, and no penalty where none is given. */
const PLAIN = {
  trees: 3,
  learningRate: 0.3,
  maxDepth: 2,
  minSamplesLeaf: 4,
  minLeafHessian: 0,
  l2: 0,
  featureFraction: 1,
  rowFraction: 1,
};

function fitCounts(parameters: object) {
  return train(request(COUNTS, 'count', 'REGRESSION', 'GRADIENT_BOOSTING', ['x', 'z'], { ...PLAIN, ...parameters }))
    .trained;
}

function valuesOf(modelBytes: Uint8Array, rows: readonly number[]): number[] {
  const predicted = bindModel(parseModel(modelBytes), COUNTS)(Int32Array.from(rows));
  return predicted.task === 'REGRESSION' ? [...predicted.values] : [];
}

/**
 * Of the histogram gradient boosting of scikit-learn 1.2.1 on the same training rows: max_iter 3, learning_rate 0.3, max_depth 2,
 * min_samples_leaf 4, early_stopping off, and this loss, quantile and l2_regularization.
 */
test.each([
  [{ loss: 'SQUARED' }, [8.493542, 13.737735, 13.737735, 13.737735, 22.196488, 27.572301, 22.196488, 13.737735]],
  [{ loss: 'POISSON' }, [9.096799, 13.684315, 13.684315, 14.336902, 22.811619, 28.637767, 22.811619, 13.684315]],
  [{ loss: 'POISSON', l2: 1.5 }, [9.141911, 13.691291, 13.691291, 14.050327, 23.3414, 26.58675, 23.3414, 13.691291]],
  [{ loss: 'QUANTILE', quantile: 0.9 }, [21.8706, 21.8706, 21.8706, 21.8706, 32.6967, 35.9961, 32.6967, 21.8706]],
  [{ loss: 'QUANTILE', quantile: 0.25 }, [4.5575, 7.938875, 9.813875, 11.717, 13.367, 13.367, 13.367, 7.938875]],
])('%j predicts what scikit-learn predicts', (parameters, expected) => {
  const predicted = valuesOf(fitCounts(parameters).modelBytes, [0, 1, 2, 3, 10, 17, 33, 41]);
  for (const [i, value] of expected.entries()) expect(predicted[i]).toBeCloseTo(value, 4);
});

test('a quantile is that of numpy, interpolated linearly', () => {
  expect(quantileOf(Float64Array.of(40, 10, 20, 30), 0.5)).toBe(25);
  expect(quantileOf(Float64Array.of(3, 1, 2), 0)).toBe(1);
  expect(quantileOf(Float64Array.of(7), 0.9)).toBe(7);
  const values = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, share) => {
      const found = quantileOf(Float64Array.from(list), share);
      expect(list.filter((value) => value < found).length).toBeLessThanOrEqual(Math.ceil(share * (list.length - 1)));
      expect(list.filter((value) => value <= found).length).toBeGreaterThanOrEqual(
        Math.floor(share * (list.length - 1)),
      );
    }),
  );
});

test('the curve is the loss of the model on its training rows', () => {
  const training = ROWS.filter((row) => row % 5 !== 4);
  const counts = COUNTS.columns[2]!;
  const truth = counts.storage === 'number' ? training.map((row) => counts.values[row]!) : [];
  const meanOf = (loss: (value: number, predicted: number) => number, modelBytes: Uint8Array): number => {
    const predicted = valuesOf(modelBytes, training);
    return truth.reduce((sum, value, i) => sum + loss(value, predicted[i]!), 0) / truth.length;
  };
  const poisson = fitCounts({ loss: 'POISSON' });
  const deviance = (y: number, p: number): number => (y === 0 ? 0 : y * Math.log(y / p)) - y + p;
  expect(poisson.curve.at(-1)?.trainLoss).toBeCloseTo(meanOf(deviance, poisson.modelBytes), 9);
  const quantile = fitCounts({ loss: 'QUANTILE', quantile: 0.8 });
  const pinball = (y: number, p: number): number => (y > p ? 0.8 * (y - p) : 0.2 * (p - y));
  expect(quantile.curve.at(-1)?.trainLoss).toBeCloseTo(meanOf(pinball, quantile.modelBytes), 9);
});

describe('the loss POISSON', () => {
  test('predicts numbers above 0, also of rows with nothing known', () => {
    const model = parseModel(fitCounts({ loss: 'POISSON', trees: 60 }).modelBytes);
    const said = predictTable(model, COUNTS);
    expect(said.task === 'REGRESSION' && Math.min(...said.values)).toBeGreaterThan(0);
    const empty = predictTable(model, { rowCount: 1, columns: [] });
    expect(empty.task === 'REGRESSION' && empty.values[0]).toBeGreaterThan(0);
    expect(model.estimator).toMatchObject({ kind: 'TREES', combine: 'EXP_MARGINS' });
    expect(exportToOnnx(model).length).toBeGreaterThan(1000);
  });

  test('refuses a negative target, and names its row; and a target that is 0 everywhere', () => {
    const fitTo = (values: readonly number[]) => () => {
      const data = table(numbers('x', ROWS), numbers('count', values));
      train(request(data, 'count', 'REGRESSION', 'GRADIENT_BOOSTING', ['x'], { ...PLAIN, loss: 'POISSON' }));
    };
    const negative = errorOf(fitTo(ROWS.map((row) => (row === 7 ? -2 : row))));
    expect(negative).toBeInstanceOf(TrainingDataError);
    expect(negative).toMatchObject({ code: 'TARGET_NOT_FOR_LOSS', message: expect.stringMatching(/row 8 has -2/) });
    expect(errorOf(fitTo(ROWS.map(() => 0)))).toMatchObject({ code: 'TARGET_NOT_FOR_LOSS' });
  });
});

test('a loss of numbers is refused for labels, and the loss of labels for numbers', () => {
  const fitting = (target: 'yes' | 'amount', task: 'CLASSIFICATION' | 'REGRESSION', loss: string) => () => {
    train(request(mixedTable(100), target, task, 'GRADIENT_BOOSTING', MIXED_FEATURES, { ...PLAIN, loss }));
  };
  expect(errorOf(fitting('yes', 'CLASSIFICATION', 'POISSON'))).toMatchObject({ code: 'TARGET_NOT_FOR_LOSS' });
  expect(errorOf(fitting('amount', 'REGRESSION', 'LOG_LOSS'))).toMatchObject({ code: 'TARGET_NOT_FOR_LOSS' });
});

test('of many rows, about the wanted share lies below a quantile', () => {
  const data = mixedTable(4000);
  const amount = data.columns.find(({ name }) => name === 'amount')!;
  for (const quantile of [0.1, 0.8]) {
    const parameters = { loss: 'QUANTILE', quantile, trees: 60, maxDepth: 4, minSamplesLeaf: 20 };
    const { trained } = train(request(data, 'amount', 'REGRESSION', 'GRADIENT_BOOSTING', MIXED_FEATURES, parameters));
    const said = predictTable(parseModel(trained.modelBytes), data);
    const tested = Array.from({ length: 800 }, (_, i) => 5 * i + 4);
    const below = tested.filter(
      (row) => amount.storage === 'number' && said.task === 'REGRESSION' && amount.values[row]! < said.values[row]!,
    );
    expect(below.length / tested.length).toBeGreaterThan(quantile - 0.06);
    expect(below.length / tested.length).toBeLessThan(quantile + 0.06);
  }
});
