import { type Model, outputCount } from '../../runtime/format/model.ts';
import type { InputTable } from '../../runtime/predict/input-column.ts';
import { bindModel } from '../../runtime/predict/predict.ts';
import { type ClassAnswers, SECOND_LABEL } from './class-answers.ts';
import { evaluateClasses } from './evaluate-classes.ts';
import type { Evaluation } from './evaluation.ts';
import type { Metrics } from './metrics.ts';
import { regressionMetrics } from './regression-metrics.ts';
import { residualPoints } from './residuals.ts';
import type { ClassPredictions, TestPredictions } from './test-predictions.ts';

/** Rows of a table to test a model on, at least one, and the truth about them. */
export type TestRows = ClassTestRows | NumberTestRows;

interface ClassTestRows {
  readonly task: 'CLASSIFICATION';
  readonly rows: Int32Array;
  /** For each row the number of its label in the model's list, or beyond it the place in `unknownLabels`. */
  readonly truth: Int32Array;
  /** Labels that the model does not know. */
  readonly unknownLabels: readonly string[];
  /** Of a model of two labels, the one that its curves are about; left out: the second. */
  readonly positive?: number | undefined;
}

interface NumberTestRows {
  readonly task: 'REGRESSION';
  readonly rows: Int32Array;
  readonly truth: Float64Array;
}

/** What a test came to. */
export interface EvaluatedModel {
  readonly metrics: Metrics;
  readonly evaluation: Evaluation;
  readonly predictions: TestPredictions;
}

/**
 * There is a yield point after some 20 ms of predicting: the parts grow and shrink by two until they last so long. A forest's
 * rows take a thousand times as long as a line's; and many rows together take less than the same rows in small parts.
 */
const SHORT_PART = 10;
const LONG_PART = 40;
const FIRST_ROWS = 256;
const MAX_ROWS = 65_536;

/** Predicts the rows and scores the predictions. Yields the share done, 0 to 1; has a yield point about every 20 ms. */
export function* evaluateModel(model: Model, table: InputTable, tested: TestRows): Generator<number, EvaluatedModel> {
  const answers = yield* answersTo(model, table, tested.rows);
  const nFeatures = new Set(model.features.map(({ name }) => name)).size;
  const scoring =
    tested.task === 'REGRESSION'
      ? evaluateNumbers(tested, answers.outputs, nFeatures)
      : evaluateLabels(tested, answers, model.labels ?? [], nFeatures, model.estimator.kind === 'FOREST');
  let scored = scoring.next();
  for (; !scored.done; scored = scoring.next()) yield 1;
  return scored.value;
}

interface Answers {
  /** Row after row: a probability for each label, or the value. */
  readonly outputs: Float64Array;
  /** For each row the number of the label that was chosen; of a regressor all 0. */
  readonly chosen: Int32Array;
}

function* answersTo(model: Model, table: InputTable, rows: Int32Array): Generator<number, Answers> {
  const predict = bindModel(model, table);
  const width = outputCount(model);
  const outputs = new Float64Array(rows.length * width);
  const chosen = new Int32Array(rows.length);
  let partRows = FIRST_ROWS;
  for (let start = 0, end = 0; start < rows.length; start = end) {
    yield start / rows.length;
    const began = performance.now();
    end = Math.min(start + partRows, rows.length);
    const part = predict(rows.subarray(start, end));
    outputs.set(part.task === 'CLASSIFICATION' ? part.probabilities : part.values, start * width);
    if (part.task === 'CLASSIFICATION') chosen.set(part.predicted, start);
    const milliseconds = performance.now() - began;
    if (milliseconds < SHORT_PART && partRows < MAX_ROWS) partRows *= 2;
    else if (milliseconds > LONG_PART && partRows > 1) partRows /= 2;
  }
  return { outputs, chosen };
}

function* evaluateNumbers(tested: NumberTestRows, predicted: Float64Array, nFeatures: number): Scoring {
  const { rows, truth } = tested;
  return {
    metrics: yield* regressionMetrics(truth, predicted, nFeatures),
    evaluation: { task: 'REGRESSION', residuals: residualPoints(truth, predicted) },
    predictions: { task: 'REGRESSION', rows, truth, predicted },
  };
}

function* evaluateLabels(
  tested: ClassTestRows,
  { outputs, chosen }: Answers,
  known: readonly string[],
  nFeatures: number,
  areSums: boolean,
): Scoring {
  const labels = [...known, ...tested.unknownLabels];
  const { truth, positive } = tested;
  const answers = { truth, predicted: chosen, probabilities: outputs, labelCount: known.length, positive, areSums };
  const evaluated = yield* evaluateClasses(answers, labels, nFeatures);
  yield;
  return { ...evaluated, predictions: classPredictions(tested, answers, labels) };
}

type Scoring = Generator<void, EvaluatedModel>;

function classPredictions(
  { rows }: ClassTestRows,
  { truth, predicted, probabilities, labelCount, positive = SECOND_LABEL }: ClassAnswers,
  labels: readonly string[],
): ClassPredictions {
  const trueProbability = new Float32Array(rows.length);
  const positiveProbability = labelCount === 2 ? new Float32Array(rows.length) : null;
  for (let i = 0, at = 0; i < rows.length; i++, at += labelCount) {
    if (truth[i]! < labelCount) trueProbability[i] = probabilities[at + truth[i]!]!;
    if (positiveProbability !== null) positiveProbability[i] = probabilities[at + positive]!;
  }
  return { task: 'CLASSIFICATION', rows, labels, truth, predicted, trueProbability, positive, positiveProbability };
}
