import { describe, expect, test } from 'vitest';
import type { Metrics } from '../../src/ml/evaluation/metrics.ts';
import { MONOTONE_LEARNERS } from '../../src/ml/monotone/monotone-constraint.ts';
import { ALGORITHM_NAMES, ALGORITHMS, ESTIMATORS } from '../../src/ml/registry.ts';
import { parseModel } from '../../src/runtime/format/model-file-schema.ts';
import { writeModel } from '../../src/runtime/format/write-model-file.ts';
import { outputCount } from '../../src/runtime/model.ts';
import { bindModel, predictTable } from '../../src/runtime/predict/predict.ts';
import type { Predictions } from '../../src/runtime/predict/predictions.ts';
import { MIXED_FEATURES, mixedTable, numbers, request, table, texts, train } from './made-tables.ts';

const TARGETS = [
  { target: 'yes', task: 'CLASSIFICATION' },
  { target: 'size', task: 'CLASSIFICATION' },
  { target: 'amount', task: 'REGRESSION' },
] as const;

/** Few trees and random parts wherever there are any: what holds for these holds for more. */
const QUICK: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  RANDOM_FOREST: { trees: 12, rowFraction: 0.8, featureFraction: 0.7, seed: 3 },
  EXTRA_TREES: { trees: 12, seed: 3 },
  GRADIENT_BOOSTING: { trees: 12, rowFraction: 0.8, featureFraction: 0.7, seed: 3 },
  AUTO: { folds: 2, maxCandidates: 5, seed: 3 },
};

/** Parameters that change how trees are grown, or what is fitted to: the same has to hold with them. */
const VARIANTS: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  EXTRA_TREES: [{ rowFraction: 0.6, featureFraction: 0.7 }],
  LINEAR: [{ loss: 'QUANTILE', quantile: 0.3 }],
  GRADIENT_BOOSTING: [{ l1: 0.5, randomThresholds: true }, { loss: 'QUANTILE' }],
};

/** With weights of rows beside what it is usually made of. */
const DATA = weighed(400);

function weighed(rowCount: number) {
  const plain = mixedTable(rowCount);
  const weights = Array.from({ length: rowCount }, (_, row) => (row % 11) / 4);
  return { ...plain, columns: [...plain.columns, numbers('weight', weights)] };
}

const MONOTONE = [{ column: 'x', direction: 'INCREASING' }] as const;

const PARAMETERS = ALGORITHM_NAMES.flatMap((algorithm) => [
  ...[{}, ...(VARIANTS[algorithm] ?? [])].map((variant) => {
    return { algorithm, weightColumn: null, monotone: [], variant: { ...QUICK[algorithm], ...variant } };
  }),
  { algorithm, weightColumn: 'weight', monotone: [], variant: { ...QUICK[algorithm] } },
  ...(MONOTONE_LEARNERS.some((name) => name === algorithm)
    ? [{ algorithm, weightColumn: null, monotone: MONOTONE, variant: { ...QUICK[algorithm] } }]
    : []),
]);

/** Every algorithm trained for every kind of target. */
const CASES = PARAMETERS.flatMap(({ algorithm, variant, weightColumn, monotone }) =>
  TARGETS.filter(({ target, task }) => {
    return (!('loss' in variant) || task === 'REGRESSION') && (monotone.length === 0 || target !== 'size');
  }).map(({ target, task }) => {
    const wanted = { ...request(DATA, target, task, algorithm, MIXED_FEATURES, variant), weightColumn, monotone };
    const { steps, trained } = train(wanted);
    const model = parseModel(trained.modelBytes);
    const all = outputs(predictTable(model, DATA));
    return {
      algorithm,
      variant: `${JSON.stringify(variant)}${weightColumn === null ? '' : ' by weight'}${monotone.length === 0 ? '' : ' monotone'}`,
      target,
      task,
      wanted,
      steps,
      trained,
      model,
      all,
    };
  }),
);

function outputs(predictions: Predictions): Float64Array {
  return predictions.task === 'CLASSIFICATION' ? predictions.probabilities : predictions.values;
}

/** Measures of a model of which more is better. */
function skillsOf(metrics: Metrics): number[] {
  return metrics.task === 'CLASSIFICATION' ? [metrics.accuracy, -metrics.logLoss!] : [metrics.r2!];
}

