import type { Model } from '../runtime/model.ts';
import type { InputTable } from '../runtime/predict/input-column.ts';
import { explainingFraction, sampleSize, type TrainingSize } from './cost-model.ts';
import type { StopReason } from './estimator.ts';
import { type EvaluatedModel, evaluateModel, type TestRows } from './evaluation/evaluate-model.ts';
import type { Metrics } from './evaluation/metrics.ts';
import type { ColumnGain } from './importances/column-gains.ts';
import type { FeatureImportance } from './importances/feature-importance.ts';
import { permutationImportances } from './importances/permutation-importances.ts';
import type { Random } from './random.ts';
import { mapSteps } from './steps.ts';
import { scoreWarnings } from './warnings/score-warnings.ts';

/** A model as it was read back from its file, the baseline, and what both are tested on. */
export interface ModelTest {
  readonly model: Model;
  readonly baseline: Model;
  readonly table: InputTable;
  readonly testSet: TestRows;
  /** Of the model's columns, largest first. */
  readonly gains: readonly ColumnGain[];
  readonly size: TrainingSize;
  readonly random: Random;
  readonly stopReason: () => StopReason | null;
}

export interface HoldOutEvaluation extends EvaluatedModel {
  /** Of the baseline. */
  readonly baseline: Metrics;
  readonly featureImportances: readonly FeatureImportance[];
  readonly warnings: readonly string[];
}

/** Scores a model and the baseline, and computes the feature importances. Yields the share done, 0 to 1. */
export function* evaluateOnHoldOut(test: ModelTest): Generator<number, HoldOutEvaluation> {
  const { model, table, testSet, gains, size, random, stopReason } = test;
  const scoring = 1 - explainingFraction(size);
  const evaluated = yield* scaled(evaluateModel(model, table, testSet), 0, scoring);
  const baseline = yield* scaled(evaluateModel(test.baseline, table, testSet), scoring, scoring);
  const explaining = permutationImportances({
    model,
    table,
    testSet,
    gains,
    random,
    stopReason,
    sampleRows: sampleSize(size),
  });
  const { importances, warnings } = yield* scaled(explaining, scoring, 1);
  return {
    ...evaluated,
    baseline: baseline.metrics,
    featureImportances: importances,
    warnings: [...warnings, ...(model.algorithm === 'BASELINE' ? [] : scoreWarnings(evaluated, baseline))],
  };
}

/** Passes the shares of a part of the work on, as shares of the whole: from `begin` to `end`. */
function scaled<T>(part: Generator<number, T>, begin: number, end: number): Generator<number, T> {
  return mapSteps(part, (share) => begin + (end - begin) * share);
}
