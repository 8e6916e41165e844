import type { Model } from '../../runtime/model.ts';
import { type EvaluatedModel, scorePredictions, type TestRows } from '../evaluation/evaluate-model.ts';
import type { CrossValidation, FoldScore } from '../evaluation/evaluation.ts';
import { METRIC_FIELDS, metricValue } from '../evaluation/metric-fields.ts';
import type { Metrics } from '../evaluation/metrics.ts';
import { float64ArrayFrom, int32ArrayFrom } from '../parallel/typed-arrays.ts';
import type { Fold } from './fold-plan.ts';
import type { FoldPredictions } from './fold-predictions.ts';

/** The rows that folds have predicted, in the order of the table, and what each one's model said. */
export interface OutOfFold extends FoldPredictions {
  readonly rows: Int32Array;
}

/** Puts the predictions of finished folds together; `width` numbers for each row. */
function outOfFold(folds: readonly Fold[], done: readonly FoldPredictions[], width: number): OutOfFold {
  const places = done.flatMap((_, fold) => Array.from(folds[fold]!.held, (row, at) => ({ row, fold, at })));
  places.sort((a, b) => a.row - b.row);
  const outputs = new Float64Array(places.length * width);
  for (const [i, { fold, at }] of places.entries()) {
    outputs.set(done[fold]!.outputs.subarray(at * width, (at + 1) * width), i * width);
  }
  return {
    rows: int32ArrayFrom(places.length, (i) => places[i]!.row),
    outputs,
    predicted: int32ArrayFrom(places.length, (i) => done[places[i]!.fold]!.predicted[places[i]!.at]!),
  };
}

/** What is validated, and by what. */
export interface FoldsToScore {
  readonly model: Pick<Model, 'features' | 'labels' | 'estimator'>;
  readonly folds: readonly Fold[];
  /** Of the first folds, at least one. */
  readonly done: readonly FoldPredictions[];
  readonly testRowsOf: (rows: Int32Array) => TestRows;
}

export interface ScoredFolds extends Pick<EvaluatedModel, 'evaluation' | 'predictions'> {
  readonly crossValidation: CrossValidation;
  readonly outOfFold: OutOfFold;
}

/** Scores all rows that were predicted by folds together, and those of each fold. Yields between passes over the rows. */
export function* scoreFolds({ model, folds, done, testRowsOf }: FoldsToScore): Generator<void, ScoredFolds> {
  const width = model.labels?.length ?? 1;
  const ofFolds: Metrics[] = [];
  for (const [fold, raw] of done.entries()) {
    const { metrics } = yield* scorePredictions(model, testRowsOf(folds[fold]!.held), raw);
    ofFolds.push(metrics);
  }
  const together = outOfFold(folds, done, width);
  const { metrics, evaluation, predictions } = yield* scorePredictions(model, testRowsOf(together.rows), together);
  return {
    crossValidation: { folds: folds.length, metrics, scores: foldScores(metrics.task, ofFolds) },
    evaluation,
    predictions,
    outOfFold: together,
  };
}

function foldScores(task: Metrics['task'], ofFolds: readonly Metrics[]): readonly FoldScore[] {
  return METRIC_FIELDS.filter((metric) => metric.task === task).map(({ name }) => {
    const values = ofFolds.map((metrics) => metricValue(metrics, name));
    return { name, values, ...meanAndSpread(values.filter((value) => value !== null)) };
  });
}

/** The mean, and the standard deviation of a sample (divided by one less than the count). */
function meanAndSpread(values: readonly number[]): Pick<FoldScore, 'mean' | 'stddev'> {
  if (values.length === 0) return { mean: null, stddev: null };
  const mean =
    float64ArrayFrom(values.length, (i) => values[i]!).reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length === 1) return { mean, stddev: null };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, stddev: Math.sqrt(squares / (values.length - 1)) };
}
