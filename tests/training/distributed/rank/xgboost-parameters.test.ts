import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { resolveSpecs } from '../../../../src/ml/parameters/resolve-specs.ts';
import { gradientBoosting } from '../../../../src/ml/tree/boosting/gradient-boosting.ts';
import {
  ParameterNotDistributableError,
  toXgboostParameters,
  type XgboostTarget,
} from '../../../../src/training/distributed/rank/xgboost-parameters.ts';
import { errorOf } from '../../../support/error-of.ts';
import { WITHOUT_XGBOOST, XGBOOST_PYTHON } from '../../../support/xgboost-python.ts';
import { npy, startFileServer } from './file-server.ts';
import { Heard, labelledRows, orderOf, type Rows, shardOf } from './gang.ts';

const NUMBERS: XgboostTarget = {
  ...{ task: 'REGRESSION', weightOfLabels: [], features: 5, directions: null },
  numbers: { mean: 2.5, shift: 0.5, scale: 4 },
};
const TWO_LABELS: XgboostTarget = {
  ...NUMBERS,
  ...{ task: 'CLASSIFICATION', weightOfLabels: [30, 10], numbers: null },
};
const THREE_LABELS: XgboostTarget = { ...TWO_LABELS, weightOfLabels: [5, 3, 2] };

/** All parameters, for a table of 1,000 rows, with some that are given. */
function resolved(given: Record<string, number | string | boolean>) {
  return resolveSpecs(gradientBoosting.parameters, given, { trainRows: 1_000, features: 5, labels: 2 });
}

test('the parameters of GRADIENT_BOOSTING become those of XGBoost', () => {
  const given = { trees: 70, learningRate: 0.2, maxDepth: 4, l2: 3, l1: 2, minLeafHessian: 0, seed: -1 };
  const shares = { featureFraction: 0.5, rowFraction: 0.6, earlyStoppingRounds: 9 };
  const directions = Int8Array.of(0, 1, -1);
  expect(toXgboostParameters(resolved({ ...given, ...shares }), { ...TWO_LABELS, directions })).toEqual({
    parameters: {
      ...{ objective: 'binary:logistic', eval_metric: 'logloss', base_score: 0.25, tree_method: 'hist', eta: 0.2 },
      ...{ max_depth: 4, lambda: 3, alpha: 2, min_child_weight: 0.001, colsample_bytree: 0.7, subsample: 0.6 },
      ...{ seed: 4_294_967_295, seed_per_iteration: 1, monotone_constraints: '(0,1,-1)' },
    },
    ...{ startMargins: null, rounds: 70, earlyStoppingRounds: 9 },
  });
});

test('more labels have hessians that are too large, and steps that are longer by as much; each begins at its share', () => {
  const given = { learningRate: 0.3, l2: 6, minLeafHessian: 1.5 };
  const { parameters, startMargins } = toXgboostParameters(resolved(given), THREE_LABELS);
  expect(parameters['eta']).toBeCloseTo(0.4, 12);
  expect(parameters).toMatchObject({ lambda: 8, min_child_weight: 2 });
  expect(startMargins).toEqual([0.5, 0.3, 0.2].map((share) => Math.fround(Math.log(share))));
});

test('numbers begin at their mean in the units of the shards, and a leaf has as many rows as it must have', () => {
  const given = { l1: 2, minLeafHessian: 3, minSamplesLeaf: 7 };
  const { parameters, startMargins } = toXgboostParameters(resolved(given), NUMBERS);
  const expected = { base_score: 0.5, alpha: 0.5, lambda: 1, min_child_weight: 7, objective: 'reg:squarederror' };
  expect(parameters).toMatchObject(expected);
  expect(parameters).not.toHaveProperty('max_delta_step');
  expect(startMargins).toBeNull();
  expect(toXgboostParameters(resolved({ minLeafHessian: 9 }), NUMBERS).parameters['min_child_weight']).toBe(9);
});

test('steps of counts are as long as those of the LOCAL engine, and at most 10', () => {
  const numbers = { mean: 2.5, shift: 0, scale: 1 };
  const given = { loss: 'POISSON', learningRate: 0.1, l2: 1, minLeafHessian: 1, minSamplesLeaf: 50 };
  const { parameters } = toXgboostParameters(resolved(given), { ...NUMBERS, numbers });
  const longest = Number(parameters['max_delta_step']);
  const excess = Math.exp(longest);
  expect(longest * excess).toBeCloseTo(10, 2);
  expect(parameters).toMatchObject({ base_score: 2.5, lambda: excess, min_child_weight: excess });
  expect(parameters['eta']).toBeCloseTo(0.1 * excess, 12);
});