describe.each(CASES)('$algorithm $variant on $target', ({ wanted, steps, trained, model, all }) => {
  test('training again gives the same bytes', () => {
    expect(Buffer.from(train(wanted).trained.modelBytes).equals(trained.modelBytes)).toBe(true);
  });

  test('training leaves its input unchanged', () => {
    expect(DATA).toEqual(weighed(400));
  });

  test('progress rises from 0 to 1, through the stages in order', () => {
    const progress = steps.map((step) => step.progress);
    expect(progress[0]).toBe(0);
    expect(progress.at(-1)).toBe(1);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    const stages = [...new Set(steps.map((step) => step.stage))];
    expect(stages).toEqual(['PREPARING', 'FITTING', 'EVALUATING']);
  });

  test('the curve has the points of the steps, counted from 1', () => {
    const points = steps.flatMap((step) => (step.point === null ? [] : [step.point]));
    expect(trained.curve).toEqual(points);
    expect(points.map((point) => point.iteration)).toEqual(points.map((_, i) => i + 1));
  });

  test('outputs are finite', () => {
    expect(all.every(Number.isFinite)).toBe(true);
  });

  test('a row is predicted alike alone and among others, in any order', () => {
    const predict = bindModel(model, DATA);
    const width = outputCount(model);
    const backwards = outputs(predict(Int32Array.from({ length: 400 }, (_, i) => 399 - i)));
    for (const row of [0, 7, 399]) {
      const alone = outputs(predict(Int32Array.of(row)));
      expect(alone).toEqual(all.slice(row * width, (row + 1) * width));
      expect(alone).toEqual(backwards.slice((399 - row) * width, (400 - row) * width));
    }
  });

  test('a model that is written and read predicts the same', () => {
    expect(outputs(predictTable(parseModel(writeModel(model)), DATA))).toEqual(all);
  });

  test('rows with everything missing, unseen texts and no columns at all are predicted', () => {
    const strange = table(
      numbers('x', [null, Number.POSITIVE_INFINITY, 1e300]),
      numbers('y', [null, null, -1e300]),
      texts('place', [null, 'never seen', 'Bern']),
    );
    expect(outputs(predictTable(model, strange)).every(Number.isFinite)).toBe(true);
    const bare = outputs(predictTable(model, { rowCount: 1, columns: [] }));
    expect(bare).toEqual(outputs(predictTable(model, strange)).slice(0, outputCount(model)));
  });

  test('numbers that arrive as texts, and texts in another order, are predicted the same', () => {
    const x = DATA.columns[0]!;
    const asTexts = texts('x', x.storage === 'number' ? [...x.values].map((value) => ` ${value} `) : []);
    const columns = [...DATA.columns.slice(1).reverse(), asTexts];
    expect(outputs(predictTable(model, { rowCount: 400, columns }))).toEqual(all);
  });

  test('nothing is learned from the test rows', () => {
    const spoilt = {
      ...DATA,
      columns: DATA.columns.map((column) =>
        column.storage === 'number' && ['x', 'y', 'amount'].includes(column.name)
          ? { ...column, values: column.values.map((value, row) => (row % 5 === 4 ? 1e6 * row : value)) }
          : column,
      ),
    };
    expect(Buffer.from(train({ ...wanted, table: spoilt }).trained.modelBytes).equals(trained.modelBytes)).toBe(true);
  });
});

const LEARNERS = CASES.filter(({ algorithm }) => algorithm !== 'BASELINE');

test.each(CASES.filter(({ task }) => task === 'CLASSIFICATION'))(
  '$algorithm $variant on $target: probabilities lie between 0 and 1 and sum to 1',
  ({ model, all }) => {
    const width = outputCount(model);
    for (let row = 0; row < DATA.rowCount; row++) {
      const probabilities = all.subarray(row * width, (row + 1) * width);
      expect(Math.min(...probabilities)).toBeGreaterThanOrEqual(0);
      expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
    }
  },
);

test.each(CASES.filter(({ algorithm, variant }) => algorithm === 'GRADIENT_BOOSTING' && !variant.includes('loss')))(
  '$algorithm $variant on $target: the last point of the curve is the loss of the model that was kept, on the training rows',
  ({ target, wanted, trained, model }) => {
    const rows = Int32Array.from({ length: 320 }, (_, i) => i + Math.floor(i / 4));
    const predictions = bindModel(model, DATA)(rows);
    const column = DATA.columns.find(({ name }) => name === target)!;
    let loss = 0;
    let total = 0;
    for (const [i, row] of rows.entries()) {
      const weight = wanted.weightColumn === null ? 1 : (row % 11) / 4;
      total += weight;
      if (predictions.task === 'REGRESSION' && column.storage === 'number') {
        loss += (weight * (predictions.values[i]! - column.values[row]!) ** 2) / 2;
      } else if (predictions.task === 'CLASSIFICATION' && column.storage === 'label') {
        const label = predictions.labels.indexOf(column.labels[column.codes[row]!]!);
        loss -= weight * Math.log(predictions.probabilities[i * predictions.labels.length + label]!);
      }
    }
    expect(trained.curve.at(-1)?.trainLoss).toBeCloseTo(loss / total, 10);
  },
);

test.each(CASES.filter(({ algorithm }) => algorithm === 'BASELINE'))(
  '$algorithm $variant on $target: is the baseline itself, which no feature matters to',
  ({ trained }) => {
    expect(trained.metrics).toEqual(trained.baseline);
    expect(trained.featureImportances).toEqual([]);
  },
);

test.each(LEARNERS)(
  '$algorithm $variant on $target: is better than the baseline by every measure',
  ({ task, trained }) => {
    const [own, baseline] = [skillsOf(trained.metrics), skillsOf(trained.baseline)];
    const margin = task === 'REGRESSION' ? 0.6 : 0;
    expect(own.length).toBeGreaterThan(0);
    for (const [i, skill] of own.entries()) expect(skill).toBeGreaterThan(baseline[i]! + margin);
  },
);

test.each(LEARNERS)('$algorithm $variant on $target: gains sum to 1 over the features in use', ({ trained }) => {
  const { featureImportances } = trained;
  expect(featureImportances.map(({ feature }) => feature).sort()).toEqual(['place', 'x', 'y']);
  expect(featureImportances.reduce((sum, { gain }) => sum + gain, 0)).toBeCloseTo(1, 12);
  expect(featureImportances.every(({ gain }) => gain >= 0)).toBe(true);
});

test('every algorithm has its place and its own name; exactly one is the default', () => {
  expect(ALGORITHMS.map((algorithm) => algorithm.name)).toEqual([...ALGORITHM_NAMES]);
  for (const name of ALGORITHM_NAMES) expect(ESTIMATORS[name].name).toBe(name);
  expect(ALGORITHMS.filter((algorithm) => algorithm.isDefault).map((algorithm) => algorithm.name)).toEqual([
    'GRADIENT_BOOSTING',
  ]);
});
