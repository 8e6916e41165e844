import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseModel } from '../../../src/ml/auto/blend/choose-model.ts';
import { greedyBlend } from '../../../src/ml/auto/blend/greedy-blend.ts';
import { SearchRows } from '../../../src/ml/auto/search-rows.ts';
import { createRandom } from '../../../src/ml/random.ts';
import { runToEnd } from '../../../src/ml/steps.ts';

const ROWS = 40;

const anyScores = fc
  .tuple(fc.integer(), fc.integer({ min: 1, max: 6 }), fc.constantFrom('labels', 'numbers'), fc.boolean())
  .map(([seed, models, sort, isWeighted]) => {
    const random = createRandom(seed);
    const scores = Array.from({ length: models }, () => Float64Array.from({ length: ROWS }, () => random.uniform()));
    const some = () => Float64Array.from({ length: ROWS }, () => random.uniform());
    return { scores, actual: sort === 'numbers' ? some() : null, weights: isWeighted ? some() : null };
  });

interface AnyScores {
  readonly scores: Float64Array[];
  readonly actual: Float64Array | null;
  readonly weights: Float64Array | null;
}

/** The plain mean of the losses of a weighted mean. */
function lossOf({ scores, actual, weights: ofRows }: AnyScores, weights: Float64Array) {
  const losses = Array.from({ length: ROWS }, (_, row) => {
    const score = scores.reduce((sum, each, model) => sum + weights[model]! * each[row]!, 0);
    const loss = actual === null ? -Math.log(Math.max(score, 1e-15)) : (score - actual[row]!) ** 2;
    return (ofRows?.[row] ?? 1) * loss;
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / ROWS;
}

test('weights are at least 0 and sum to 1, and no blend is worse than the best model alone', () => {
  fc.assert(
    fc.property(anyScores, (rows) => {
      const weights = runToEnd(greedyBlend(rows));
      expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
      const alone = rows.scores.map((_, model) =>
        lossOf(
          rows,
          Float64Array.from(rows.scores, (_each, m) => (m === model ? 1 : 0)),
        ),
      );
      expect(lossOf(rows, weights)).toBeLessThanOrEqual(Math.min(...alone) * (1 + 1e-12));
    }),
  );
});

test('two models whose errors are opposite are blended half and half', () => {
  const actual = Float64Array.from({ length: ROWS }, (_, row) => row);
  const scores = [actual.map((value) => value + 1), actual.map((value) => value - 1)];
  expect(runToEnd(greedyBlend({ scores, actual, weights: null }))).toEqual(Float64Array.of(0.5, 0.5));
});

/** The rows of two folds, of two labels in turn. */
function twoFolds(count = ROWS): SearchRows {
  const rows = Int32Array.from({ length: count }, (_, row) => row);
  const codes = rows.map((row) => row % 2);
  const held = [rows.filter((row) => row % 4 < 2), rows.filter((row) => row % 4 >= 2)];
  const folds = held.map((each, fold) => ({ held: each, train: held[1 - fold]! }));
  return new SearchRows(folds, {
    rows,
    target: { task: 'CLASSIFICATION', labels: ['a', 'b'], codes },
  });
}

test('the best model is kept where a blend is not clearly better', () => {
  const rows = twoFolds();
  const random = createRandom(3);
  const good = Float64Array.from({ length: ROWS }, () => 0.8 + 0.01 * random.uniform());
  const alike = good.map((score) => score + 0.001 * (random.uniform() - 0.5));
  const { weights } = runToEnd(
    chooseModel(
      [
        { index: 4, scores: good },
        { index: 7, scores: alike },
      ],
      rows,
      4,
    ),
  );
  expect([...weights.values()]).toEqual([1]);
});

describe('a single model', () => {
  const rows = twoFolds(400);
  const random = createRandom(3);
  const usual = Float64Array.from({ length: 400 }, () => 0.4 + 0.5 * random.uniform());
  const changed = (by: number, noise: number) => usual.map((score) => score + by + noise * (random.uniform() - 0.5));
  const indexOf = (other: Float64Array, index: number) => {
    const models = [
      { index: 1, scores: usual },
      { index: 7, scores: other },
    ];
    const { weights, loss } = runToEnd(chooseModel(models, rows, index));
    expect(weights.size).toBe(1);
    const [[chosen] = [-1]] = weights;
    const { scores } = models.find((model) => model.index === chosen)!;
    expect(loss).toBeCloseTo(rows.losses(scores).reduce((sum, each) => sum + each, 0) / 400, 12);
    return chosen;
  };

  test('the usual one is kept where another is better by less than a standard error', () => {
    // One row is all that tells them apart: the mean difference is then one standard error, as good as exactly.
    const lucky = usual.map((score, row) => score + (row < 1 ? 0.05 : row % 2 === 0 ? 1e-9 : -1e-9));
    expect(indexOf(lucky, 99)).toBe(7);
    expect(
      indexOf(
        lucky.map((score, row) => score - (row === 1 ? 0.01 : 0)),
        1,
      ),
    ).toBe(1);
  });

  test('another one that is better by more is chosen, and the usual one that is worse is not', () => {
    expect(indexOf(changed(0.05, 0.001), 1)).toBe(7);
    expect(indexOf(changed(-0.05, 0.001), 7)).toBe(1);
  });
});

test('a blend that is better by far is chosen, with its loss', () => {
  const rows = twoFolds(400);
  const first = Float64Array.from({ length: 400 }, (_, row) => (row % 2 === 0 ? 0.95 : 0.45));
  const second = Float64Array.from({ length: 400 }, (_, row) => (row % 2 === 0 ? 0.45 : 0.95));
  const choice = runToEnd(
    chooseModel(
      [
        { index: 4, scores: first },
        { index: 7, scores: second },
      ],
      rows,
      4,
    ),
  );
  expect(choice.weights).toEqual(
    new Map([
      [4, 0.5],
      [7, 0.5],
    ]),
  );
  expect(choice.loss).toBeCloseTo(-Math.log(0.7), 12);
});

test('a blend is chosen where it is better by more than a standard error, and not where it is by less', () => {
  const rows = twoFolds(400);
  // Where the two differ, a pair of rows differs by 0.14 in all, and by 0.54 from its mean: n pairs are n ** 0.5 / 4 standard errors.
  const pairOf = (pairs: number) => {
    const scoresFrom = (first: number) =>
      Float64Array.from({ length: 400 }, (_, row) => (row >= 2 * pairs ? 0.6 : (row + first) % 2 === 0 ? 0.95 : 0.45));
    return [
      { index: 4, scores: scoresFrom(0) },
      { index: 7, scores: scoresFrom(1) },
    ];
  };
  const chosen = (pairs: number) => [...runToEnd(chooseModel(pairOf(pairs), rows, 4)).weights.values()];
  expect(chosen(8)).toEqual([1]);
  expect(chosen(35)).toEqual([0.5, 0.5]);
});

test('scores are the probabilities of the labels that rows have, and blends are probabilities again', () => {
  const rows = twoFolds();
  const outputs = {
    outputs: Float64Array.from({ length: ROWS }, (_, i) => (i % 2 === 0 ? 0.3 : 0.7)),
    predicted: new Int32Array(20),
  };
  const kept = rows.keep(outputs);
  expect(rows.scores(1, kept)).toEqual(
    Float64Array.from({ length: 20 }, (_, i) => (rows.actual[20 + i] === 1 ? 0.7 : 1 - 0.7)),
  );
  const { outputs: blended, predicted } = rows.blended(0, [
    { outputs: kept, weight: 0.5 },
    { outputs: kept, weight: 0.5 },
  ]);
  expect(blended[1]).toBeCloseTo(0.7, 12);
  expect(blended[0]! + blended[1]!).toBeCloseTo(1, 12);
  expect([...predicted]).toEqual(new Array(20).fill(1));
});
