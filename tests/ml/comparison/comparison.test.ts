import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { averagePrecisionPseudoValues } from '../../../src/ml/comparison/average-precision.ts';
import { compareModels } from '../../../src/ml/comparison/compare-models.ts';
import { incompleteBeta } from '../../../src/ml/comparison/incomplete-beta.ts';
import type { KeptClassPredictions, KeptNumberPredictions } from '../../../src/ml/comparison/kept-predictions.ts';
import { LABEL_METRICS, type LabelMetric, labelMetricPseudoValues } from '../../../src/ml/comparison/label-metrics.ts';
import { momentsOf, type PairedTest, signTestPValue, studentPValue } from '../../../src/ml/comparison/paired-test.ts';
import type { MetricName } from '../../../src/ml/evaluation/metrics.ts';
import { createRandom, type Random } from '../../../src/ml/random.ts';

interface Outcome {
  readonly difference: number;
  readonly pValue: number;
}
interface ModelCase {
  readonly predicted: readonly number[];
  readonly trueProbability: readonly number[];
  readonly positiveProbability: readonly number[] | null;
}
interface ClassificationCase {
  readonly labelCount: number;
  readonly actual: readonly number[];
  readonly models: readonly [ModelCase, ModelCase];
  readonly tests: Readonly<Record<string, Outcome>>;
  readonly bootstrapErrors: Readonly<Record<string, number>>;
}
interface RegressionCase {
  readonly actual: readonly number[];
  readonly models: readonly [readonly number[], readonly number[]];
  readonly tests: Readonly<Record<string, Outcome>>;
}
const reference: {
  readonly incompleteBeta: readonly { x: number; a: number; b: number; value: number }[];
  readonly student: readonly { t: number; degreesOfFreedom: number; pValue: number }[];
  readonly coin: readonly { first: number; second: number; pValue: number }[];
  readonly classification: readonly ClassificationCase[];
  readonly regression: readonly RegressionCase[];
} = JSON.parse(readFileSync(new URL('../reference/comparison.json', import.meta.url), 'utf8'));

const CLASS_METRICS = [
  ...(['ACCURACY', 'PRECISION', 'RECALL', 'F1', 'WEIGHTED_PRECISION', 'WEIGHTED_RECALL', 'WEIGHTED_F1'] as const),
  ...(['LOG_LOSS', 'ROC_AUC', 'AVERAGE_PRECISION', 'BRIER'] as const),
];
const NUMBER_METRICS = ['R2', 'MSE', 'RMSE', 'MAE', 'MAPE'] as const;

function outcome(test: PairedTest): Outcome {
  if (!test.isTested) throw new Error(`not tested: ${test.reason}`);
  return { difference: test.difference, pValue: test.pValue };
}

function pValueOf(test: PairedTest): number {
  return test.isTested ? test.pValue : 1;
}

function classifier(given: ClassificationCase, model: 0 | 1): KeptClassPredictions {
  const { predicted, trueProbability, positiveProbability } = given.models[model];
  return {
    task: 'CLASSIFICATION',
    labels: Array.from({ length: given.labelCount }, (_, k) => `label ${k}`),
    actual: Int32Array.from(given.actual),
    predicted: Int32Array.from(predicted),
    trueProbability: Float32Array.from(trueProbability),
    positiveProbability: positiveProbability && Float32Array.from(positiveProbability),
  };
}

/** To so many parts of the number itself. */
function expectClose(actual: number, wanted: number, tolerance: number): void {
  expect(Math.abs(actual - wanted), `${actual} against ${wanted}`).toBeLessThanOrEqual(tolerance * Math.abs(wanted));
}

