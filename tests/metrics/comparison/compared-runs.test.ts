import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareMetrics } from '../../../src/metrics/comparison/compared-metrics.ts';
import { compareParameters } from '../../../src/metrics/comparison/compared-parameters.ts';
import { METRIC_FIELDS, metricValue } from '../../../src/ml/evaluation/metric-fields.ts';
import { METRIC_NAMES, type Metrics } from '../../../src/ml/evaluation/metrics.ts';

const SCORES = { task: 'CLASSIFICATION', nSamples: 9, nFeatures: 2, precision: 0.1, recall: 0.2, f1: 0.3 } as const;

/** The metrics of a classifier; what is not said is null. */
function classification(given: Partial<Metrics & { accuracy: number; logLoss: number }> = {}): Metrics {
  const averages = {
    weightedPrecision: 0.4,
    weightedRecall: 0.5,
    weightedF1: 0.6,
    averagePrecision: null,
    brier: null,
  };
  const rest = { rocAuc: null, interval: null, undefinedMetrics: [] };
  return { ...SCORES, ...averages, ...rest, accuracy: 0.9, logLoss: null, ...given } as Metrics;
}

const run = (metrics: Metrics | null) => ({ task: 'CLASSIFICATION', metrics }) as const;

describe('metrics side by side', () => {
  test('every metric has its position in a comparison', () => {
    expect(METRIC_FIELDS.map(({ name }) => name).sort()).toEqual([...METRIC_NAMES].sort());
  });

  test('metrics that a run lacks are null: of earlier versions, of the other task, and without a result', () => {
    const { weightedF1: _, ...old } = classification() as Metrics & { task: 'CLASSIFICATION' };
    expect(metricValue(old as Metrics, 'WEIGHTED_F1')).toBeNull();
    expect(metricValue(classification(), 'R2')).toBeNull();
    expect(metricValue(classification(), 'RECALL')).toBe(0.2);
  });

  test('runs are ranked by what is better, ties in order, without those that lack the metric', () => {
    const values = fc.array(fc.option(fc.constantFrom(0.1, 0.2, 0.3, 0.4)), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(values, (losses) => {
        const compared = compareMetrics(
          losses.map((loss) => run(classification(loss === null ? {} : { logLoss: loss, accuracy: loss }))),
        );
        const found = compared.find(({ name }) => name === 'LOG_LOSS');
        const ranking = found?.ranking ?? [];
        expect([...ranking].sort((a, b) => a - b)).toEqual(losses.flatMap((loss, i) => (loss === null ? [] : [i])));
        for (const [place, next] of ranking.slice(1).entries()) {
          const before = ranking[place]!;
          expect(losses[before]! < losses[next]! || (losses[before] === losses[next] && before < next)).toBe(true);
        }
        const best = compared.find(({ name }) => name === 'ACCURACY')?.ranking[0];
        const accuracies: readonly number[] = losses.map((loss) => loss ?? 0.9);
        expect(best).toBe(accuracies.indexOf(Math.max(...accuracies)));
      }),
    );
  });

  test('a metric that no run has is left out, and runs of different tasks are not ranked', () => {
    expect(compareMetrics([run(classification()), run(null)]).map(({ name }) => name)).not.toContain('LOG_LOSS');
    const mixed = compareMetrics([run(classification()), { task: 'REGRESSION', metrics: null }]);
    expect(mixed.every(({ ranking }) => ranking.length === 0)).toBe(true);
  });
});

describe('settings side by side', () => {
  const split = { strategy: 'RANDOM', testFraction: 0.2, column: null, seed: 3 } as const;
  const base = {
    algorithm: 'LINEAR',
    featureCount: 2,
    split,
    refit: false,
    engine: 'LOCAL',
    monotone: [],
    weightColumn: null,
    parameters: { l2: 1, seed: 0 },
  } as const;
  const named = (...runs: Parameters<typeof compareParameters>[0]) =>
    Object.fromEntries(compareParameters(runs, false).map(({ name, ...rest }) => [name, rest]));

  test('different features differ even if there are equally many', () => {
    const compared = (areOther: boolean) => compareParameters([base, base], areOther).at(1);
    expect(compared(true)).toEqual({ name: 'run.features', values: ['2', '2'], differs: true });
    expect(compared(false)).toMatchObject({ differs: false });
  });

  test.each([
    [{ ...split, strategy: 'LAST' } as const, 'LAST 0.2'],
    [{ ...split, strategy: 'COLUMN', column: 'part' } as const, 'COLUMN part'],
    [{ ...split, seed: 4 }, 'RANDOM 0.2 seed 4'],
  ])('the split of a run is compared as text: %j', (other, text) => {
    expect(named(base, { ...base, split: other })['run.split']).toEqual({
      ...{ values: ['RANDOM 0.2 seed 3', text], differs: true },
    });
  });

  test('a parameter that only one run has differs; one that none has is left out', () => {
    const parameters = { seed: 0, maxDepth: 4, maxLeaves: null };
    expect(named(base, { ...base, parameters })).toMatchObject({
      l2: { values: ['1', null], differs: true },
      seed: { values: ['0', '0'], differs: false },
      maxDepth: { values: [null, '4'], differs: true },
    });
    expect(named(base, { ...base, parameters })).not.toHaveProperty('maxLeaves');
  });
});
