import { type Model, outputCount } from '../../runtime/model.ts';
import type { InputTable } from '../../runtime/predict/input-column.ts';
import { bindModel } from '../../runtime/predict/predict.ts';
import { mapSteps } from '../steps.ts';
import { type ClassifierOutput, SECOND_LABEL } from './classifier-output.ts';
import { evaluateClasses } from './evaluate-classes.ts';
import type { Evaluation } from './evaluation.ts';
import type { Metrics } from './metrics.ts';
import { regressionMetrics } from './regression-metrics.ts';
import { residualPoints } from './residuals.ts';
import type { ClassPredictions, TestPredictions } from './test-predictions.ts';

/** Rows of a table to test a model on, at least one, and their actual targets. */
export type TestRows = ClassTestRows | NumberTestRows;

interface ClassTestRows {
  readonly task: 'CLASSIFICATION';
  readonly rows: Int32Array;
  /** For each row the number of its label in the model's list, or beyond that the index in `unknownLabels`. */
  readonly actual: Int32Array;
  /** Labels that the model does not know. */
  readonly unknownLabels: readonly string[];
  /** Of a model of two labels, the one that its curves are about; left out: the second. */
  readonly positive?: number | undefined;
}

interface NumberTestRows {
  readonly task: 'REGRESSION';
  readonly rows: Int32Array;
  readonly actual: Float64Array;
}

/** What a test came to. */
export interface EvaluatedModel {
  readonly metrics: Metrics;
  readonly evaluation: Evaluation;
  readonly predictions: TestPredictions;
}

/**
 * Yields after about 20 ms of predicting: batches grow and shrink by factors of two until they take that long. Rows of a
 * forest take a thousand times as long as those of a linear model, and large batches are faster than small ones.
 */
const MIN_BATCH_MILLISECONDS = 10;
const MAX_BATCH_MILLISECONDS = 40;
const FIRST_BATCH_ROWS = 256;
const MAX_BATCH_ROWS = 65_536;

/** Predicts the rows and scores the predictions. Yields the share done, 0 to 1; has a yield point about every 20 ms. */
export function* evaluateModel(model: Model, table: InputTable, testSet: TestRows): Generator<number, EvaluatedModel> {
  const raw = yield* predictInBatches(bindModel(model, table), outputCount(model), testSet.rows);
  return yield* mapSteps(scorePredictions(model, testSet, raw), () => 1);
}

/** Scores what a model has said of the rows. */
export function* scorePredictions(
  model: Pick<Model, 'features' | 'labels' | 'estimator'>,
  testSet: TestRows,
  raw: RawPredictions,
): Generator<void, EvaluatedModel> {
  const nFeatures = new Set(model.features.map(({ name }) => name)).size;
  return yield* testSet.task === 'REGRESSION'
    ? evaluateNumbers(testSet, raw.outputs, nFeatures)
    : evaluateLabels(testSet, raw, model.labels ?? [], nFeatures, hasSummedOutputs(model.estimator));
}

/** Whether outputs that are equal may differ in their last digits: they are sums of a forest's leaves, or of members. */
export function hasSummedOutputs({ kind }: Pick<Model['estimator'], 'kind'>): boolean {
  return kind === 'FOREST' || kind === 'BLEND';
}

export interface RawPredictions {
  /** Row after row: a probability for each label, or the value. */
  readonly outputs: Float64Array;
  /** For each row the number of the label that was chosen; of a regressor all 0. */
  readonly predicted: Int32Array;
}

/** Predicts rows, `width` numbers for each. Yields the share done; has a yield point about every 20 ms. */
export function* predictInBatches(
  predict: ReturnType<typeof bindModel>,
  width: number,
  rows: Int32Array,
): Generator<number, RawPredictions> {
  const outputs = new Float64Array(rows.length * width);
  const predicted = new Int32Array(rows.length);
  let batchRows = FIRST_BATCH_ROWS;
  for (let start = 0, end = 0; start < rows.length; start = end) {
    yield start / rows.length;
    const began = performance.now();
    end = Math.min(start + batchRows, rows.length);
    const part = predict(rows.subarray(start, end));
    outputs.set(part.task === 'CLASSIFICATION' ? part.probabilities : part.values, start * width);
    if (part.task === 'CLASSIFICATION') predicted.set(part.predicted, start);
    const milliseconds = performance.now() - began;
    if (milliseconds < MIN_BATCH_MILLISECONDS && batchRows < MAX_BATCH_ROWS) batchRows *= 2;
    else if (milliseconds > MAX_BATCH_MILLISECONDS && batchRows > 1) batchRows /= 2;
  }
  return { outputs, predicted };
}

function* evaluateNumbers(testSet: NumberTestRows, predicted: Float64Array, nFeatures: number): Scoring {
  const { rows, actual } = testSet;
  return {
    metrics: yield* regressionMetrics(actual, predicted, nFeatures),
    evaluation: { task: 'REGRESSION', residuals: residualPoints(actual, predicted) },
    predictions: { task: 'REGRESSION', rows, actual, predicted },
  };
}

function* evaluateLabels(
  testSet: ClassTestRows,
  { outputs, predicted }: RawPredictions,
  known: readonly string[],
  nFeatures: number,
  areSums: boolean,
): Scoring {
  const labels = [...known, ...testSet.unknownLabels];
  const { actual, positive } = testSet;
  const output = { actual, predicted, probabilities: outputs, labelCount: known.length, positive, areSums };
  const evaluated = yield* evaluateClasses(output, labels, nFeatures);
  yield;
  return { ...evaluated, predictions: classPredictions(testSet, output, labels) };
}

type Scoring = Generator<void, EvaluatedModel>;

function classPredictions(
  { rows }: ClassTestRows,
  { actual, predicted, probabilities, labelCount, positive = SECOND_LABEL }: ClassifierOutput,
  labels: readonly string[],
): ClassPredictions {
  const trueProbability = new Float32Array(rows.length);
  const positiveProbability = labelCount === 2 ? new Float32Array(rows.length) : null;
  for (let i = 0, at = 0; i < rows.length; i++, at += labelCount) {
    if (actual[i]! < labelCount) trueProbability[i] = probabilities[at + actual[i]!]!;
    if (positiveProbability !== null) positiveProbability[i] = probabilities[at + positive]!;
  }
  return { task: 'CLASSIFICATION', rows, labels, actual, predicted, trueProbability, positive, positiveProbability };
}