describe('as SciPy, scikit-learn and plain counting', () => {
  test('the incomplete beta function equals that of SciPy', () => {
    for (const { x, a, b, value } of reference.incompleteBeta) {
      const found = incompleteBeta(x, 1 - x, a, b);
      // Near the least double digits are lost: there it is about 0.
      expectClose(value < 1e-290 && found < 1e-280 ? value : found, value, 1e-10);
    }
  });

  test('the tails of Student’s t equal those of SciPy', () => {
    for (const { t, degreesOfFreedom, pValue } of reference.student) {
      expectClose(studentPValue(t, degreesOfFreedom), pValue, 1e-8);
      expect(studentPValue(-t, degreesOfFreedom)).toBe(studentPValue(t, degreesOfFreedom));
    }
  });

  test('the binomial test of a fair coin equals that of SciPy, for few and many tosses', () => {
    for (const { first, second, pValue } of reference.coin) {
      expectClose(signTestPValue(first, second), pValue, 1e-8);
      expect(signTestPValue(second, first)).toBe(signTestPValue(first, second));
    }
  });

  test.each(reference.classification)(
    'the comparison of two classifiers of $labelCount labels equals the reference',
    (given) => {
      const [one, other] = [classifier(given, 0), classifier(given, 1)];
      for (const [name, wanted] of Object.entries(given.tests)) {
        const actual = outcome(compareModels(name as MetricName, one, other));
        expect(actual.difference, name).toBeCloseTo(wanted.difference, 7);
        // The derivatives there are by small steps.
        expectClose(actual.pValue, wanted.pValue, 1e-5);
      }
      expect(Object.keys(given.tests)).toHaveLength(given.labelCount === 2 ? CLASS_METRICS.length : 8);
    },
  );

  test.each(reference.regression)('the comparison of two regressors equals the reference', (given) => {
    const [one, other] = given.models.map(
      (predicted): KeptNumberPredictions => ({
        task: 'REGRESSION',
        actual: Float64Array.from(given.actual),
        predicted: Float64Array.from(predicted),
      }),
    );
    if (!one || !other) throw new Error('the reference has two models');
    for (const name of NUMBER_METRICS) {
      const actual = outcome(compareModels(name, one, other));
      expect(actual.difference, name).toBeCloseTo(given.tests[name]!.difference, 10);
      expectClose(actual.pValue, given.tests[name]!.pValue, 1e-9);
    }
  });

  test('the variance of the delta method is about that of a bootstrap', () => {
    for (const given of reference.classification) {
      const [one, other] = [classifier(given, 0), classifier(given, 1)];
      for (const [name, wanted] of Object.entries(given.bootstrapErrors)) {
        const sharesOf = (model: KeptClassPredictions) =>
          name in LABEL_METRICS
            ? labelMetricPseudoValues(name as LabelMetric, model)
            : averagePrecisionPseudoValues(model.actual, model.positiveProbability ?? new Float32Array());
        const theirs = sharesOf(other);
        const { variance } = momentsOf(sharesOf(one).map((share, i) => share - theirs[i]!));
        expectClose(Math.sqrt(variance / given.actual.length), wanted, 0.15);
      }
    }
  });
});

/** Rows of made-up answers: a model is right with the chance of its skill, and its probabilities tell as much. */
function madeClassifiers(random: Random, rowCount: number, labelCount: number, skills: readonly [number, number]) {
  const actual = Int32Array.from({ length: rowCount }, () => random.below(labelCount));
  const model = (skill: number): KeptClassPredictions => {
    const scores = Float32Array.from(actual, () => 0.02 + 0.96 * random.uniform() ** (1 - skill / 2));
    const predicted = actual.map((label, i) =>
      scores[i]! > 0.5 ? label : (label + 1 + random.below(labelCount - 1)) % labelCount,
    );
    return {
      ...{ task: 'CLASSIFICATION', labels: Array.from({ length: labelCount }, String), actual, predicted },
      trueProbability: scores,
      positiveProbability: labelCount === 2 ? scores.map((score, i) => (actual[i] === 1 ? score : 1 - score)) : null,
    };
  };
  return [model(skills[0]), model(skills[1])] as const;
}

function madeRegressors(random: Random, rowCount: number, spreads: readonly [number, number]) {
  const noise = () => random.uniform() + random.uniform() + random.uniform() - 1.5;
  const actual = Float64Array.from({ length: rowCount }, () => 10 + 3 * random.uniform());
  const model = (spread: number): KeptNumberPredictions => ({
    task: 'REGRESSION',
    actual,
    predicted: actual.map((value) => value + spread * noise()),
  });
  return [model(spreads[0]), model(spreads[1])] as const;
}

const seeds = fc.integer({ min: 0, max: 2 ** 31 });
const labelCounts = fc.integer({ min: 2, max: 5 });
const rowCounts = fc.integer({ min: 1, max: 60 });

