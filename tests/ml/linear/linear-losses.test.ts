import { expect, test } from 'vitest';
import { TrainingDataError } from '../../../src/ml/train-model.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import { bindModel } from '../../../src/runtime/predict/predict.ts';
import { errorOf } from '../../support/error-of.ts';
import { numbers, request, table, train } from '../made-tables.ts';

const ROWS = Array.from({ length: 200 }, (_, i) => i);
const X = ROWS.map((i) => (i * 7) % 40);
const Z = ROWS.map((i) => (i * 11) % 13);

/** A count and a number of growing spread by two numbers; every fifth row is a test row. */
const DATA = table(
  numbers('x', X),
  numbers('z', Z),
  numbers(
    'count',
    ROWS.map((i) => Math.floor(Math.exp(0.05 * X[i]! - 0.1 * Z[i]!) + ((i * 17) % 5) / 2)),
  ),
  numbers(
    'y',
    ROWS.map((i) => 2 * X[i]! - 3 * Z[i]! + ((i * 29) % 31) * (1 + X[i]! / 10)),
  ),
);

const ASKED = [0, 1, 2, 3, 10, 17, 33, 41];
const TRAINING = ROWS.filter((row) => row % 5 !== 4);

function trainLinear(target: string, parameters: object, data = DATA) {
  return train(request(data, target, 'REGRESSION', 'LINEAR', ['x', 'z'], { ...parameters })).trained;
}

function valuesOf(modelBytes: Uint8Array, rows: readonly number[], data = DATA): number[] {
  const predicted = bindModel(parseModel(modelBytes), data)(Int32Array.from(rows));
  return predicted.task === 'REGRESSION' ? [...predicted.values] : [];
}

function actualOf(name: string, data = DATA): Float64Array {
  const column = data.columns.find((each) => each.name === name);
  return column?.storage === 'number' ? column.values : new Float64Array(0);
}

function meanPinball(modelBytes: Uint8Array, quantile: number): number {
  const actual = actualOf('y');
  const predicted = valuesOf(modelBytes, TRAINING);
  const losses = TRAINING.map((row, i) => {
    const above = actual[row]! - predicted[i]!;
    return above > 0 ? quantile * above : (quantile - 1) * above;
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

/** Poisson regression of scikit-learn 1.2.1 with alpha l2 / rows, on the standardised columns of the same training rows. */
test.each([
  [0, [1.344163, 0.726503, 1.167409, 1.875894, 3.025846, 4.880736, 1.911936, 0.859088]],
  [1, [1.347222, 0.729333, 1.170294, 1.877863, 3.024608, 4.871629, 1.913571, 0.862032]],
  [50, [1.475627, 0.856799, 1.295111, 1.95765, 2.966197, 4.49433, 1.981158, 0.992672]],
])('the loss POISSON predicts what scikit-learn predicts, with l2 %i', (l2, expected) => {
  const { modelBytes, curve } = trainLinear('count', { loss: 'POISSON', l2 });
  const predicted = valuesOf(modelBytes, ASKED);
  for (const [i, value] of expected.entries()) expect(predicted[i]).toBeCloseTo(value, 4);
  expect(curve.length).toBeGreaterThan(1);
  expect(parseModel(modelBytes).estimator).toMatchObject({ kind: 'LINEAR', combine: 'EXP_MARGINS' });
});

/** Quantile regression of scikit-learn 1.2.1, an exact linear program with alpha 0: its mean pinball loss is the least there is. */
test.each([
  [0.1, 4.118070866141733],
  [0.5, 11.32640625],
  [0.9, 4.04787793624161],
])('the loss QUANTILE comes near the least pinball loss there is: %f', (quantile, least) => {
  const { modelBytes } = trainLinear('y', { loss: 'QUANTILE', quantile, l2: 0 });
  const loss = meanPinball(modelBytes, quantile);
  expect(loss).toBeGreaterThanOrEqual(least * (1 - 1e-9));
  expect(loss).toBeLessThan(least * 1.01);
  const actual = actualOf('y');
  const below = valuesOf(modelBytes, TRAINING).filter((value, i) => actual[TRAINING[i]!]! <= value).length;
  expect(Math.abs(below - quantile * TRAINING.length)).toBeLessThanOrEqual(1.5);
});

test('a quantile does not depend on the unit of the target', () => {
  const scaled = table(
    ...DATA.columns.slice(0, 3),
    numbers(
      'y',
      Array.from(actualOf('y'), (value) => value * 1024),
    ),
  );
  const [small, large] = [DATA, scaled].map((data) => {
    return valuesOf(trainLinear('y', { loss: 'QUANTILE', quantile: 0.8 }, data).modelBytes, ASKED, data);
  });
  for (const [i, value] of small!.entries()) expect(large![i]! / 1024).toBeCloseTo(value, 6);
});

test('targets that the features tell exactly have no spread left', () => {
  const exact = table(
    ...DATA.columns.slice(0, 2),
    numbers(
      'y',
      X.map((x, i) => 3 * x - Z[i]! + 5),
    ),
  );
  const predicted = valuesOf(
    trainLinear('y', { loss: 'QUANTILE', quantile: 0.3, l2: 0 }, exact).modelBytes,
    ASKED,
    exact,
  );
  for (const [i, row] of ASKED.entries()) expect(predicted[i]).toBeCloseTo(3 * X[row]! - Z[row]! + 5, 1);
});

test('counts below 0, and labels with a loss of numbers, are refused', () => {
  const below = table(
    ...DATA.columns.slice(0, 2),
    numbers(
      'y',
      ROWS.map((i) => (i === 7 ? -1 : i % 4)),
    ),
  );
  expect(errorOf(() => trainLinear('y', { loss: 'POISSON' }, below))).toBeInstanceOf(TrainingDataError);
  expect(errorOf(() => trainLinear('y', { loss: 'LOG_LOSS' }))).toMatchObject({ code: 'TARGET_NOT_FOR_LOSS' });
});

test('a model of counts is of version 4, which readers of version 3 refuse', () => {
  const { modelBytes } = trainLinear('count', { loss: 'POISSON' });
  const file = JSON.parse(new TextDecoder().decode(modelBytes)) as { version: number; model: { combine: string } };
  expect(file).toMatchObject({ version: 4, model: { combine: 'EXP_MARGINS' } });
  const plain = JSON.parse(new TextDecoder().decode(trainLinear('count', {}).modelBytes)) as object;
  expect(plain).toMatchObject({ version: 3 });
  expect(plain).not.toHaveProperty('model.combine');
});
