import { describe, expect, test } from 'vitest';
import type { Metrics } from '../../src/ml/evaluation/metrics.ts';
import type { FeatureImportance } from '../../src/ml/importances/feature-importance.ts';
import { leakageWarnings } from '../../src/ml/importances/leakage.ts';
import { createRandom } from '../../src/ml/random.ts';
import { ALGORITHM_NAMES } from '../../src/ml/registry.ts';
import type { TrainedModel } from '../../src/ml/train-model.ts';
import { mixedTable, numbers, request, table, texts, train } from './made-tables.ts';

const LEARNERS = ALGORITHM_NAMES.filter((name) => name !== 'BASELINE');

function warningsOf({ warnings }: TrainedModel): string[] {
  return warnings.filter((warning) => warning.includes('away'));
}

const random = createRandom(8);
const draw = () => Array.from({ length: 1_000 }, () => random.uniform());
const [x, y] = [draw(), draw()];
const isGone = x.map((value, i) => value + y[i]! + random.uniform() > 1.5);
const price = x.map((value, i) => 10 * value + 5 * y[i]! + random.uniform());
/** `reason` and `tax` are written down once the target is known. */
const data = table(
  numbers('x', x),
  numbers('y', y),
  texts(
    'reason',
    isGone.map((gone, i) => (gone ? ['moved', 'too dear'][i % 2]! : 'none')),
  ),
  numbers(
    'tax',
    price.map((value) => 0.19 * value + 0.01 * random.uniform()),
  ),
  texts(
    'churned',
    isGone.map((gone) => (gone ? 'yes' : 'no')),
  ),
  texts(
    'blurred',
    x.map((value) => (value + 0.6 * random.uniform() > 0.8 ? 'a' : 'b')),
  ),
  numbers('price', price),
);

describe.each(LEARNERS)('%s', (algorithm) => {
  test('warns of a column that gives labels away', () => {
    const { trained } = train(request(data, 'churned', 'CLASSIFICATION', algorithm, ['x', 'y', 'reason']));
    expect(warningsOf(trained)).toEqual([
      'the column reason alone nearly gives churned away. Is it known, as it stands here, before churned is? If not, train ' +
        'without it: on new rows the model would be much worse than on these. If it is, all is well',
    ]);
  });

  test('warns of a column that gives numbers away', () => {
    const { trained } = train(request(data, 'price', 'REGRESSION', algorithm, ['x', 'y', 'tax']));
    expect(warningsOf(trained)).toEqual([expect.stringContaining('the column tax alone nearly gives price away')]);
  });

  test('does not where the model is good by several columns', () => {
    const amounts = train(request(mixedTable(1_000), 'amount', 'REGRESSION', algorithm, ['x', 'y', 'place'])).trained;
    expect(warningsOf(amounts)).toEqual([]);
    const { trained } = train(request(data, 'price', 'REGRESSION', algorithm, ['x', 'y']));
    expect(warningsOf(trained)).toEqual([]);
  });

  test('does not where one column tells most, but far from all', () => {
    const { trained } = train(request(data, 'blurred', 'CLASSIFICATION', algorithm, ['x', 'y']));
    expect(warningsOf(trained)).toEqual([]);
  });

  test('does not for the only column, which the user chose', () => {
    const { trained } = train(request(data, 'churned', 'CLASSIFICATION', algorithm, ['reason']));
    expect(warningsOf(trained)).toEqual([]);
  });
});

describe('by the figures alone', () => {
  const scored = (accuracy: number): Metrics => ({
    ...{ task: 'CLASSIFICATION', nSamples: 100, nFeatures: 2, accuracy, precision: 0, recall: 0, f1: 0 },
    ...{ weightedPrecision: 0, weightedRecall: 0, weightedF1: 0, logLoss: null, rocAuc: null },
    ...{ averagePrecision: null, brier: null, interval: null, undefinedMetrics: [] },
  });
  const column = (feature: string, gain: number, importance: number): FeatureImportance => ({
    ...{ feature, method: 'PERMUTATION', importance, stddev: 0.01, gain, isNoise: false, rows: 100 },
  });
  const warns = (accuracy: number, baseline: number, ...importances: FeatureImportance[]) =>
    leakageWarnings('target', importances, scored(accuracy), scored(baseline)).length > 0;

  test('nine tenths of the way from the baseline to perfect are near enough', () => {
    const columns = [column('a', 0.96, 0.4), column('b', 0.04, 0.01)];
    expect(warns(0.96, 0.5, ...columns)).toBe(true);
    expect(warns(0.94, 0.5, ...columns)).toBe(false);
    expect(warns(0.995, 0.9, ...columns)).toBe(true);
    expect(warns(0.98, 0.9, ...columns)).toBe(false);
  });

  test('where the baseline is right in all test rows nothing is said', () => {
    expect(warns(1, 1, column('a', 1, 0), column('b', 0, 0))).toBe(false);
  });

  test('a column of small gain counts if only shuffling it costs what the model is worth', () => {
    expect(warns(1, 0.5, column('a', 0.6, 0.48), column('b', 0.4, 0.02))).toBe(true);
    expect(warns(1, 0.5, column('a', 0.6, 0.4), column('b', 0.4, 0.02))).toBe(false);
    // Two that count only together cost all that the model is worth, either of them.
    expect(warns(1, 0.5, column('a', 0.5, 0.5), column('b', 0.5, 0.49))).toBe(false);
  });
});