describe('whatever the predictions', () => {
  test('two models in the other order have the opposite difference', () => {
    fc.assert(
      fc.property(seeds, rowCounts, labelCounts, (seed, rowCount, labelCount) => {
        const classifiers = madeClassifiers(createRandom(seed), rowCount, labelCount, [0.9, 0.4]);
        const regressors = madeRegressors(createRandom(seed), rowCount, [1, 2]);
        for (const name of [...CLASS_METRICS, ...NUMBER_METRICS]) {
          const isOfClasses = CLASS_METRICS.some((metric) => metric === name);
          const [one, other] = isOfClasses ? classifiers : regressors;
          const [there, back] = [compareModels(name, one, other), compareModels(name, other, one)];
          expect(back.isTested).toBe(there.isTested);
          if (!there.isTested || !back.isTested) continue;
          expect(back.difference).toBeCloseTo(-there.difference, 10);
          expect(back.pValue).toBeCloseTo(there.pValue, 8);
          expect(there.pValue).toBeGreaterThanOrEqual(0);
          expect(there.pValue).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('the order of the rows does not matter', () => {
    fc.assert(
      fc.property(seeds, rowCounts, (seed, rowCount) => {
        const random = createRandom(seed);
        const order = Array.from({ length: rowCount }, (_, i) => [random.uint32(), i] as const)
          .sort((a, b) => a[0] - b[0])
          .map(([, i]) => i);
        const classifiers = madeClassifiers(random, rowCount, 2, [0.9, 0.4]);
        const shuffled = classifiers.map((model) => ({
          ...model,
          actual: Int32Array.from(order, (i) => model.actual[i]!),
          predicted: Int32Array.from(order, (i) => model.predicted[i]!),
          trueProbability: Float32Array.from(order, (i) => model.trueProbability[i]!),
          positiveProbability: Float32Array.from(order, (i) => model.positiveProbability![i]!),
        }));
        for (const name of CLASS_METRICS) {
          const [wanted, actual] = [
            compareModels(name, ...classifiers),
            compareModels(name, shuffled[0]!, shuffled[1]!),
          ];
          expect(actual.isTested).toBe(wanted.isTested);
          expect(pValueOf(actual)).toBeCloseTo(pValueOf(wanted), 8);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('average precision is not compared for two runs with different positive labels', () => {
    fc.assert(
      fc.property(seeds, rowCounts, (seed, rowCount) => {
        const [one, other] = madeClassifiers(createRandom(seed), rowCount, 2, [0.9, 0.4]);
        // Of halves, quarters and so on 1 - p is exact.
        const rounded = (model: KeptClassPredictions, positive: number): KeptClassPredictions => ({
          ...model,
          positive,
          positiveProbability: model.positiveProbability!.map((p) => {
            const exact = Math.round(p * 256) / 256;
            return positive === 1 ? exact : 1 - exact;
          }),
        });
        const [ours, theirs, turned] = [rounded(one, 1), rounded(other, 1), rounded(other, 0)];
        for (const name of ['ROC_AUC', 'BRIER', 'ACCURACY', 'LOG_LOSS'] as const) {
          expect(compareModels(name, ours, turned)).toEqual(compareModels(name, ours, theirs));
        }
        const untested = { isTested: false, reason: 'the positive classes of the two runs are different' };
        expect(compareModels('AVERAGE_PRECISION', ours, turned)).toEqual(untested);
        // A row of a third label is of neither.
        const third = { actual: ours.actual.with(0, 2) };
        const further = (model: KeptClassPredictions) => ({ ...model, ...third });
        expect(compareModels('BRIER', further(ours), further(turned))).toEqual(untested);
        expect(compareModels('BRIER', further(ours), further(theirs)).isTested).toBe(rowCount > 1);
      }),
      { numRuns: 30 },
    );
  });

  test('ROC AUC and Brier score are equal for either label, average precision is not', () => {
    const [one, other] = madeClassifiers(createRandom(7), 60, 2, [0.9, 0.4]);
    const turned = (model: KeptClassPredictions): KeptClassPredictions => ({
      ...{ ...model, positive: 0, positiveProbability: model.positiveProbability!.map((p) => 1 - p) },
    });
    const difference = (name: MetricName, models: readonly [KeptClassPredictions, KeptClassPredictions]) => {
      const found = compareModels(name, ...models);
      return found.isTested ? found.difference : Number.NaN;
    };
    const [straight, inverse] = [[one, other] as const, [turned(one), turned(other)] as const];
    for (const name of ['ROC_AUC', 'BRIER'] as const) {
      expect(difference(name, inverse)).toBeCloseTo(difference(name, straight), 6);
    }
    // Against the definition, on labels that are turned round.
    const relabelled = ([model]: readonly [KeptClassPredictions, ...unknown[]]) => ({
      ...{ ...model, actual: model.actual.map((label) => 1 - label), positive: 1 },
    });
    const [first, second] = [relabelled([turned(one)]), relabelled([turned(other)])];
    expect(difference('AVERAGE_PRECISION', inverse)).toBeCloseTo(difference('AVERAGE_PRECISION', [first, second]), 12);
    expect(difference('AVERAGE_PRECISION', inverse)).not.toBeCloseTo(difference('AVERAGE_PRECISION', straight), 3);
  });

  test('a model does not differ from itself', () => {
    fc.assert(
      fc.property(seeds, rowCounts, labelCounts, (seed, rowCount, labelCount) => {
        const [classifier] = madeClassifiers(createRandom(seed), rowCount, labelCount, [0.8, 0.8]);
        const [regressor] = madeRegressors(createRandom(seed), rowCount, [1, 1]);
        for (const name of [...CLASS_METRICS, ...NUMBER_METRICS]) {
          const model = CLASS_METRICS.some((metric) => metric === name) ? classifier : regressor;
          const result = compareModels(name, model, model);
          const same = { difference: 0, pValue: 1 };
          expect(result.isTested ? outcome(result) : same).toEqual(same);
          expect(result.isTested ? 'tested' : result.reason).not.toBe('');
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('chance', () => {
  const ROUNDS = 600;

  /** How often each metric is found to differ. */
  function significantShares<Model extends KeptClassPredictions | KeptNumberPredictions>(
    names: readonly MetricName[],
    make: (random: Random) => readonly [Model, Model],
  ): Map<MetricName, number> {
    const random = createRandom(11);
    const counts = new Map(names.map((name) => [name, 0]));
    for (let round = 0; round < ROUNDS; round++) {
      const models = make(random);
      for (const name of names) {
        if (outcome(compareModels(name, ...models)).pValue < 0.05) counts.set(name, counts.get(name)! + 1);
      }
    }
    return new Map(Array.from(counts, ([name, count]) => [name, count / ROUNDS]));
  }

  test('about one in twenty pairs of equally good models is found to differ', () => {
    const found = new Map([
      ...significantShares(CLASS_METRICS, (random) => madeClassifiers(random, 250, 2, [0.6, 0.6])),
      ...significantShares(NUMBER_METRICS, (random) => madeRegressors(random, 150, [1, 1])),
    ]);
    for (const [name, share] of found) {
      // 0.05 with four standard errors of 600 tosses; the exact test is on the careful side.
      expect(share, name).toBeLessThan(0.086);
      expect(share, name).toBeGreaterThan(0.014);
    }
  });

  test('a clearly better model is nearly always found to be better', () => {
    const found = new Map([
      ...significantShares(CLASS_METRICS, (random) => madeClassifiers(random, 250, 2, [1.6, 0.2])),
      ...significantShares(NUMBER_METRICS, (random) => madeRegressors(random, 150, [1, 2])),
    ]);
    for (const [name, share] of found) expect(share, name).toBeGreaterThan(0.95);
  });

  test('three rows decide nothing, however far apart the models are', () => {
    const actual = Int32Array.of(0, 1, 2);
    const labels = ['a', 'b', 'c'];
    const model = (predicted: Int32Array, p: number): KeptClassPredictions => ({
      ...{ task: 'CLASSIFICATION', labels, actual, predicted, positiveProbability: null },
      trueProbability: Float32Array.of(p, p, p),
    });
    const [right, wrong] = [model(actual, 0.9), model(Int32Array.of(1, 2, 0), 0.1)];
    for (const name of CLASS_METRICS.filter((metric) => !['ROC_AUC', 'AVERAGE_PRECISION', 'BRIER'].includes(metric))) {
      expect(outcome(compareModels(name, right, wrong)).pValue, name).toBeGreaterThan(0.05);
    }
  });
});

describe('what cannot be tested is said', () => {
  const [binary] = madeClassifiers(createRandom(1), 20, 2, [0.8, 0.8]);
  const [several] = madeClassifiers(createRandom(1), 20, 3, [0.8, 0.8]);
  const constant: KeptNumberPredictions = {
    ...{ task: 'REGRESSION', actual: Float64Array.of(0, 0, 0), predicted: Float64Array.of(0, 1, 2) },
  };

  test.each([
    ['ROC_AUC', several, 'two labels only'],
    ['AVERAGE_PRECISION', several, 'two labels only'],
    ['BRIER', several, 'two labels only'],
    ['R2', constant, 'the same target'],
    ['MAPE', constant, 'the target 0'],
    ['R2', binary, 'no metric of classification'],
    ['F1', constant, 'no metric of regression'],
    ['ROC_AUC', { ...binary, actual: new Int32Array(20) }, 'either label'],
    ['MAE', { ...constant, predicted: Float64Array.of(Number.MAX_VALUE, 0, 0) }, 'too large'],
  ] as const)('an impossible comparison says why: %s', (name, model, reason) => {
    const twin = model.task === 'REGRESSION' ? constant : model;
    expect(compareModels(name, model, twin)).toEqual({
      isTested: false,
      reason: expect.stringContaining(reason),
    });
  });

  test('a comparison of other rows, or of another task, is refused', () => {
    expect(() => compareModels('ACCURACY', binary, constant)).toThrow(RangeError);
    const longer = madeClassifiers(createRandom(1), 21, 2, [0.8, 0.8])[0];
    expect(() => compareModels('ACCURACY', binary, longer)).toThrow(RangeError);
    const [same] = madeRegressors(createRandom(1), 20, [1, 1]);
    expect(() => compareModels('ACCURACY', binary, same)).toThrow(RangeError);
  });
});