test.each([
  [0.8, 6, 5],
  [0.8, 4, 3],
  [0.5, 5, 3],
  [0.01, 9, 1],
  [0.95, 7, 7],
  [1, 7, 7],
])('of the share %f of %i features %i are drawn', (featureFraction, features, drawn) => {
  const { parameters } = toXgboostParameters(resolved({ featureFraction }), { ...TWO_LABELS, features });
  // XGBoost rounds down, in numbers of 32 bits.
  const share = Math.fround(Number(parameters['colsample_bytree']));
  expect(Math.max(1, Math.floor(Math.fround(share * features)))).toBe(drawn);
});

test('trees with a number of leaves grow best-first, and early stopping may be off', () => {
  const { parameters, earlyStoppingRounds } = toXgboostParameters(
    resolved({ maxLeaves: 31, trees: 5, earlyStoppingRounds: 0 }),
    { ...THREE_LABELS, directions: Int8Array.of(0, 0) },
  );
  expect(parameters).toMatchObject({
    grow_policy: 'lossguide',
    max_leaves: 31,
    objective: 'multi:softprob',
    num_class: 3,
  });
  expect(parameters).not.toHaveProperty('monotone_constraints');
  expect(earlyStoppingRounds).toBeNull();
});

test.each([
  ['loss', { loss: 'QUANTILE' }],
  ['randomThresholds', { randomThresholds: true }],
])('what XGBoost cannot do is refused by its name: %s', (parameter, given) => {
  const error = errorOf(() => toXgboostParameters(resolved(given), NUMBERS));
  expect(error).toBeInstanceOf(ParameterNotDistributableError);
  expect(error).toMatchObject({ parameter, hint: expect.stringContaining('LOCAL') });
});

const sigmoid = (margin: number) => 1 / (1 + Math.exp(-margin));
const logSum = (margins: readonly number[]) => Math.log(margins.reduce((sum, margin) => sum + Math.exp(margin), 0));

/** Each objective with the loss of a row, as docs/evaluation.md and the LOCAL engine define it. */
const LOSSES: readonly (readonly [string, XgboostTarget, object, (margins: readonly number[], y: number) => number])[] =
  [
    ['half the squared error', NUMBERS, {}, ([margin], y) => (margin! - y) ** 2 / 2],
    [
      'half the deviance of counts',
      NUMBERS,
      { loss: 'POISSON' },
      ([margin], y) => (y > 0 ? y * (Math.log(y) - margin!) : 0) - y + Math.exp(margin!),
    ],
    [
      'log-loss of two labels',
      TWO_LABELS,
      {},
      ([margin], y) => -Math.log(y === 1 ? sigmoid(margin!) : sigmoid(-margin!)),
    ],
    ['log-loss of three labels', THREE_LABELS, {}, (margins, y) => logSum(margins) - margins[y]!],
  ];

describe.skipIf(XGBOOST_PYTHON === null)(`the losses that ranks report${WITHOUT_XGBOOST}`, () => {
  test.each(LOSSES)('%s, as the margins of the model have it, by weight', async (_, target, given, lossOf) => {
    const server = await startFileServer();
    const { codes } = labelledRows(600, 5, 3);
    const classes = target.task === 'REGRESSION' ? 7 : target.weightOfLabels.length;
    const values = Float32Array.from({ length: 600 }, (_value, row) => (codes[row * 5]! + (row % 3)) % classes);
    const weights = Float32Array.from(values, (_value, row) => 0.5 + (row % 4));
    const rows: Rows = { codes, target: values, weights };
    const { parameters, startMargins } = toXgboostParameters(resolved({ ...given, trees: 5 }), target);
    const check = { rows: 600, codes: server.put(npy(codes, [600, 5])) };
    const rank = new Heard(
      await orderOf(server, {
        parameters,
        startMargins,
        rounds: 5,
        shards: [shardOf(server, rows)],
        validation: [],
        check,
      }),
    );
    const { margins } = await rank.first('done');
    const content = await readFile(margins!.path);
    const marginCount = target.weightOfLabels.length > 2 ? target.weightOfLabels.length : 1;
    const all = new Float32Array(Uint8Array.from(content.subarray(content.length - 2_400 * marginCount)).buffer);
    let [sum, weight] = [0, 0];
    for (let row = 0; row < 600; row++) {
      const own = [...all.subarray(row * marginCount, (row + 1) * marginCount)];
      sum += weights[row]! * lossOf(own, values[row]!);
      weight += weights[row]!;
    }
    expect(rank.of('round').at(-1)!.trainLoss).toBeCloseTo(sum / weight, 5);
  });
});
